/*
 * Answers of one thread that leave later than they were given: held in memory of a fixed size,
 * sent through the engine when they are due, in order on each connection, and never to whom a
 * connection's number was given afterwards.
 */
#ifndef SERVE_POSTPONE_H
#define SERVE_POSTPONE_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/engine.h>

#include "held.h"

struct postponed;

/* What befell one listener's. Counters all. */
struct postponed_tally {
	uint64_t overflow; /* left early: there was no room to hold all */
	uint64_t dropped;  /* never sent: the connection or the server had ended */
};

/* For an engine of this config. departures: of the same thread. Errors: ENOMEM. */
int postponed_open(uint32_t listener_count, const struct engine_config *config,
		   struct departures *departures, struct postponed **ret_postponed);
void postponed_close(struct postponed *postponed);

/*
 * Keep a copy of a message's answer, and of its MESSAGE_HANG_UP; the message stays as it is. When
 * there is no room, those that are due next leave early. datagram: it came to a datagram listener.
 * flaws: what is to be wrong with it when it leaves. follower: another one that waits without a
 * time, until this one leaves; or HELD_NONE.
 * Returns its number, which waits for postponed_due(), or HELD_NONE: it cannot be kept.
 */
uint32_t postponed_keep(struct postponed *postponed, struct engine *engine,
			const struct message *message, bool datagram, const struct flaws *flaws,
			uint32_t follower);

/* Let it leave at a time of clock_now_ns(), but on a stream not before those kept earlier. */
void postponed_due(struct postponed *postponed, uint32_t number, uint64_t due_ns);

/* Must what this message answers wait for others of its connection? */
bool postponed_behind(const struct postponed *postponed, const struct message *message);

/* One that cannot be kept has left at once. */
void postponed_overflowed(struct postponed *postponed, uint16_t listener);

/* MESSAGE_CLOSED was seen. */
void postponed_gone(struct postponed *postponed, uint32_t connection);

/* After each turn: send what is due. */
void postponed_release(struct postponed *postponed, struct engine *engine);

/* How long may the next turn of the engine wait, at most wait_ns? */
uint64_t postponed_wait_ns(const struct postponed *postponed, uint64_t wait_ns);

/* The engine has had its last turn: what is still due is counted as dropped. */
void postponed_end(struct postponed *postponed);

const struct postponed_tally *postponed_tally(const struct postponed *postponed, uint32_t listener);

/* What it needs of the engine: output buffers as large as the longest answer. records: there are
 * listeners for UNIX datagrams or records; udp: for UDP. */
void postponed_config(bool udp, bool records, struct engine_config *config);

#endif
