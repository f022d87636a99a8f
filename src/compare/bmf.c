/* Bencher Metric Format: benchmark -> measure -> value, with the interval of its median. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "finding.h"
#include "formats.h"
#include "output/document.h"
#include "output/figure.h"

#define MEASURE_MAX 64

/* Our slug, or one that is made of what others call it. */
static void measure_name(const char *metric, char *ret_name)
{
	const struct figure *figure = figure_find(metric);
	const char *text = figure && strcmp(figure->key, metric) == 0 ? figure->measure : metric;
	size_t length = 0;

	for (; *text && length < MEASURE_MAX; text++)
		ret_name[length++] = isalnum((unsigned char)*text) || *text == '.' ? *text : '-';
	ret_name[length] = '\0';
}

static json_t *metric_to_json(const struct estimate *estimate)
{
	json_t *metric = json_object();
	int error = 0;

	error |= json_put_value(metric, "value", json_number(estimate->median));
	error |= json_put_value(metric, "lower_value", json_number(estimate->low));
	error |= json_put_value(metric, "upper_value", json_number(estimate->high));
	return json_complete(metric, error);
}

static int contest_put(const struct contest *contest, json_t *root)
{
	json_t *benchmark = json_text(contest->benchmark);
	json_t *measures = json_object_get(root, json_string_value(benchmark));
	char measure[MEASURE_MAX + 1];
	int error = benchmark ? 0 : -ENOMEM;

	if (!error && !measures) {
		measures = json_object();
		error = json_put_value(root, json_string_value(benchmark), measures);
	}
	measure_name(contest->metric, measure);
	if (!error)
		error = json_put_value(measures, measure,
				       metric_to_json(&contest->outcome.changed));
	json_decref(benchmark);
	return error;
}

int bmf_print(const struct finding *finding, FILE *file)
{
	json_t *root = json_object();
	int error = 0;

	for (uint32_t i = 0; i < finding->contests.count; i++)
		if (isfinite(finding->contests.items[i].outcome.changed.median))
			error |= contest_put(&finding->contests.items[i], root);
	return json_print(json_complete(root, error), file);
}
