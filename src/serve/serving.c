#include "serving.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "pulse.h"
#include "times.h"

/* Once a second, and when the clock was set. */
static void renew_clock(struct serving *serving, int64_t wall_ns)
{
	int64_t since_ns = wall_ns - serving->clock_read_ns;

	if (since_ns >= 0 && since_ns < (int64_t)NS_PER_S)
		return;
	clock_quality_read(&serving->clock);
	serving->clock_read_ns = wall_ns;
}

int serving_init(struct serving *ret_serving, const struct serve_options *options,
		 const struct listener_list *listeners, const struct guard *guard,
		 uint32_t connection_max)
{
	*ret_serving = (struct serving){
		.guard = guard,
		.listeners = listeners,
		.states = calloc(listeners->count, sizeof(*ret_serving->states)),
		.tallies = calloc(listeners->count, sizeof(*ret_serving->tallies)),
		.rates = calloc(listeners->count, sizeof(*ret_serving->rates)),
		.verbose = options->verbose ? verbose_open(connection_max) : NULL,
	};
	ret_serving->departures = (struct departures){
		.states = ret_serving->states,
		.once = options->stamp_clock == STAMP_CLOCK_BATCH,
	};
	if (!ret_serving->states || !ret_serving->tallies || !ret_serving->rates ||
	    (options->verbose && !ret_serving->verbose))
		return -ENOMEM;
	for (uint32_t i = 0; i < listeners->count; i++) {
		const struct listener *listener = &listeners->items[i];
		const struct service *service = listener->service;
		struct service_options chosen = service_options_of(options,
								   listener->url.transport);
		int error;

		chosen.connection_max = connection_max;
		error = service_init(&ret_serving->states[i], service, &chosen,
				     &ret_serving->clock);

		assert(error != -EMSGSIZE && "the length of --text has been checked");
		if (error)
			return error;
		ret_serving->needs_clock |= service->needs_clock;
	}
	if (ret_serving->needs_clock)
		renew_clock(ret_serving, clock_wall_ns());
	return 0;
}

void serving_finish(struct serving *serving)
{
	for (uint32_t i = 0; serving->states && i < serving->listeners->count; i++)
		service_finish(&serving->states[i]);
	free(serving->states);
	free(serving->tallies);
	free(serving->rates);
	verbose_close(serving->verbose);
	injector_close(serving->injector);
	*serving = (struct serving){ 0 };
}

static bool is_answered(const struct message *message)
{
	return message->reply > 0 || message->answer_empty;
}

static enum message_refusal refusal_of(struct serving *serving, const struct message *message,
				       const struct datagram *datagram)
{
	struct rate *rate = &serving->rates[message->listener];
	const struct service_state *state = &serving->states[message->listener];
	const struct service *service = state->service;
	enum message_refusal refused = guard_check(serving->guard, datagram);

	if (refused == REFUSED_NOT && !service_lengthens(state))
		refused = guard_check_length(message->length, message->reply);
	/* Last, since they count what goes out. */
	if (refused == REFUSED_NOT && serving->limits)
		refused = limiter_check(serving->limits, message->listener, datagram->peer);
	if (refused == REFUSED_NOT && service->udp_rate > 0 &&
	    !rate_allows(rate, service->udp_rate, clock_now_ns()))
		refused = REFUSED_RATE;
	return refused;
}

/* Take back the answers that must not go out. */
static void guard_answers(struct serving *serving, struct engine *engine, struct message *run,
			  uint32_t count)
{
	struct datagram datagram;

	for (uint32_t i = 0; i < count; i++) {
		enum message_refusal refused;

		if (!is_answered(&run[i]) || !engine_datagram(engine, &run[i], &datagram))
			continue;
		refused = refusal_of(serving, &run[i], &datagram);
		if (refused == REFUSED_NOT)
			continue;
		run[i].reply = 0;
		run[i].answer_empty = 0;
		run[i].flags &= (uint8_t)~MESSAGE_DEPARTURE;
		run[i].refused = (uint8_t)refused;
	}
}

static void tally_message(struct tally *tally, const struct message *message)
{
	if (message->kind == MESSAGE_DATA) {
		tally->messages++;
		tally->bytes += message->length;
	} else if (message->kind == MESSAGE_OPENED) {
		tally->connected++;
	} else if (message->kind == MESSAGE_CLOSED) {
		tally->disconnected++;
	}
	if (is_answered(message)) {
		tally->answers++;
		tally->answer_bytes += message->reply;
	} else if (message->refused) {
		tally->refused[message->refused]++;
	}
}

static void let_leave(struct serving *serving, struct engine *engine, struct message *run,
		      uint32_t count)
{
	if (serving->injector) {
		injector_apply(serving->injector, engine, run, count);
		return;
	}
	if (!serving->states[run->listener].service->depart)
		return;
	for (uint32_t i = 0; i < count; i++)
		if (is_answered(&run[i]))
			departures_leave(&serving->departures, run[i].listener, run[i].data,
					 run[i].reply, NULL);
}

static void tell_departures(struct service_state *state, const struct message *run, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (run[i].kind == MESSAGE_DEPARTED)
			state->service->departed(state, &run[i]);
}

/* Messages of one listener. */
static void answer_run(struct serving *serving, struct engine *engine, struct message *run,
		       uint32_t count, int64_t wall_ns)
{
	uint16_t number = run->listener;
	const struct listener *listener = &serving->listeners->items[number];
	struct service_state *state = &serving->states[number];

	assert(number < serving->listeners->count);
	if (state->service->departed)
		tell_departures(state, run, count);
	state->service->answer(state, run, count, wall_ns);
	if (listener->url.transport == TRANSPORT_UDP)
		guard_answers(serving, engine, run, count);
	for (uint32_t i = 0; i < count; i++)
		tally_message(&serving->tallies[number], &run[i]);
	if (serving->verbose)
		verbose_tell(serving->verbose, engine, listener, run, count);
	let_leave(serving, engine, run, count);
}

static uint32_t run_length(const struct message *batch, uint32_t count)
{
	uint32_t length = 1;

	while (length < count && batch[length].listener == batch->listener)
		length++;
	return length;
}

void serving_answer(struct serving *serving, struct engine *engine, struct message *batch,
		    uint32_t count)
{
	int64_t wall_ns = serving->needs_clock ? clock_wall_ns() : 0;
	uint32_t length;

	if (serving->needs_clock)
		renew_clock(serving, wall_ns);
	departures_begin(&serving->departures);
	for (uint32_t i = 0; i < count; i += length) {
		length = run_length(batch + i, count - i);
		if (batch[i].listener == serving->listeners->count)
			pulse_answer(batch + i, length);
		else
			answer_run(serving, engine, batch + i, length, wall_ns);
	}
}
