#include "postpone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/touch.h"

#define HELD_MAX 16384u
#define HELD_BLOCKS 16384u /* 16 MiB */

/* Large output buffers are few, or they would be most of the start-up. */
#define OUTPUT_COUNT_LARGE 64u
#define OUTPUT_HEADROOM 256u

/* How long before its time an answer is polled for instead of slept for: a sleep ends some 50 us
 * late (the timer slack of a thread). */
#define POLL_NS (60 * NS_PER_US)

/* Without a free output buffer, sending is tried again so soon. */
#define RETRY_NS NS_PER_MS

/* Of one connection, listeners' datagram slots too. */
struct owed {
	uint32_t generation;
	uint32_t held;
	uint64_t due_ns; /* of the last one held */
};

struct postponed {
	struct held_list *held;
	struct owed *owed;		 /* index: connection */
	struct postponed_tally *tallies; /* index: listener */
	uint64_t round;			 /* of the turns */
	bool blocked;			 /* no output buffer was free */
	struct departures *departures;
};

int postponed_open(uint32_t listener_count, const struct engine_config *config,
		   struct departures *departures, struct postponed **ret_postponed)
{
	struct postponed *postponed = calloc(1, sizeof(*postponed));
	uint32_t length_max = config->buffer_size > config->large_size ? config->buffer_size
								       : config->large_size;

	if (!postponed)
		return -ENOMEM;
	if (config->datagram_size > length_max)
		length_max = config->datagram_size;
	*postponed = (struct postponed){
		.owed = calloc_touched(config->connection_max, sizeof(*postponed->owed)),
		.tallies = calloc(listener_count, sizeof(*postponed->tallies)),
		.departures = departures,
	};
	if (!postponed->owed || !postponed->tallies ||
	    held_open(HELD_MAX, HELD_BLOCKS, length_max + config->reply_room + OUTPUT_HEADROOM,
		      &postponed->held) < 0) {
		postponed_close(postponed);
		return -ENOMEM;
	}
	*ret_postponed = postponed;
	return 0;
}

void postponed_close(struct postponed *postponed)
{
	if (!postponed)
		return;
	held_close(postponed->held);
	free(postponed->owed);
	free(postponed->tallies);
	free(postponed);
}

/* Whom a datagram's answer is for. False: its peer has no name, so it cannot be answered later. */
static bool address(struct engine *engine, const struct message *message, struct held *held)
{
	struct datagram from;

	if (!engine_datagram(engine, message, &from) ||
	    from.peer_length <= sizeof(from.peer->sa_family))
		return false;
	held->peer_length = from.peer_length;
	held->traffic_class = message->answer_class;
	memcpy(&held->peer, from.peer, from.peer_length);
	if (from.local && from.local->sa_family == AF_INET)
		memcpy(&held->local, from.local, sizeof(struct sockaddr_in));
	else if (from.local)
		memcpy(&held->local, from.local, sizeof(struct sockaddr_in6));
	return true;
}

static bool send_entry(struct postponed *postponed, struct engine *engine, const struct held *held)
{
	uint8_t *bytes = held_bytes(postponed->held, held);
	struct datagram to = { .peer = (const struct sockaddr *)&held->peer,
			       .peer_length = held->peer_length,
			       .traffic_class = held->traffic_class };
	int error = 0;

	if (held->answers)
		departures_leave(postponed->departures, held->listener, bytes, held->length,
				 &held->flaws);

	if (held->local.ss_family != AF_UNSPEC)
		to.local = (const struct sockaddr *)&held->local;
	if (held->peer_length > 0)
		error = engine_send_to(engine, held->connection, &to, bytes, held->length);
	else if (held->answers)
		error = engine_send(engine, held->connection, bytes, held->length);
	if (error == -EAGAIN)
		return false;
	postponed->tallies[held->listener].dropped += error < 0;
	if (held->hangs_up)
		engine_hang_up(engine, held->connection);
	return true;
}

/* It has left, or never will: give it up, and let go who waited for that. */
static void drop_first(struct postponed *postponed)
{
	const struct held *held = held_first(postponed->held);
	uint32_t follower = held->follower;
	uint64_t due_ns = held->due_ns;

	held_drop_first(postponed->held);
	if (follower != HELD_NONE)
		held_due(postponed->held, follower, due_ns);
}

/* Let the answer that is due first leave. False: the engine takes no more now. */
static bool send_first(struct postponed *postponed, struct engine *engine)
{
	const struct held *held = held_first(postponed->held);
	struct owed *owed = &postponed->owed[held->connection];
	bool reachable = held->generation == owed->generation;

	if (reachable && !send_entry(postponed, engine, held)) {
		postponed->blocked = true;
		return false;
	}
	/* Whoever has this number now is somebody else. */
	if (!reachable)
		postponed->tallies[held->listener].dropped += held->answers;
	else if (--owed->held == 0)
		engine_owe(engine, held->connection, false);
	drop_first(postponed);
	return true;
}

/* Not one of this batch: answers before it on its connection have not even been queued. */
static bool leave_early(struct postponed *postponed, struct engine *engine)
{
	const struct held *held = held_first(postponed->held);
	uint16_t listener;

	if (!held || held->round == postponed->round)
		return false;
	listener = held->listener;
	if (!send_first(postponed, engine))
		return false;
	postponed->tallies[listener].overflow++;
	return true;
}

uint32_t postponed_keep(struct postponed *postponed, struct engine *engine,
			const struct message *message, bool datagram, const struct flaws *flaws,
			uint32_t follower)
{
	struct owed *owed = &postponed->owed[message->connection];
	struct held held = {
		.connection = message->connection,
		.generation = owed->generation,
		.round = postponed->round,
		.follower = follower,
		.listener = message->listener,
		.answers = message->reply > 0 || message->answer_empty,
		.hangs_up = (message->flags & MESSAGE_HANG_UP) != 0,
		.flaws = *flaws,
	};
	uint32_t number;

	if (datagram && !address(engine, message, &held))
		return HELD_NONE;
	do
		number = held_put(postponed->held, &held, message->data, message->reply);
	while (number == HELD_NONE && leave_early(postponed, engine));
	if (number != HELD_NONE && owed->held++ == 0)
		engine_owe(engine, message->connection, true);
	return number;
}

void postponed_due(struct postponed *postponed, uint32_t number, uint64_t due_ns)
{
	const struct held *held = held_at(postponed->held, number);
	struct owed *owed = &postponed->owed[held->connection];

	if (held->peer_length == 0) {
		if (owed->due_ns > due_ns)
			due_ns = owed->due_ns;
		owed->due_ns = due_ns;
	}
	held_due(postponed->held, number, due_ns);
}

bool postponed_behind(const struct postponed *postponed, const struct message *message)
{
	return postponed->owed[message->connection].held > 0;
}

void postponed_overflowed(struct postponed *postponed, uint16_t listener)
{
	postponed->tallies[listener].overflow++;
}

void postponed_gone(struct postponed *postponed, uint32_t connection)
{
	struct owed *owed = &postponed->owed[connection];

	*owed = (struct owed){ .generation = owed->generation + 1 };
}

void postponed_release(struct postponed *postponed, struct engine *engine)
{
	const struct held *held = held_first(postponed->held);
	uint64_t now_ns;

	postponed->round++;
	postponed->blocked = false;
	if (!held)
		return;
	departures_begin(postponed->departures);
	now_ns = clock_now_ns();
	while (held && held->due_ns <= now_ns && send_first(postponed, engine))
		held = held_first(postponed->held);
}

uint64_t postponed_wait_ns(const struct postponed *postponed, uint64_t wait_ns)
{
	const struct held *held = held_first(postponed->held);
	uint64_t now_ns, left_ns;

	if (!held)
		return wait_ns;
	now_ns = clock_now_ns();
	left_ns = held->due_ns > now_ns + POLL_NS ? held->due_ns - now_ns - POLL_NS : 0;
	if (postponed->blocked)
		left_ns = RETRY_NS;
	return left_ns < wait_ns ? left_ns : wait_ns;
}

void postponed_end(struct postponed *postponed)
{
	const struct held *held;

	while ((held = held_first(postponed->held)) != NULL) {
		postponed->tallies[held->listener].dropped += held->answers;
		drop_first(postponed);
	}
}

const struct postponed_tally *postponed_tally(const struct postponed *postponed, uint32_t listener)
{
	return &postponed->tallies[listener];
}

void postponed_config(bool udp, bool records, struct engine_config *config)
{
	struct engine_config standard;
	uint32_t whole = udp ? config->datagram_size : 0;

	engine_config_init(&standard);
	config->output_count = standard.output_count;
	if (records && config->large_size > whole)
		whole = config->large_size;
	/* A message with boundaries leaves in one output buffer. */
	if (whole == 0)
		return;
	config->output_size = whole + config->reply_room + OUTPUT_HEADROOM;
	config->output_count = OUTPUT_COUNT_LARGE;
}
