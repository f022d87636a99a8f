/* A batch of messages put to the services of its listeners, and what came of it counted. */
#ifndef SERVE_SERVING_H
#define SERVE_SERVING_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/engine.h>

#include "departure.h"
#include "guard.h"
#include "inject.h"
#include "limiter.h"
#include "listener.h"
#include "options.h"
#include "rate.h"
#include "verbose.h"

/* What one listener did. */
struct tally {
	uint64_t connected, disconnected;
	uint64_t messages, bytes;
	uint64_t answers, answer_bytes;
	uint64_t refused[REFUSED_COUNT];
	struct inject_tally injected; /* afterwards, to the answers counted here */
};

/* The services of one thread. */
struct serving {
	const struct guard *guard;
	const struct listener_list *listeners;
	struct service_state *states; /* index: listener */
	struct tally *tallies;	      /* index: listener */
	struct rate *rates;	      /* index: listener; of service.udp_rate */
	struct verbose *verbose;      /* NULL: not asked for */
	struct rate_plan *limits;     /* NULL: none; put here by whoever has some */
	struct injector *injector;    /* NULL: no faults; put here by whoever opens one */
	struct departures departures;
	bool needs_clock;
	struct clock_quality clock; /* renewed once a second */
	int64_t clock_read_ns;	    /* CLOCK_REALTIME, when that was */
};

/* Errors: ENOMEM. Call serving_finish() also then. */
int serving_init(struct serving *ret_serving, const struct serve_options *options,
		 const struct listener_list *listeners, const struct guard *guard,
		 uint32_t connection_max);
void serving_finish(struct serving *serving);

/* Answer a batch of the engine's. */
void serving_answer(struct serving *serving, struct engine *engine, struct message *batch,
		    uint32_t count);

#endif
