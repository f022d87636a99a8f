#include "measure/contrast.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "measure/mann_whitney.h"

static int take_logs(const double *values, uint32_t count, double *ret_logs)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!(values[i] > 0) || !isfinite(values[i]))
			return -EDOM;
		ret_logs[i] = log(values[i]);
	}
	return 0;
}

uint32_t contrast_looks(const struct decision_plan *plan, uint32_t count,
			struct sign_test *ret_test)
{
	struct sign_test test = { .pairs_whole = plan->pair_count_max };
	uint32_t look = 0, place;

	while (look < plan->look_count && plan->looks[look] < count)
		test.pairs[test.look_count++] = plan->looks[look++];
	place = test.look_count;
	test.pairs[test.look_count++] = count;
	for (; look < plan->look_count; look++)
		if (plan->looks[look] > count)
			test.pairs[test.look_count++] = plan->looks[look];
	*ret_test = test;
	return place;
}

/* Who shares the error with more metrics may never be the more lenient, or Holm's steps would not
 * hold. Discrete tests do not see to that themselves. */
static int plan_looks(const struct decision_plan *plan, uint32_t count, uint32_t divisor_max,
		      int64_t *ret_wrong_max)
{
	double error = (1 - plan->confidence) / 2;
	struct sign_test test;
	uint32_t place = contrast_looks(plan, count, &test);

	for (uint32_t divisor = 1; divisor <= divisor_max; divisor++) {
		int result = sign_test_plan(&test, error / divisor);
		int64_t *wrong_max = &ret_wrong_max[divisor - 1];

		if (result)
			return result;
		*wrong_max = test.wrong_max[place];
		if (divisor > 1 && wrong_max[-1] < *wrong_max)
			*wrong_max = wrong_max[-1];
	}
	return 0;
}

static int compare_values(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static int pair_up(const struct decision_plan *plan, struct contrast *contrast)
{
	contrast->wrong_max = calloc(contrast->divisor_max, sizeof(*contrast->wrong_max));
	if (!contrast->wrong_max)
		return -ENOMEM;
	for (uint32_t i = 0; i < contrast->count; i++)
		contrast->changed[i] -= contrast->base[i];
	qsort(contrast->changed, contrast->count, sizeof(*contrast->changed), compare_values);
	return plan_looks(plan, contrast->count, contrast->divisor_max, contrast->wrong_max);
}

int contrast_init(const struct decision_case *metric, const struct decision_plan *plan,
		  uint32_t divisor_max, struct contrast *ret_contrast)
{
	struct contrast contrast = {
		.paired = metric->paired,
		.count = metric->changed_count,
		.base_count = metric->base_count,
		.limit = log1p(metric->least_effect),
		.divisor_max = divisor_max,
		.confidence = plan->confidence,
		.look_count = plan->look_count > 0 ? plan->look_count : 1,
	};
	int error;

	if (contrast.count == 0 || contrast.base_count == 0)
		return -EDOM;
	contrast.changed = calloc(contrast.count, sizeof(*contrast.changed));
	contrast.base = calloc(contrast.base_count, sizeof(*contrast.base));
	error = contrast.changed && contrast.base ? 0 : -ENOMEM;
	if (!error)
		error = take_logs(metric->changed, contrast.count, contrast.changed);
	if (!error)
		error = take_logs(metric->base, contrast.base_count, contrast.base);
	if (!error && contrast.paired)
		error = pair_up(plan, &contrast);
	if (error)
		contrast_finish(&contrast);
	else
		*ret_contrast = contrast;
	return error;
}

void contrast_finish(struct contrast *contrast)
{
	free(contrast->changed);
	free(contrast->base);
	free(contrast->wrong_max);
}

/* Samples apart have no walk to count out: looks share the error in equal parts. */
static double apart_error(const struct contrast *contrast, uint32_t divisor)
{
	return (1 - contrast->confidence) / contrast->look_count / divisor;
}

static double sorted_median(const double *values, uint32_t count)
{
	return values[(count - 1) / 2] / 2 + values[count / 2] / 2;
}

int contrast_interval(const struct contrast *contrast, uint32_t divisor, struct estimate *ret_shift,
		      bool *ret_sure)
{
	const double *ratios = contrast->changed;
	uint32_t count = contrast->count, rank;
	int64_t wrong_max;
	int error;

	if (!contrast->paired) {
		double confidence = 1 - apart_error(contrast, divisor);

		error = mann_whitney_shift(contrast->changed, count, contrast->base,
					   contrast->base_count, confidence, ret_shift);
		if (!error)
			*ret_sure = ret_shift->coverage >= confidence;
		return error;
	}
	wrong_max = contrast->wrong_max[divisor - 1];
	*ret_sure = wrong_max >= 0;
	rank = wrong_max > 0 ? (uint32_t)wrong_max : 0;
	*ret_shift = (struct estimate){
		.median = sorted_median(ratios, count),
		.low = ratios[rank],
		.high = ratios[count - 1 - rank],
		.coverage = fmax(0, 1 - 2 * sign_test_tail(count, rank)),
	};
	return 0;
}

static double paired_p(const struct contrast *contrast)
{
	int64_t not_above = 0, not_below = 0;

	for (uint32_t i = 0; i < contrast->count; i++) {
		not_above += contrast->changed[i] <= contrast->limit;
		not_below += contrast->changed[i] >= -contrast->limit;
	}
	return fmin(1, 2 * sign_test_tail(contrast->count,
					  not_above < not_below ? not_above : not_below));
}

int contrast_p(const struct contrast *contrast, double *ret_p)
{
	double up, down;
	int error;

	if (contrast->paired) {
		*ret_p = paired_p(contrast);
		return 0;
	}
	error = mann_whitney_above(contrast->changed, contrast->count, contrast->base,
				   contrast->base_count, contrast->limit, &up);
	if (!error)
		error = mann_whitney_above(contrast->base, contrast->base_count, contrast->changed,
					   contrast->count, contrast->limit, &down);
	if (!error)
		*ret_p = fmin(1, 2 * fmin(up, down));
	return error;
}

int contrast_level(const struct contrast *contrast, uint32_t divisor, double *ret_level)
{
	struct estimate shift;
	bool sure;
	int error = contrast_interval(contrast, divisor, &shift, &sure);

	if (error)
		return error;
	if (!sure)
		*ret_level = 0;
	else if (contrast->paired)
		*ret_level = 2 * sign_test_tail(contrast->count, contrast->wrong_max[divisor - 1]);
	else
		*ret_level = apart_error(contrast, divisor);
	return 0;
}
