#include "inject.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "measure/random.h"
#include "postpone.h"

struct injector {
	struct inject_rules rules; /* in the order in which they apply */
	uint64_t streams[INJECT_RULE_MAX];
	const struct listener_list *listeners;
	struct inject_tally *tallies; /* index: listener */
	uint32_t *reordered; /* index: listener; the held one that lets the next one pass */
	struct postponed *postponed;
	struct departures *departures;
	uint64_t now_ns; /* when this run was taken up */
	bool draining;
};

/* An answer under way through the rules. */
struct answer {
	struct injector *injector;
	struct engine *engine;
	struct message *message;
	struct inject_tally *tally;
	uint64_t *stream; /* of the rule at work */
	uint64_t delay_ns;
	struct flaws flaws;
	bool gone;    /* dropped, or closed instead */
	bool doubled; /* there is a copy, which would pass it if it was reordered */
	bool reordered;
};

static bool is_answered(const struct message *message)
{
	return message->reply > 0 || message->answer_empty;
}

static bool is_datagram(const struct answer *answer)
{
	const struct listener *listener =
		&answer->injector->listeners->items[answer->message->listener];

	return !transports[listener->url.transport].connected;
}

static void take_back(struct message *message)
{
	message->reply = 0;
	message->answer_empty = 0;
	message->flags &= (uint8_t)~MESSAGE_DEPARTURE;
}

static bool inject_spin(struct answer *answer, const struct inject_rule *rule)
{
	uint64_t end_ns = clock_now_ns() + rule->time_ns;

	(void)answer;
	while (clock_now_ns() < end_ns)
		continue;
	return true;
}

static bool inject_drop(struct answer *answer, const struct inject_rule *rule)
{
	(void)rule;
	take_back(answer->message);
	answer->gone = true;
	return true;
}

static bool inject_close(struct answer *answer, const struct inject_rule *rule)
{
	(void)rule;
	take_back(answer->message);
	answer->message->flags |= MESSAGE_HANG_UP;
	answer->gone = true;
	return true;
}

/* In the second half: whose answer it is, a client reads at the start, and an answer that seems to
 * be another request's would be two faults, a wrong answer and a lost one. */
static bool inject_corrupt(struct answer *answer, const struct inject_rule *rule)
{
	struct message *message = answer->message;
	uint32_t half = message->reply / 2, at;

	(void)rule;
	if (message->reply == 0)
		return false;
	at = half + (uint32_t)(random_next(answer->stream) % (message->reply - half));
	return flaws_add(&answer->flaws, at, (uint8_t)(1 + random_next(answer->stream) % 255));
}

static bool inject_delay(struct answer *answer, const struct inject_rule *rule)
{
	if (answer->injector->draining)
		return false;
	answer->delay_ns += rule->time_ns;
	return true;
}

static uint32_t keep(const struct answer *answer, uint32_t follower)
{
	return postponed_keep(answer->injector->postponed, answer->engine, answer->message,
			      is_datagram(answer), &answer->flaws, follower);
}

/* The copy leaves behind the answers of this batch, or as late as the answer does. */
static bool inject_duplicate(struct answer *answer, const struct inject_rule *rule)
{
	struct injector *injector = answer->injector;
	uint32_t number = keep(answer, HELD_NONE);

	(void)rule;
	if (number == HELD_NONE)
		return false;
	postponed_due(injector->postponed, number, injector->now_ns + answer->delay_ns);
	answer->doubled = true;
	return true;
}

/* One at a time: the next answer lets it go, and would not if it waited as well. */
static bool inject_reorder(struct answer *answer, const struct inject_rule *rule)
{
	struct injector *injector = answer->injector;
	uint32_t *waiting = &injector->reordered[answer->message->listener];

	(void)rule;
	if (injector->draining || answer->doubled || answer->delay_ns > 0 || *waiting != HELD_NONE)
		return false;
	*waiting = keep(answer, HELD_NONE);
	answer->reordered = *waiting != HELD_NONE;
	return answer->reordered;
}

static bool (*const faults[INJECT_KIND_COUNT])(struct answer *, const struct inject_rule *) = {
	[INJECT_SPIN] = inject_spin,	   [INJECT_DROP] = inject_drop,
	[INJECT_CLOSE] = inject_close,	   [INJECT_CORRUPT] = inject_corrupt,
	[INJECT_DELAY] = inject_delay,	   [INJECT_DUPLICATE] = inject_duplicate,
	[INJECT_REORDER] = inject_reorder,
};

/* It leaves at once, so the one that has let it pass may follow. */
static void let_follow(struct injector *injector, uint16_t listener)
{
	uint32_t *waiting = &injector->reordered[listener];

	if (*waiting != HELD_NONE)
		postponed_due(injector->postponed, *waiting, injector->now_ns);
	*waiting = HELD_NONE;
}

/* Without room to hold it the answer leaves at once. On a stream whose earlier answers are held
 * that would be a lie, so the stream ends. */
static void overflow(const struct answer *answer, bool behind)
{
	const struct message *message = answer->message;

	postponed_overflowed(answer->injector->postponed, message->listener);
	if (behind)
		engine_reset(answer->engine, message->connection);
	else
		let_follow(answer->injector, message->listener);
}

/* The answer is held until its time, and until what is before it on its connection has left. */
static void hold(const struct answer *answer, bool behind)
{
	struct injector *injector = answer->injector;
	struct message *message = answer->message;
	uint32_t *waiting = &injector->reordered[message->listener];
	uint32_t number = keep(answer, *waiting);

	if (number == HELD_NONE) {
		overflow(answer, behind);
		return;
	}
	*waiting = HELD_NONE;
	postponed_due(injector->postponed, number, injector->now_ns + answer->delay_ns);
	take_back(message);
	message->flags &= (uint8_t)~MESSAGE_HANG_UP;
}

/* Where does it go, after all the rules? */
static void place(const struct answer *answer)
{
	struct message *message = answer->message;
	struct injector *injector = answer->injector;
	bool behind = !is_datagram(answer) && postponed_behind(injector->postponed, message);

	if (answer->reordered)
		take_back(message);
	else if (!is_answered(message) && !(message->flags & MESSAGE_HANG_UP))
		return;
	else if (answer->delay_ns > 0 || behind)
		hold(answer, behind);
	else
		let_follow(injector, message->listener);
}

static void treat(struct injector *injector, struct engine *engine, struct message *message)
{
	struct answer answer = { .injector = injector,
				 .engine = engine,
				 .message = message,
				 .tally = &injector->tallies[message->listener] };
	enum transport transport = injector->listeners->items[message->listener].url.transport;

	for (uint32_t i = 0; i < injector->rules.count; i++) {
		const struct inject_rule *rule = &injector->rules.items[i];

		answer.stream = &injector->streams[i];
		if (!(rule->transports & 1u << transport) ||
		    random_unit(answer.stream) >= rule->share)
			continue;
		if (rule->kind == INJECT_SPIN || (!answer.gone && is_answered(message)))
			answer.tally->done[rule->kind] += faults[rule->kind](&answer, rule);
	}
	place(&answer);
	if (is_answered(message))
		departures_leave(injector->departures, message->listener, message->data,
				 message->reply, &answer.flaws);
}

void injector_apply(struct injector *injector, struct engine *engine, struct message *run,
		    uint32_t count)
{
	injector->now_ns = clock_now_ns();
	for (uint32_t i = 0; i < count; i++) {
		if (run[i].kind == MESSAGE_DATA)
			treat(injector, engine, &run[i]);
		else if (run[i].kind == MESSAGE_CLOSED)
			postponed_gone(injector->postponed, run[i].connection);
	}
}

void injector_release(struct injector *injector, struct engine *engine)
{
	postponed_release(injector->postponed, engine);
}

uint64_t injector_wait_ns(const struct injector *injector, uint64_t wait_ns)
{
	return postponed_wait_ns(injector->postponed, wait_ns);
}

void injector_drain(struct injector *injector)
{
	injector->draining = true;
	for (uint32_t i = 0; i < injector->listeners->count; i++)
		let_follow(injector, (uint16_t)i);
}

void injector_end(struct injector *injector)
{
	injector_drain(injector);
	postponed_end(injector->postponed);
}

struct inject_tally injector_tally(const struct injector *injector, uint32_t listener)
{
	struct inject_tally tally = injector->tallies[listener];

	tally.held = *postponed_tally(injector->postponed, listener);
	return tally;
}

/* By kind; those of one kind as they were given. Each stream starts from its place in what the user
 * wrote. */
static void order_rules(struct injector *injector, const struct inject_rules *rules, uint64_t seed,
			uint32_t thread)
{
	for (int kind = 0; kind < INJECT_KIND_COUNT; kind++) {
		for (uint32_t i = 0; i < rules->count; i++) {
			uint64_t state = seed;
			uint32_t at = injector->rules.count;

			if ((int)rules->items[i].kind != kind)
				continue;
			state = random_next(&state) + thread;
			state = random_next(&state) + i;
			injector->streams[at] = random_next(&state);
			injector->rules.items[at] = rules->items[i];
			injector->rules.count++;
		}
	}
}

int injector_open(const struct inject_rules *rules, uint64_t seed, uint32_t thread,
		  const struct listener_list *listeners, const struct engine_config *config,
		  struct departures *departures, struct injector **ret_injector)
{
	struct injector *injector = calloc(1, sizeof(*injector));

	if (!injector)
		return -ENOMEM;
	*injector = (struct injector){
		.listeners = listeners,
		.departures = departures,
		.tallies = calloc(listeners->count, sizeof(*injector->tallies)),
		.reordered = calloc(listeners->count, sizeof(*injector->reordered)),
	};
	order_rules(injector, rules, seed, thread);
	if (!injector->tallies || !injector->reordered ||
	    postponed_open(listeners->count, config, departures, &injector->postponed) < 0) {
		injector_close(injector);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < listeners->count; i++)
		injector->reordered[i] = HELD_NONE;
	*ret_injector = injector;
	return 0;
}

void injector_close(struct injector *injector)
{
	if (!injector)
		return;
	postponed_close(injector->postponed);
	free(injector->tallies);
	free(injector->reordered);
	free(injector);
}

void injector_config(const struct inject_rules *rules, uint32_t transports_used,
		     struct engine_config *config)
{
	const uint32_t records = 1u << TRANSPORT_UNIXGRAM | 1u << TRANSPORT_UNIXPACKET;

	if (rules->count > 0)
		postponed_config(transports_used & 1u << TRANSPORT_UDP, transports_used & records,
				 config);
}
