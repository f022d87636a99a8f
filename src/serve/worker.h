/*
 * A worker: a thread with an engine of its own, which puts each batch to the services.
 *
 *	STARTING ──► SERVING ──► ENDED
 *	    └───────────────────────▲	(error says why)
 *
 * The main thread gives orders and collects reports; all else belongs to the worker's thread.
 */
#ifndef SERVE_WORKER_H
#define SERVE_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <ringside/engine.h>

#include "base/error.h"
#include "engine/choice.h"
#include "guard.h"
#include "listener.h"
#include "options.h"
#include "pulse.h"
#include "rate_plan.h"
#include "sandbox.h"
#include "serving.h"

enum worker_state { WORKER_STARTING, WORKER_SERVING, WORKER_ENDED };

enum worker_order {
	ORDER_REPORT = 1 << 0,
	ORDER_DRAIN = 1 << 1, /* finish what has begun, for as long as --drain says */
	ORDER_END = 1 << 2,   /* now */
};

/* What a thread did so far. */
struct report {
	struct engine_counters engine;
	uint32_t connections;  /* open now */
	uint64_t cpu_ns;       /* without the start-up */
	uint64_t kernel_drops; /* engine_kernel_drops() */
	struct engine_pool pools[ENGINE_POOL_COUNT];
	struct tally tallies[LISTENER_MAX]; /* index: listener */
};

/* What all workers share: made before they start. */
struct worker_setup {
	const struct serve_options *options;
	const struct engine_config *config;
	const struct guard *guard;
	struct rate_plan *rates;
	struct listener_list *listeners;
	const struct sandbox *sandbox;
	struct pulse *pulse; /* NULL: nobody asks whether they serve */
	int ended_fd;	     /* an eventfd, to which each worker adds one when it ends */
};

struct worker {
	const struct worker_setup *setup;
	uint32_t number;
	pthread_t thread;
	struct engine *engine;
	struct serving serving;
	uint64_t start_cpu_ns; /* what it took to get here: not the messages' cost */
	bool draining;
	uint64_t deadline_ns; /* of draining */
	atomic_uint orders;   /* enum worker_order */

	/* From WORKER_SERVING on this stays as it is. */
	struct choice_result choice;

	pthread_mutex_t mutex; /* over what follows */
	pthread_cond_t changed;
	enum worker_state state;
	struct error error; /* in WORKER_ENDED: why; "": as ordered */
	uint32_t report_count;
	struct report report;
};

/* Errors: those of pthread_create(). */
int worker_start(struct worker *worker, const struct worker_setup *setup, uint32_t number);

/* Wait for the end of its thread; its last report stays. */
void worker_join(struct worker *worker);

/* Wait until it serves (0) or has ended (-EIO with its sentence). */
int worker_await(struct worker *worker, struct error *ret_error);

void worker_order(struct worker *worker, enum worker_order order);

/* Has it ended for another reason than an order? Then *ret_error is that. */
bool worker_failed(struct worker *worker, struct error *ret_error);

/* Wait without a limit, for worker_report(). */
#define WORKER_WAIT_FOREVER UINT64_MAX

/*
 * A report of this moment, or its last one: of a worker that has ended, or that gives none by a
 * time of clock_now_ns(). Any thread. Returns false in the last case.
 */
bool worker_report(struct worker *worker, uint64_t deadline_ns, struct report *ret_report);

#endif
