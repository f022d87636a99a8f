/*
 * Bencher Metric Format (bencher.dev/bmf.json): benchmark -> measure -> value, lower_value,
 * upper_value. Several runs give the bounds: the least and the largest of them.
 */
#include <errno.h>

#include "base/json.h"
#include "output/figure.h"
#include "output/formats.h"

/* Set the bounds, unless there is but one run. */
static int bounds_put(const struct sample *sample, json_t *metric)
{
	double low = sample->values[0], high = low;
	int error = 0;

	for (uint32_t i = 1; i < sample->count; i++) {
		low = sample->values[i] < low ? sample->values[i] : low;
		high = sample->values[i] > high ? sample->values[i] : high;
	}
	if (sample->count < 2)
		return 0;
	error |= json_put_value(metric, "lower_value", json_number(low));
	error |= json_put_value(metric, "upper_value", json_number(high));
	return error;
}

static json_t *metric_to_json(const struct sample *sample)
{
	json_t *metric = json_object();
	int error = json_put_value(metric, "value", json_number(sample->whole));

	error |= bounds_put(sample, metric);
	return json_complete(metric, error);
}

/* An object's keys must be UTF-8, as json_text() makes it. */
static int text_put(json_t *object, const char *key, json_t *value)
{
	json_t *text = json_text(key);
	int error = text ? json_put_value(object, json_string_value(text), value) : -ENOMEM;

	json_decref(text);
	return error;
}

static json_t *metrics_to_json(const struct sample_set *set, uint32_t first, uint32_t end)
{
	json_t *metrics = json_object();
	int error = 0;

	for (uint32_t i = first; i < end; i++) {
		const struct figure *figure = figure_find_key(set->items[i].metric);

		error |= text_put(metrics, figure ? figure->measure : set->items[i].metric,
				  metric_to_json(&set->items[i]));
	}
	return json_complete(metrics, error);
}

int bmf_write(const struct sample_set *set, FILE *file)
{
	json_t *object = json_object();
	int error = 0;

	for (uint32_t first = 0, end; first < set->count && !error; first = end) {
		end = sample_set_benchmark_end(set, first);
		error = text_put(object, set->items[first].benchmark,
				 metrics_to_json(set, first, end));
	}
	return json_print(json_complete(object, error), file);
}
