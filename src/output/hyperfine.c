/*
 * As of hyperfine --export-json (its benchmark_result.rs): all in seconds. What hyperfine calls a
 * time is here the mean latency of a run; user and system are CPU time a request.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/json.h"
#include "measure/statistics.h"
#include "output/formats.h"

#define S_PER_NS 1e-9

/* The runs that have a latency, in their order. */
struct times {
	json_t *values;
	json_t *exit_codes;
	double *sorted;
	size_t count;
	double sum, squares; /* of the distance to the mean */
};

static int times_collect(const struct document *document, struct times *times)
{
	double mean;
	int error = 0;

	for (size_t i = 0; i < document_run_count(document); i++) {
		const json_t *run = document_run(document, i);
		int exit_code = is_answered_rightly(run) ? 0 : 1;

		if (!member_number(run, "latency_ns/mean", &mean))
			continue;
		times->sorted[times->count++] = mean * S_PER_NS;
		times->sum += mean * S_PER_NS;
		error |= json_append(times->values, json_real(mean * S_PER_NS));
		error |= json_append(times->exit_codes, json_integer(exit_code));
	}
	for (size_t i = 0; i < times->count; i++) {
		double distance = times->sorted[i] - times->sum / (double)times->count;

		times->squares += distance * distance;
	}
	return error;
}

static int figures_put(struct times *times, json_t *result)
{
	double count = (double)times->count;
	int error = 0;

	error |= json_put_real(result, "mean", times->sum / count);
	error |= json_put_value(result, "stddev",
				times->count > 1 ? json_real(sqrt(times->squares / (count - 1)))
						 : json_null());
	error |= json_put_real(result, "median", statistics_median(times->sorted, times->count));
	error |= json_put_real(result, "min", times->sorted[0]);
	error |= json_put_real(result, "max", times->sorted[times->count - 1]);
	return error;
}

static int cpu_put(const json_t *root, json_t *result)
{
	double requests = member_count(root, "requests");
	double user_ns = member_count(root, "user_ns") / requests;
	double system_ns = member_count(root, "system_ns") / requests;
	int error = 0;

	error |= json_put_real(result, "user", user_ns * S_PER_NS);
	error |= json_put_real(result, "system", system_ns * S_PER_NS);
	return error;
}

static json_t *parameters_to_json(const struct document *document)
{
	static const char *const names[] = { "connections", "threads", "depth", "size", "rate" };
	const json_t *options = member(document->root, "options");
	json_t *parameters = json_object();
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const json_t *value = json_object_get(options, names[i]);

		if (json_is_integer(value))
			error |= json_put_value(
				parameters, names[i],
				json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value)));
		else if (json_is_string(value))
			error |= json_put_string(parameters, names[i], json_string_value(value));
	}
	return json_complete(parameters, error);
}

static json_t *result_of_times(const struct document *document, struct times *times)
{
	json_t *result = json_object();
	int error = 0;

	error |= json_put_string(result, "command", document_name(document).text);
	error |= figures_put(times, result);
	error |= cpu_put(document->root, result);
	error |= json_put_value(result, "times", json_incref(times->values));
	error |= json_put_value(result, "exit_codes", json_incref(times->exit_codes));
	error |= json_put_value(result, "parameters", parameters_to_json(document));
	return json_complete(result, error);
}

static json_t *results_to_json(const struct document *document)
{
	struct times times = { .values = json_array(), .exit_codes = json_array() };
	json_t *results = json_array();
	int error = -ENOMEM;

	times.sorted = calloc(document_run_count(document), sizeof(*times.sorted));
	if (times.sorted)
		error = times_collect(document, &times);
	if (!error && times.count > 0)
		error = json_append(results, result_of_times(document, &times));
	free(times.sorted);
	json_decref(times.values);
	json_decref(times.exit_codes);
	return json_complete(results, error);
}

int hyperfine_write(const struct document *document, FILE *file)
{
	json_t *object = json_object();
	int error = json_put_value(object, "results", results_to_json(document));

	return json_print(json_complete(object, error), file);
}
