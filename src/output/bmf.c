/*
 * Bencher Metric Format (bencher.dev/bmf.json): benchmark -> measure -> value, lower_value,
 * upper_value. Several runs give the bounds: the least and the largest of them.
 */
#include <errno.h>

#include "base/json.h"
#include "output/figure.h"
#include "output/formats.h"

/* Set the bounds, unless there is but one run. */
static int bounds_put(const struct figure *figure, const struct document *document, json_t *metric)
{
	double value, low = 0, high = 0;
	size_t known = 0;
	int error = 0;

	for (size_t i = 0; i < document_run_count(document); i++) {
		if (!figure_get(figure, document_run(document, i), &value))
			continue;
		low = known == 0 || value < low ? value : low;
		high = known == 0 || value > high ? value : high;
		known++;
	}
	if (known < 2)
		return 0;
	error |= json_put_value(metric, "lower_value", json_number(low));
	error |= json_put_value(metric, "upper_value", json_number(high));
	return error;
}

static json_t *metric_to_json(const struct figure *figure, const struct document *document,
			      double value)
{
	json_t *metric = json_object();
	int error = json_put_value(metric, "value", json_number(value));

	error |= bounds_put(figure, document, metric);
	return json_complete(metric, error);
}

static json_t *metrics_to_json(const struct document *document)
{
	json_t *metrics = json_object();
	int error = 0;
	double value;

	for (const struct figure *figure = figures; figure->key; figure++)
		if (figure_get(figure, document->root, &value))
			error |= json_put_value(metrics, figure->measure,
						metric_to_json(figure, document, value));
	return json_complete(metrics, error);
}

int bmf_write(const struct document *document, FILE *file)
{
	json_t *object = json_object();
	int error = json_put_value(object, document_name(document).text, metrics_to_json(document));

	return json_print(json_complete(object, error), file);
}
