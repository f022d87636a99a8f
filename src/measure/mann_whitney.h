/*
 * The rank-sum test of Mann and Whitney (1947) for two samples that are not paired, and the shift
 * between them (Hodges and Lehmann 1963). Exact where both samples are small and have no ties; else
 * by the normal approximation with corrections for ties and continuity.
 */
#ifndef MEASURE_MANN_WHITNEY_H
#define MEASURE_MANN_WHITNEY_H

#include <stddef.h>

#include "measure/statistics.h"

/* Samples of up to so many values are counted out exactly. */
#define MANN_WHITNEY_EXACT_MAX 50

/* The probability, if both samples are of one distribution, that their ranks differ as much as
 * these do, in either direction. 1 for an empty sample. Errors: ENOMEM. */
int mann_whitney_two_sided(const double *a, size_t a_count, const double *b, size_t b_count,
			   double *ret_p);

/* The same for one direction: that a's values rank as high above b's, if a is not shifted up
 * against b by more than shift. Errors: ENOMEM. */
int mann_whitney_above(const double *a, size_t a_count, const double *b, size_t b_count,
		       double shift, double *ret_p);

/*
 * How much larger a's values are than b's: the median of all differences a - b, with the interval
 * of order statistics of these differences that the test's own distribution gives. Too few values
 * for the confidence give the whole range and its true coverage. Errors: EDOM (an empty sample),
 * ENOMEM.
 */
int mann_whitney_shift(const double *a, size_t a_count, const double *b, size_t b_count,
		       double confidence, struct estimate *ret_shift);

#endif
