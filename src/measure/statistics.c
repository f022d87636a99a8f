#include "measure/statistics.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int compare_values(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double sorted_median(const double *values, size_t count)
{
	size_t middle = count / 2;

	if (count % 2 == 1)
		return values[middle];
	return values[middle - 1] + (values[middle] - values[middle - 1]) / 2;
}

double statistics_median(double *values, size_t count)
{
	assert(count > 0);
	qsort(values, count, sizeof(*values), compare_values);
	return sorted_median(values, count);
}

/* The probability that exactly successes of count fair coins show heads. By logarithms, because
 * 2^-count is no double from 1075 on. */
static double coin_probability(size_t count, size_t successes)
{
	double n = (double)count, k = (double)successes;

	return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2));
}

/*
 * Each value lies below the true median with probability 1/2, so the median is left of the value
 * of rank r with the probability that fewer than r of count coins show heads. Cut the same tail
 * on both sides, as much as the confidence allows.
 */
double statistics_median_rank(size_t count, double confidence, size_t *ret_rank)
{
	double tail = coin_probability(count, 0);
	size_t rank = 1;

	assert(count > 0);
	while (rank < (count + 1) / 2) {
		double longer = tail + coin_probability(count, rank);

		if (1 - 2 * longer < confidence)
			break;
		tail = longer;
		rank++;
	}
	*ret_rank = rank;
	return fmax(0, 1 - 2 * tail);
}

int statistics_estimate(double *values, size_t count, double confidence,
			struct estimate *ret_estimate)
{
	struct estimate estimate;
	size_t rank;

	if (count == 0)
		return -EDOM;
	estimate.median = statistics_median(values, count);
	estimate.coverage = statistics_median_rank(count, confidence, &rank);
	estimate.low = values[rank - 1];
	estimate.high = values[count - rank];
	*ret_estimate = estimate;
	return 0;
}

static int log_ratios(const double *a, const double *b, size_t count, double *ret_ratios)
{
	for (size_t i = 0; i < count; i++) {
		if (!(a[i] > 0) || !(b[i] > 0) || !isfinite(a[i]) || !isfinite(b[i]))
			return -EDOM;
		ret_ratios[i] = log(a[i]) - log(b[i]);
	}
	return 0;
}

int statistics_ratio(const double *a, const double *b, size_t count, double confidence,
		     struct estimate *ret_ratio)
{
	struct estimate estimate;
	double *ratios;
	int error;

	if (count == 0)
		return -EDOM;
	ratios = calloc(count, sizeof(*ratios));
	if (!ratios)
		return -ENOMEM;
	error = log_ratios(a, b, count, ratios);
	if (!error)
		error = statistics_estimate(ratios, count, confidence, &estimate);
	free(ratios);
	if (error)
		return error;
	ret_ratio->median = exp(estimate.median);
	ret_ratio->low = exp(estimate.low);
	ret_ratio->high = exp(estimate.high);
	ret_ratio->coverage = estimate.coverage;
	return 0;
}
