/* A part of a run, in a few figures: what is shown while it runs, and kept of it. */
#ifndef MEASURE_INTERVAL_H
#define MEASURE_INTERVAL_H

#include <jansson.h>
#include <stdint.h>

#include "measure/result.h"

struct interval {
	uint64_t start_ns; /* after the begin of the run's window */
	uint64_t duration_ns;
	uint64_t sent, requests, bytes, errors, lost, connects;
	uint64_t timed; /* answers whose latency is known: */
	uint64_t min_ns, mean_ns, p50_ns, p90_ns, p99_ns, p999_ns, max_ns;
};

/* Of a part of a run whose window began at begin_ns. */
void interval_make(const struct result *part, uint64_t begin_ns, struct interval *ret_interval);

double interval_requests_per_s(const struct interval *interval);

/* NULL: no memory. */
json_t *interval_to_json(const struct interval *interval);

/* All intervals of a run, in order. */
struct interval_list {
	struct interval *items;
	uint32_t count, room;
};

/* Errors: ENOMEM. */
int interval_list_add(struct interval_list *list, const struct interval *interval);
void interval_list_finish(struct interval_list *list);

/* An array; NULL: no memory. */
json_t *interval_list_to_json(const struct interval_list *list);

#endif
