#include "floor.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "measure/decision.h"

/* Of a figure that has none of its own. */
#define LEAST_EFFECT_USUAL 0.05

const uint32_t floor_pairs[FLOOR_PAIRS_COUNT] = { 6, 12, 20, 40 };
static const double floor_steps[FLOOR_STEPS_COUNT] = { 0.05, 0.1 };

double floor_least_effect(enum figure_id figure)
{
	return figures[figure].least_effect > 0 ? figures[figure].least_effect : LEAST_EFFECT_USUAL;
}

/* One run: when it was, and the figure. */
struct run {
	uint32_t sequence;
	double value;
};

static int compare_runs(const void *left, const void *right)
{
	const struct run *a = left, *b = right;

	return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static void take_runs(const struct series *series, enum figure_id figure, struct run *runs,
		      uint32_t *count)
{
	for (uint32_t i = 0; i < series->count; i++)
		if (!isnan(series->trials[i].figures[figure]))
			runs[(*count)++] = (struct run){ series->trials[i].sequence,
							 series->trials[i].figures[figure] };
}

static double deviation(const double *values, uint32_t count, double *ret_mean)
{
	double sum = 0, squares = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += values[i];
	*ret_mean = sum / count;
	if (count < 2)
		return NAN;
	for (uint32_t i = 0; i < count; i++)
		squares += (values[i] - *ret_mean) * (values[i] - *ret_mean);
	return sqrt(squares / (count - 1));
}

/* How often a value is so much more or less than the one before. */
static double share_differing(const double *values, uint32_t count, double step)
{
	uint32_t differing = 0;

	if (count < 2)
		return NAN;
	for (uint32_t i = 1; i < count; i++)
		differing += fabs(values[i] - values[i - 1]) > step * values[i - 1];
	return (double)differing / (count - 1);
}

/* By medians of the halves: one bad run is no drift. Sorts the halves. */
static double drift_of(double *values, uint32_t count)
{
	uint32_t half = count / 2;

	if (half < 2)
		return NAN;
	return statistics_median(values + count - half, half) / statistics_median(values, half) - 1;
}

/* What all runs say in the order in which they were run. values has room for them. */
static int describe_runs(const struct run *runs, uint32_t count, double *values,
			 struct noise_floor *floor)
{
	double mean;

	for (uint32_t i = 0; i < count; i++)
		values[i] = runs[i].value;
	floor->runs = count;
	floor->cv = deviation(values, count, &mean) / mean;
	for (int i = 0; i < FLOOR_STEPS_COUNT; i++)
		floor->differing[i] = share_differing(values, count, floor_steps[i]);
	floor->drift = drift_of(values, count);
	return statistics_estimate(values, count, STATISTICS_CONFIDENCE, &floor->median);
}

/* Log ratios of the rounds in which both were run, second over first. */
static uint32_t pair_runs(const struct series *first, const struct series *second,
			  enum figure_id figure, double *ret_ratios)
{
	uint32_t count = 0, j = 0;

	for (uint32_t i = 0; i < first->count; i++) {
		double ratio;

		while (j < second->count && second->trials[j].round < first->trials[i].round)
			j++;
		if (j == second->count || second->trials[j].round != first->trials[i].round)
			continue;
		ratio = log(second->trials[j].figures[figure] / first->trials[i].figures[figure]);
		if (isfinite(ratio))
			ret_ratios[count++] = ratio;
	}
	return count;
}

static int describe_pairs(const double *ratios, uint32_t count, enum figure_id figure,
			  struct noise_floor *floor)
{
	double mean;
	int error = 0;

	floor->pairs = count;
	floor->spread = deviation(ratios, count, &mean);
	for (int i = 0; i < FLOOR_PAIRS_COUNT && !error; i++) {
		struct decision_plan plan;

		floor->detectable[i] = NAN;
		decision_plan_init(STATISTICS_CONFIDENCE, floor_pairs[i], &plan);
		if (count > 0)
			error = decision_detectable(ratios, count, floor_pairs[i],
						    floor_least_effect(figure), &plan,
						    &floor->detectable[i]);
	}
	return error;
}

static int describe(const struct series *first, const struct series *second, enum figure_id figure,
		    struct run *runs, double *values, struct noise_floor *floor)
{
	uint32_t count = 0;
	int error;

	take_runs(first, figure, runs, &count);
	take_runs(second, figure, runs, &count);
	qsort(runs, count, sizeof(*runs), compare_runs);
	error = count > 0 ? describe_runs(runs, count, values, floor) : -EDOM;
	if (error)
		return error;
	if (series_ratio(second, first, figure, &floor->ratio) < 0)
		floor->ratio = (struct estimate){ NAN, NAN, NAN, NAN };
	count = pair_runs(first, second, figure, values);
	return describe_pairs(values, count, figure, floor);
}

int floor_find(const struct series *first, const struct series *second, enum figure_id figure,
	       struct noise_floor *ret_floor)
{
	size_t count = (size_t)first->count + second->count;
	struct run *runs = calloc(count + 1, sizeof(*runs));
	double *values = calloc(count + 1, sizeof(*values));
	struct noise_floor floor = { 0 };
	int error = -ENOMEM;

	if (runs && values)
		error = describe(first, second, figure, runs, values, &floor);
	if (!error)
		*ret_floor = floor;
	free(runs);
	free(values);
	return error;
}

static json_t *detectable_to_json(const struct noise_floor *floor)
{
	json_t *object = json_object();
	char key[16];
	int error = 0;

	for (int i = 0; i < FLOOR_PAIRS_COUNT; i++) {
		(void)snprintf(key, sizeof(key), "%u", floor_pairs[i]);
		error |= json_put_real(object, key, floor->detectable[i]);
	}
	return json_complete(object, error);
}

static json_t *differing_to_json(const struct noise_floor *floor)
{
	json_t *object = json_object();
	char key[32];
	int error = 0;

	for (int i = 0; i < FLOOR_STEPS_COUNT; i++) {
		(void)snprintf(key, sizeof(key), "over_%.0f_percent", 100 * floor_steps[i]);
		error |= json_put_real(object, key, floor->differing[i]);
	}
	return json_complete(object, error);
}

json_t *floor_to_json(const struct noise_floor *floor, enum figure_id figure)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_real(object, "median", floor->median.median);
	error |= json_put_real(object, "low", floor->median.low);
	error |= json_put_real(object, "high", floor->median.high);
	error |= json_put_real(object, "cv", floor->cv);
	error |= json_put_unsigned(object, "runs", floor->runs);
	error |= json_put_unsigned(object, "pairs", floor->pairs);
	error |= json_put_value(object, "ratio", estimate_to_json(&floor->ratio));
	error |= json_put_real(object, "spread", floor->spread);
	error |= json_put_real(object, "least_effect", floor_least_effect(figure));
	error |= json_put_value(object, "detectable", detectable_to_json(floor));
	error |= json_put_value(object, "consecutive_runs_differing", differing_to_json(floor));
	error |= json_put_real(object, "drift", floor->drift);
	return json_complete(object, error);
}
