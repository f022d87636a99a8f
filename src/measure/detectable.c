/* How large a change must be to be found: the power of the decision, turned around. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "measure/contrast.h"
#include "measure/sign_test.h"

#define POWER 0.9
#define RATIOS_MIN 6
#define BISECTIONS 50

static int compare_values(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* The largest share of pairs on the wrong side with which a change is still found as often as
 * POWER; NAN: even without any it is not. */
static int wrong_share_max(const struct sign_test *test, double *ret_share)
{
	double low = 0, high = 0.5, power;
	int error = sign_test_power(test, low, &power);

	if (error)
		return error;
	if (power < POWER) {
		*ret_share = NAN;
		return 0;
	}
	for (int i = 0; i < BISECTIONS && !error; i++) {
		double middle = (low + high) / 2;

		error = sign_test_power(test, middle, &power);
		*(power < POWER ? &high : &low) = middle;
	}
	if (!error)
		*ret_share = low;
	return error;
}

/* So far from the middle lie share of all values at most. */
static double spread(double *distances, uint32_t count, double share)
{
	double place = share * count - 0.5;
	uint32_t below;

	qsort(distances, count, sizeof(*distances), compare_values);
	if (place <= 0)
		return distances[0];
	if (place >= count - 1)
		return distances[count - 1];
	below = (uint32_t)place;
	return distances[below] + (place - below) * (distances[below + 1] - distances[below]);
}

/*
 * A change moves all log ratios. Those of pairs lie as far to one side of it as to the other,
 * because either side could have been either: so a share q of them is on the wrong side of the
 * least effect where the change lies beyond it by what 1 - 2q of all are away from the middle.
 */
static int move(const double *log_ratios, uint32_t count, double wrong_share, double *ret_shift)
{
	double *values = calloc(count, sizeof(*values));
	double middle;

	if (!values)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		values[i] = log_ratios[i];
	middle = statistics_median(values, count);
	for (uint32_t i = 0; i < count; i++)
		values[i] = fabs(values[i] - middle);
	*ret_shift = spread(values, count, 1 - 2 * wrong_share);
	free(values);
	return 0;
}

int decision_detectable(const double *log_ratios, uint32_t ratio_count, uint32_t pair_count,
			double least_effect, const struct decision_plan *plan,
			double *ret_detectable)
{
	double wrong_share, shift, error_share = (1 - plan->confidence) / 2;
	struct sign_test test;
	uint32_t place;
	int error;

	if (ratio_count < RATIOS_MIN || pair_count == 0) {
		*ret_detectable = NAN;
		return 0;
	}
	place = contrast_looks(plan, pair_count, &test);
	error = sign_test_plan(&test, error_share);
	test.look_count = place + 1;
	if (!error)
		error = wrong_share_max(&test, &wrong_share);
	if (error)
		return error;
	if (isnan(wrong_share)) {
		*ret_detectable = NAN;
		return 0;
	}
	error = move(log_ratios, ratio_count, wrong_share, &shift);
	if (!error)
		*ret_detectable = expm1(log1p(least_effect) + shift);
	return error;
}

/* The value that a standard normal one exceeds with this probability (at most 1/2). */
static double normal_above(double probability)
{
	double low = 0, high = 40;

	for (int i = 0; i < BISECTIONS; i++) {
		double middle = (low + high) / 2;

		*(erfc(middle / sqrt(2)) / 2 > probability ? &low : &high) = middle;
	}
	return low;
}

/* Samples apart: half the interval is as many standard errors as its confidence asks for, and a
 * change is found in 9 of 10 comparisons if it lies 1.28 more beyond the least effect. */
static int apart(const struct contrast *contrast, double *ret_detectable)
{
	struct estimate shift;
	double errors;
	bool sure;
	int error = contrast_interval(contrast, 1, &shift, &sure);

	if (error)
		return error;
	errors = sure ? normal_above((1 - shift.coverage) / 2) : (double)NAN;
	*ret_detectable = expm1(contrast->limit + (shift.high - shift.low) / 2 *
							  (1 + normal_above(1 - POWER) / errors));
	return 0;
}

int contrast_detectable(const struct contrast *contrast, const struct decision_plan *plan,
			double *ret_detectable)
{
	if (!contrast->paired)
		return apart(contrast, ret_detectable);
	return decision_detectable(contrast->changed, contrast->count, contrast->count,
				   expm1(contrast->limit), plan, ret_detectable);
}
