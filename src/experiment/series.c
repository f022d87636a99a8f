/* What the trials of series say together. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "experiment/experiment.h"

int series_figure(const struct series *series, enum figure_id figure, struct estimate *ret_estimate)
{
	double *values = calloc(series->count + 1, sizeof(*values));
	uint32_t count = 0;
	int error;

	if (!values)
		return -ENOMEM;
	for (uint32_t i = 0; i < series->count; i++)
		if (!isnan(series->trials[i].figures[figure]))
			values[count++] = series->trials[i].figures[figure];
	error = statistics_estimate(values, count, STATISTICS_CONFIDENCE, ret_estimate);
	free(values);
	return error;
}

/* The figures of both in the rounds in which both were tried and are known; returns how many. */
static uint32_t pairs_take(const struct series *over, const struct series *under,
			   enum figure_id figure, double *ret_over, double *ret_under)
{
	uint32_t count = 0, j = 0;

	for (uint32_t i = 0; i < over->count; i++) {
		while (j < under->count && under->trials[j].round < over->trials[i].round)
			j++;
		if (j == under->count || under->trials[j].round != over->trials[i].round)
			continue;
		ret_over[count] = over->trials[i].figures[figure];
		ret_under[count] = under->trials[j].figures[figure];
		count += !isnan(ret_over[count]) && !isnan(ret_under[count]);
	}
	return count;
}

int series_ratio(const struct series *over, const struct series *under, enum figure_id figure,
		 struct estimate *ret_ratio)
{
	double *values = calloc(2 * ((size_t)over->count + 1), sizeof(*values));
	double *others;
	uint32_t count;
	int error;

	if (!values)
		return -ENOMEM;
	others = values + over->count + 1;
	count = pairs_take(over, under, figure, values, others);
	error = statistics_ratio(values, others, count, STATISTICS_CONFIDENCE, ret_ratio);
	free(values);
	return error;
}

json_t *estimate_to_json(const struct estimate *estimate)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_real(object, "median", estimate->median);
	error |= json_put_real(object, "low", estimate->low);
	error |= json_put_real(object, "high", estimate->high);
	error |= json_put_real(object, "coverage", estimate->coverage);
	return json_complete(object, error);
}

json_t *series_ratios_to_json(const struct series *over, const struct series *under)
{
	json_t *object = json_object();
	struct estimate estimate;
	int error = 0;

	for (int i = 0; i < FIGURE_COUNT; i++)
		if (series_ratio(over, under, (enum figure_id)i, &estimate) == 0)
			error |= json_put_value(object, figures[i].key,
						estimate_to_json(&estimate));
	return json_complete(object, error);
}
