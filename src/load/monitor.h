/*
 * The thread that watches a run: it adds up what the workers give away at the end of each interval,
 * looks whether the rate has settled, and tells an observer. The workers wait for it never.
 */
#ifndef LOAD_MONITOR_H
#define LOAD_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/interval.h"
#include "measure/result.h"
#include "measure/steady.h"

struct plan;
struct trip_log;

/* Who wants to know how runs go on, in the thread of plan_run(). Any function may be NULL. */
struct observer {
	void *context;
	void (*run)(void *context, uint32_t index); /* it begins; counted from 0 */
	void (*interval)(void *context, const struct interval *interval);
	/* All connections stand, or have failed for good, and the windows begin when this returns
	 * 0. It is not called where there is no connection at all. What it returns else,
	 * a negative errno with a sentence, is the run's error. */
	int (*ready)(void *context, struct error *ret_error);
	struct trip_log *trip_log; /* where round trips are written; NULL: nowhere */
};

/* What the monitor has of one worker. */
struct watched {
	struct result *part; /* taken, and not yet given back */
	bool collected;	     /* it has left, and what it still held is added up */
	uint64_t busy_ns;    /* CPU time without polling */
	uint64_t window_ns;
};

struct monitor {
	struct plan *plan;
	const struct observer *observer; /* or NULL */
	struct watched *workers;
	struct result total;
	struct result part; /* of all workers: the interval that is added up */
	struct interval_list intervals;
	uint64_t begin_ns; /* of the window; 0: not yet */
	struct steady steady;
	uint64_t sampling_ns; /* since when the rate is looked at */
	uint64_t sample_ns;   /* when the rate is looked at next; 0: not yet */
	uint64_t sampled;     /* requests answered by the last time */
	bool settled;
	uint64_t settled_after_ns;
	int error; /* memory for the intervals */
};

/* Errors: ENOMEM. Call monitor_finish() also on failure. */
int monitor_init(struct monitor *monitor, struct plan *plan, const struct observer *observer);
void monitor_finish(struct monitor *monitor);

/* Watch until every worker has left. */
void monitor_watch(struct monitor *monitor);

/* The workers' threads have ended: add up what they still hold. */
void monitor_collect(struct monitor *monitor);

/* Of the busiest worker: the share of its window that it used its CPU, without polling. */
double monitor_busy_share(const struct monitor *monitor);

#endif
