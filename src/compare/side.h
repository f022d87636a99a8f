/*
 * One of the two that are compared: what was measured of it. Values that belong to pairs stand at
 * the pair's place, and where a pair has none, not a number does.
 */
#ifndef COMPARE_SIDE_H
#define COMPARE_SIDE_H

#include <stdint.h>

#include "measure/sample.h"

struct side {
	const char *word; /* "base" or "new" */
	const char *name; /* the file, the command, or the series; not copied */
	struct sample_set set;
};

void side_finish(struct side *side);

/* Set the value of a sample at a pair's place, from 0. Errors: ENOMEM. */
int side_put(struct sample *sample, uint32_t place, double value);

/* Take what a run has found as the values of a pair: of each metric the median of its values. A
 * run of a single benchmark goes to the only one that is there. Errors: ENOMEM. */
int side_add(struct side *side, const struct sample_set *run, uint32_t place);

/* Benchmarks in their order: the place of the next one's first sample behind after; -1 begins.
 * set->count: there are no more. */
uint32_t side_benchmark_next(const struct sample_set *set, int64_t after);
uint32_t side_benchmark_count(const struct sample_set *set);

#endif
