/*
 * The rule that says of several metrics, each measured so often on a base and on something new,
 * whether the new one is better, worse or the same, or that this cannot be told yet.
 *
 * The unit of observation is one run with fresh processes. Paired runs stand side by side in time
 * (value i of both), and only their log ratios count. Whatever is below the least effect that
 * somebody cares about is no change: a ratio between 1 / (1 + least effect) and 1 + least effect.
 * The error rate is that of the whole decision: over all metrics (Holm 1979) and over all looks at
 * a sample that grows (sign_test.h). Every verdict is what the interval of its ratio shows, unless
 * there are too few runs for any.
 *
 *	decision_plan_init() -> measure plan.looks[0] pairs -> decision_make()
 *	-> while one is inconclusive: measure on to plan.looks[1] pairs -> decision_make() ...
 */
#ifndef MEASURE_DECISION_H
#define MEASURE_DECISION_H

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
	bool paired; /* then both counts are the same */
	bool more_is_better;
	bool exact;	     /* a counter: compared without a test if no run differs from another */
	bool judged;	     /* false: only shown, decided as if alone; costs the others nothing */
	double least_effect; /* a share: 0.03; of an exact counter what is tolerated */
};

#define DECISION_LOOKS_MAX 8

/* Which look it is, the number of pairs says; one that was not planned is one more. */
struct decision_plan {
	double confidence;		    /* of the whole decision: 0.95 */
	uint32_t looks[DECISION_LOOKS_MAX]; /* pairs at which one looks; rising */
	uint32_t look_count;		    /* 0: one looks once, whenever that is */
	uint32_t pair_count_max;	    /* that the looks were planned for */
};

/* Looks at 12, 20, 40, 80 ... pairs, the last one at pair_count_max (at least 1); of 12 or fewer,
 * one look. */
void decision_plan_init(double confidence, uint32_t pair_count_max, struct decision_plan *ret_plan);

/* There are no more pairs than these (at least 1), for lack of time and not for what was seen: the
 * look at them is the last one, and has all of the error that is left. */
void decision_plan_end(struct decision_plan *plan, uint32_t pair_count);

/* The fewest pairs with which one look can call any of metric_count metrics changed. */
uint32_t decision_pairs_least(double confidence, uint32_t metric_count);

struct decision_outcome {
	enum decision decision;
	bool known;   /* false: no ratio (a value that is 0 or not a number, or none at all) */
	bool counted; /* an exact counter, compared without a test: p and level are NAN */
	struct estimate base, changed; /* medians, each with its interval of the plan's confidence,
					* on its own; NAN if there are no values */
	struct estimate ratio; /* changed / base, and the interval that the decision is made by */
	double p;     /* two-sided: of ratios at least so far out if there were no change beyond the
		       * least effect (sign test; not paired: Mann and Whitney's) */
	double level; /* what p may be for a change, corrected for looks and metrics; 0: there are
		       * too few runs to call anything a change */
	double mann_whitney_p; /* two-sided, of no change at all, as other tools print it; decides
				* nothing */
	double detectable;     /* the effect that this many runs of this noise find in 9 of 10
				* comparisons, a share; NAN: not known */
};

/* Decide on all metrics together. Errors: E2BIG (over 1000 pairs), ENOMEM. */
int decision_make(const struct decision_case *cases, uint32_t count,
		  const struct decision_plan *plan, struct decision_outcome *ret_outcomes);

/*
 * The effect (a share: 0.05 is a ratio of 1.05, or of 1 / 1.05) that is found in 9 of 10
 * comparisons of one metric, looking as planned up to pair_count pairs, where the log ratios of
 * pairs are spread like these around their median. It needs 6 of them. NAN: too few of them, or of
 * the pairs, to tell. Errors: E2BIG, ENOMEM.
 */
int decision_detectable(const double *log_ratios, uint32_t ratio_count, uint32_t pair_count,
			double least_effect, const struct decision_plan *plan,
			double *ret_detectable);

#endif
