/*
 * The plan of a run: which thread has which connections and requests, when all begin together, and
 * how their results become one.
 */
#ifndef LOAD_PLAN_H
#define LOAD_PLAN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/choice.h"
#include "measure/interval.h"
#include "measure/pattern.h"
#include "measure/result.h"
#include "monitor.h"
#include "options.h"
#include "target.h"
#include "usage/thread_usage.h"
#include "usage/usage.h"

struct chargen;
struct trip_log;
struct worker;

struct plan {
	const struct load_options *options;
	const struct target *target;
	const atomic_int *stop;	   /* becomes not zero when the run is to end early */
	struct pattern *pattern;   /* of requests */
	struct chargen *chargen;   /* of answers that nobody asks for */
	struct trip_log *trip_log; /* NULL: nobody wants one */
	struct worker *workers;
	uint32_t worker_count;
	pthread_mutex_t gate; /* held until every thread exists */
	bool abandoned;	      /* one does not; written under the gate */
	bool held;	      /* the observer is asked before the windows begin */
	pthread_barrier_t barrier;
	pthread_cond_t changed; /* with the gate's mutex: a worker has left */
	uint32_t left;		/* so many have; under the mutex */
	uint32_t told, heard; /* what the workers have told the main thread; what of it it knows */
	struct usage_reading *usages; /* two: of the window's begin, and of its end */
	bool usage_begun, usage_ended;
	atomic_uint connected; /* clients, of all workers */
	atomic_uint measuring; /* workers whose window has begun */
	atomic_uint measured;  /* ... and ended */
	atomic_bool released;  /* .held: the observer has answered */
	atomic_bool refused;   /* ... that there is to be no window */
	atomic_bool failed;    /* an engine could not be opened */
	atomic_bool ended;     /* the run is to end: the rate has settled, or: */
	atomic_bool aborted;   /* by --abort-on or --slip abort */
};

/* What came of --steady. */
struct settling {
	bool reached;
	double change;	   /* over the last window */
	uint64_t after_ns; /* that long after the begin it was reached */
};

/* What came of a run. */
struct outcome {
	struct result result;
	struct interval_list intervals;
	struct choice_result choice; /* all threads are alike */
	uint32_t connected;	     /* clients that were open at least once */
	int64_t started_unix_ns;     /* CLOCK_REALTIME of the window's begin */
	uint64_t sending_ns;	     /* from the window's begin until all was sent ... */
	uint64_t due_ns;	     /* ... and until all had been due */
	uint64_t kernel_drops;	     /* of answers, at our own datagram sockets */
	struct usage usage;	     /* of the host, and of --server-pid */
	double busy_share;	     /* of the busiest thread, without polling */
	struct settling settling;
	bool aborted;
	char pmu_missing[USAGE_REASON_MAX]; /* why cycles are not counted; empty: they are */
	char pmu_note[USAGE_REASON_MAX];    /* what they leave out; empty: nothing */
};

/*
 * Run the load of these options against the target. observer (or NULL) is told in this thread how
 * it goes on. Errors: ENOMEM, EMFILE, those of opening an engine or of a thread, of an engine that
 * could not go on, or of observer->ready(), with a sentence. Whatever a server does wrong is no
 * error but stands in the result. outcome_finish() frees what is returned.
 */
int plan_run(const struct load_options *options, const struct target *target,
	     const atomic_int *stop, const struct observer *observer, struct outcome *ret_outcome,
	     struct error *ret_error);
void outcome_finish(struct outcome *outcome);

/* Why a part of it has no cycles, "" if it has. Those that only some have counted are no sum: the
 * outcome has none then. */
void outcome_note_pmu(struct outcome *outcome, const char *missing);

/* How many open files this process needs for that. */
uint64_t plan_files_needed(const struct load_options *options);

/* How many open files this process needs and may have; says what is lacking. Errors: EMFILE. */
int plan_raise_files(const struct load_options *options, struct error *ret_error);

/* The part of total that falls to number index of count. */
uint64_t plan_part(uint64_t total, uint32_t count, uint32_t index);

/* The part of --requests that falls to this generator; 0: any number. */
uint64_t plan_requests(const struct load_options *options);

/* For the workers: wait at the gate until every thread exists; false: they never will. */
bool plan_enter(struct plan *plan);

/* For the workers: wait until all have come here (and, of a plan that is held, the main thread). */
void plan_meet(struct plan *plan);

/* After all have met, their connections made: is there anything to be measured? */
bool plan_goes_on(const struct plan *plan);

/* For the workers: this one has done all it had to do. */
void plan_leave(struct plan *plan);

/* For the workers: their windows begin, and end. */
void plan_begin_window(struct plan *plan);
void plan_end_window(struct plan *plan);

/* For the monitor: wait until all have left (true), or until until_ns on CLOCK_MONOTONIC, or until
 * the windows of all have begun, or ended. */
bool plan_await_end(struct plan *plan, uint64_t until_ns);

/* For the monitor: look whether there is a window's begin or end to take the host's usage at. */
void plan_look_at_usage(struct plan *plan);

#endif
