/*
 * The injector of one thread: makes the faults that the rules ask for out of the answers that the
 * services have given, and counts each one, so that what a client reports can be held against it.
 *
 * Each rule has a random stream of its own, and draws from it once for each data message of a
 * listener that it fits: what a seed does to message number n of a thread depends on n alone, not
 * on timing or on other rules. Rules apply in the order of enum inject_kind; an answer that is
 * dropped, or closed instead, suffers nothing else. What a service says unasked (MESSAGE_OPENED,
 * MESSAGE_SENT) is left alone.
 */
#ifndef SERVE_INJECT_H
#define SERVE_INJECT_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/engine.h>

#include "inject_rule.h"
#include "listener.h"
#include "postpone.h"

struct injector;

/* What was done to one listener's answers. Counters all, as struct tally wants them. */
struct inject_tally {
	uint64_t done[INJECT_KIND_COUNT];
	struct postponed_tally held;
};

/* For the engine of thread number thread, before its first turn; departures: of that thread.
 * Errors: ENOMEM. */
int injector_open(const struct inject_rules *rules, uint64_t seed, uint32_t thread,
		  const struct listener_list *listeners, const struct engine_config *config,
		  struct departures *departures, struct injector **ret_injector);
void injector_close(struct injector *injector);

/* Apply the rules to answered messages of one listener, all of one batch, and let leave what is not
 * held. */
void injector_apply(struct injector *injector, struct engine *engine, struct message *run,
		    uint32_t count);

/* After each turn: send what is due. */
void injector_release(struct injector *injector, struct engine *engine);

/* How long may the next turn of the engine wait, at most wait_ns? */
uint64_t injector_wait_ns(const struct injector *injector, uint64_t wait_ns);

/* The engine drains: from now on nothing is delayed or reordered; what is held leaves when it is
 * due, and what waits for a next answer leaves now. */
void injector_drain(struct injector *injector);

/* The engine has had its last turn: what is still held is counted as dropped. */
void injector_end(struct injector *injector);

struct inject_tally injector_tally(const struct injector *injector, uint32_t listener);

/* What answers given later need of the engine: output buffers, as large as the longest answer. */
void injector_config(const struct inject_rules *rules, uint32_t transports_used,
		     struct engine_config *config);

#endif
