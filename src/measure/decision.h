/*
 * The rule that says of several metrics, each measured so often on a base and on something new,
 * whether the new one is better, worse or the same, or that this cannot be told yet.
 *
 * The unit of observation is one run with fresh processes. Paired runs stand side by side in time
 * (value i of both), and only their log ratios count. Whatever is below the least effect that
 * somebody cares about is no change. The error rate is that of the whole decision: over all metrics
 * (Holm 1979) and over all looks at a sample that grows.
 */
#ifndef MEASURE_DECISION_H
#define MEASURE_DECISION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "measure/statistics.h"

enum decision {
	DECISION_SAME,	       /* the interval lies within the least effect */
	DECISION_IMPROVED,     /* beyond it, in the good direction */
	DECISION_REGRESSED,    /* beyond it, in the bad one */
	DECISION_INCONCLUSIVE, /* neither; more runs may tell */
	DECISION_COUNT,
};

/* "same", "improved", "regressed", "inconclusive". */
extern const char *const decision_names[DECISION_COUNT];

/* One metric. */
struct decision_case {
	const double *base, *changed; /* of each run; paired ones in the same place */
	uint32_t base_count, changed_count;
	bool paired;	     /* then both counts are the same */
	bool more_is_better;
	bool exact;	     /* a counter: compared without a test if no run differs from another */
	double least_effect; /* a share: 0.03; of an exact counter what is tolerated */
};

struct decision_plan {
	double confidence;   /* of the whole decision: 0.95 */
	uint32_t look_count; /* how often one looks at a growing sample, at most; 1: once */
	uint32_t look;	     /* which look this is, from 1 */
};

struct decision_outcome {
	enum decision decision;
	bool known;		/* false: no ratio (a value that is 0, or none at all) */
	bool counted;		/* an exact counter, compared without a test */
	struct estimate base, changed; /* medians with their intervals, each on its own */
	struct estimate ratio;	/* changed / base, with the interval that the decision uses */
	double p;		/* of "there is no change beyond the least effect", after Holm */
	double mann_whitney_p;	/* two-sided, as other tools print it; decides nothing */
	double detectable;	/* the least effect that this many runs of this noise find in 9 of
				 * 10 comparisons, a share; NAN: not known */
};

/* Decide on all metrics together. Errors: ENOMEM. */
int decision_make(const struct decision_case *cases, uint32_t count,
		  const struct decision_plan *plan, struct decision_outcome *ret_outcomes);

/* How sure the interval of a look is, so that all looks together are as sure as the plan. */
double decision_confidence(const struct decision_plan *plan);

/* The effect (a share) that count pairs find in 9 of 10 comparisons, where the log ratios of pairs
 * without a change are spread like these. NAN: too few to tell. */
double decision_detectable(const double *log_ratios, uint32_t ratio_count, uint32_t pair_count,
			   double least_effect, const struct decision_plan *plan);

#endif
