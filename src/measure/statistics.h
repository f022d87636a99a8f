/*
 * Medians with exact confidence intervals: nothing is assumed of the distribution, and no random
 * number is drawn. The unit of observation is one run (a fresh process with fresh connections),
 * never a slice of one.
 */
#ifndef MEASURE_STATISTICS_H
#define MEASURE_STATISTICS_H

#include <stddef.h>

#define STATISTICS_CONFIDENCE 0.95

/*
 * A median and what is known of it: with probability coverage, or more, the median of what was
 * sampled lies in [low, high]. Too few values for the confidence that was asked for (below 6 for
 * 95 %) give the whole range and its true, lower coverage: ask whether it suffices.
 */
struct estimate {
	double median;
	double low, high;
	double coverage;
};

/* Sorts values. count: at least 1. */
double statistics_median(double *values, size_t count);

/*
 * Ranks, counted from 1, of the order statistics that bound the median of count values: the value
 * of this rank from below and the one of this rank from above. Returns the interval's coverage.
 */
double statistics_median_rank(size_t count, double confidence, size_t *ret_rank);

/* The median of values, with its interval. Sorts values. Errors: EDOM (no values). */
int statistics_estimate(double *values, size_t count, double confidence,
			struct estimate *ret_estimate);

/*
 * How many times larger a is than b, from count pairs measured side by side: the median of the
 * pairs' log ratios, so that what both halves of a pair suffered cancels, and a and b exchanged
 * give the reciprocal. Errors: EDOM (no pairs, or a value that is not a positive number), ENOMEM.
 */
int statistics_ratio(const double *a, const double *b, size_t count, double confidence,
		     struct estimate *ret_ratio);

#endif
