/*
 * What a load run found: what was sent, what came back, how long it took, what went wrong, and what
 * it cost. Each thread has its own; merging adds counts and histograms without loss.
 */
#ifndef MEASURE_RESULT_H
#define MEASURE_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "measure/delays.h"
#include "measure/histogram.h"
#include "measure/split.h"

enum result_error {
	RESULT_CONNECT, /* no connection was made */
	RESULT_RESET,	/* a connection broke */
	RESULT_CLOSED,	/* the peer closed a connection that was still wanted */
	RESULT_TIMEOUT, /* a stream or record answer did not come in time */
	RESULT_CORRUPT, /* an answer that is not what was sent */
	RESULT_SURPLUS, /* bytes that nobody asked for */
	RESULT_SEND,	/* a request was not taken */
	RESULT_ERROR_COUNT,
};

/* What an error is called in JSON, and in a sentence. */
struct result_error_row {
	const char *name;
	const char *meaning;
};

extern const struct result_error_row result_errors[RESULT_ERROR_COUNT];

/* What it took, as running totals or as the difference of two. */
struct cost {
	uint64_t cpu_ns;  /* of the threads that made the load */
	uint64_t user_ns; /* the two parts of it, as far as the kernel tells them apart */
	uint64_t system_ns;
	uint64_t switches_voluntary;
	uint64_t switches_involuntary;
	uint64_t cycles; /* 0 where nothing counts them */
	uint64_t instructions;
	uint64_t spins;
	uint64_t spin_hits;
	uint64_t spin_ns;
	uint64_t system_calls;
	uint64_t completions;
};

/* What one thread found in a window, or all of them, or all of a run: whatever was added up. */
struct result {
	uint64_t started_ns, ended_ns; /* the measured window on CLOCK_MONOTONIC; 0: none */
	uint64_t gap_ns;	       /* not measured within it: between runs */
	uint64_t sent;		       /* requests given to the engine that belong to it ... */
	uint64_t sent_after;	 /* ... and those of them that were due in it but left after it */
	uint64_t requests;	 /* requests answered in it */
	uint64_t answered_after; /* belonged to it, answered after it; in .latency too */
	uint64_t bytes_sent;
	uint64_t bytes;	     /* of those answers */
	uint64_t lost;	     /* requests that were never answered */
	uint64_t late;	     /* answers to requests given up for lost */
	uint64_t duplicated; /* answers that had come before */
	uint64_t reordered;  /* answers that a later request's answer has overtaken */
	uint64_t skipped;    /* requests of an open loop that were not sent, being too late */
	uint64_t connects;   /* connections made, in and before the window */
	uint64_t errors[RESULT_ERROR_COUNT];
	/* The first one's negative errno; 0: none or no error. */
	int32_t causes[RESULT_ERROR_COUNT];
	struct cost cost;
	struct histogram *latency; /* from the intended time in an open loop, from sending else */
	struct histogram *slip;	   /* open loop: from the intended time to sending */
	struct histogram *timer_error; /* open loop: what of the slip was our own fault */
	struct histogram *connect;     /* from connect() to the connection */
	struct delays *delays;	       /* of peers that tell their times; NULL: none do */
	struct split *split;	       /* NULL: nobody divides */
};

/* What a result has beyond what every result has. */
struct result_extent {
	bool delays;
	bool split;
	uint32_t split_points; /* of split_init() */
};

/* after - before, field by field; 0 where that would be negative, as scaled counts may be. */
struct cost cost_difference(const struct cost *after, const struct cost *before);

/* Errors: ENOMEM. */
int result_init(struct result *ret_result);

/* Give an empty result more. Errors: ENOMEM. */
int result_extend(struct result *result, const struct result_extent *extent);

/* Zeroes, and half-initialised results, are fine. */
void result_finish(struct result *result);

/* As result_init() has left it. */
void result_reset(struct result *result);

/* Add from, of the same extent: another thread's share of the same run, or another interval. */
void result_merge(struct result *result, const struct result *from);

/* Add from: another run, later than those that result holds. The time between is not measured. */
void result_add_run(struct result *result, const struct result *from);

uint64_t result_errors_total(const struct result *result);
uint64_t result_duration_ns(const struct result *result);
double result_requests_per_s(const struct result *result);
double result_bytes_per_s(const struct result *result);
/* Own CPU nanoseconds per answered request; 0 if there was none. */
uint64_t result_cpu_ns_per_request(const struct result *result);

/* What spinning did and took. NULL: no memory. */
json_t *spin_to_json(const struct cost *cost);

/* Set the members of the result in an object, its times with these percentiles too (NULL: none).
 * Errors: ENOMEM. */
int result_to_json(const struct result *result, const struct percentile_list *percentiles,
		   json_t *object);

#endif
