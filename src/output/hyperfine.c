/*
 * As of hyperfine --export-json (its benchmark_result.rs): all in seconds. What hyperfine calls a
 * time is, of a load, the mean latency of a run; user and system are CPU time a request.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "measure/statistics.h"
#include "output/formats.h"

#define S_PER_NS 1e-9

/* What may be the time of a benchmark: the first that it has. */
static const struct {
	const char *metric, *unit;
	double s_per_unit;
} time_metrics[] = {
	{ "time", "s", 1 },
	{ "sec/op", "sec/op", 1 },
	{ "ns/op", "ns/op", S_PER_NS },
	{ "latency_mean_ns", "ns", S_PER_NS },
};

/* One of the times of a benchmark; NULL: it has none. */
static const struct sample *time_find(const struct sample_set *set, const char *benchmark,
				      double *ret_s_per_unit)
{
	for (size_t i = 0; i < ARRAY_SIZE(time_metrics); i++) {
		const struct sample *sample = sample_set_find(set, benchmark,
							      time_metrics[i].metric);

		if (sample && strcmp(sample->unit, time_metrics[i].unit) == 0) {
			*ret_s_per_unit = time_metrics[i].s_per_unit;
			return sample;
		}
	}
	return NULL;
}

bool hyperfine_has_times(const struct sample_set *set)
{
	double s_per_unit;

	for (uint32_t i = 0; i < set->count; i++)
		if (time_find(set, set->items[i].benchmark, &s_per_unit))
			return true;
	return false;
}

/* Sorts times. */
static int figures_put(double *times, uint32_t count, json_t *result)
{
	double sum = 0, squares = 0;
	int error = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += times[i];
	for (uint32_t i = 0; i < count; i++)
		squares += (times[i] - sum / count) * (times[i] - sum / count);
	error |= json_put_real(result, "mean", sum / count);
	error |= json_put_real(result, "stddev",
			       count > 1 ? sqrt(squares / (count - 1)) : (double)NAN);
	error |= json_put_real(result, "median", statistics_median(times, count));
	error |= json_put_real(result, "min", times[0]);
	error |= json_put_real(result, "max", times[count - 1]);
	return error;
}

static int times_put(const struct sample *time, double s_per_unit, json_t *result)
{
	double *times = calloc(time->count, sizeof(*times));
	json_t *array = json_array();
	int error = 0;

	if (!times) {
		json_decref(array);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < time->count; i++) {
		times[i] = time->values[i] * s_per_unit;
		error |= json_append(array, json_real(times[i]));
	}
	error |= json_put_value(result, "times", array);
	error |= figures_put(times, time->count, result);
	free(times);
	return error;
}

/* One value for all runs; null: it is not known. */
static int whole_put(const struct sample_set *set, const char *benchmark, const char *metric,
		     json_t *result)
{
	const struct sample *sample = sample_set_find(set, benchmark, metric);

	return json_put_real(result, metric, sample ? sample->whole : (double)NAN);
}

/* A value for each run, if it is known of each. A program that a signal ended has no exit code. */
static int each_put(const struct sample_set *set, const struct sample *time, const char *metric,
		    const char *key, json_t *result)
{
	const struct sample *sample = sample_set_find(set, time->benchmark, metric);
	json_t *array;
	int error = 0;

	if (!sample || sample->count != time->count)
		return 0;
	array = json_array();
	for (uint32_t i = 0; i < sample->count; i++)
		error |= json_append(array, sample->values[i] < 0 ? json_null()
								  : json_number(sample->values[i]));
	return error | json_put_value(result, key, array);
}

/* NULL: no memory. */
static json_t *result_to_json(const struct sample_set *set, const struct sample *time,
			      double s_per_unit)
{
	const char *benchmark = time->benchmark;
	json_t *result = json_object();
	int error = json_put_string(result, "command", benchmark);

	error |= times_put(time, s_per_unit, result);
	error |= whole_put(set, benchmark, "user", result);
	error |= whole_put(set, benchmark, "system", result);
	error |= each_put(set, time, "memory_usage_byte", "memory_usage_byte", result);
	error |= each_put(set, time, "exit_code", "exit_codes", result);
	return json_complete(result, error);
}

/* Benchmarks without a time are left out. */
static json_t *results_to_json(const struct sample_set *set)
{
	json_t *results = json_array();
	int error = 0;

	for (uint32_t first = 0; first < set->count && !error;
	     first = sample_set_benchmark_end(set, first)) {
		const char *benchmark = set->items[first].benchmark;
		double s_per_unit;
		const struct sample *time = time_find(set, benchmark, &s_per_unit);

		if (time)
			error = json_append(results, result_to_json(set, time, s_per_unit));
	}
	return json_complete(results, error);
}

static int results_print(json_t *results, FILE *file)
{
	json_t *object = json_object();

	return json_print(json_complete(object, json_put_value(object, "results", results)), file);
}

int hyperfine_write_samples(const struct sample_set *set, FILE *file)
{
	return results_print(results_to_json(set), file);
}

static int value_add(struct sample_set *set, const char *name, const char *metric, double value)
{
	struct sample *sample = sample_set_take(set, name, metric);

	if (!sample || sample_unit(sample, "s") != 0)
		return -ENOMEM;
	return sample_add(sample, value);
}

/* The runs that have a latency, in their order. Errors: ENOMEM. */
static int runs_add(const struct document *document, const char *name, struct sample_set *set)
{
	double mean_ns;
	int error = 0;

	for (size_t i = 0; i < document_run_count(document) && !error; i++) {
		const json_t *run = document_run(document, i);

		if (!member_number(run, "latency_ns/mean", &mean_ns))
			continue;
		error |= value_add(set, name, "time", mean_ns * S_PER_NS);
		error |= value_add(set, name, "exit_code", is_answered_rightly(run) ? 0 : 1);
	}
	return error;
}

static int cpu_add(const struct document *document, const char *name, struct sample_set *set)
{
	double requests = member_count(document->root, "requests");
	double user_ns = member_count(document->root, "user_ns");
	double system_ns = member_count(document->root, "system_ns");
	int error = 0;

	if (requests <= 0)
		return 0;
	error |= value_add(set, name, "user", user_ns / requests * S_PER_NS);
	error |= value_add(set, name, "system", system_ns / requests * S_PER_NS);
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

int hyperfine_write(const struct document *document, FILE *file)
{
	struct document_name name = document_name(document);
	struct sample_set set = { 0 };
	json_t *results = NULL, *result;
	int error = runs_add(document, name.text, &set);

	if (!error)
		error = cpu_add(document, name.text, &set);
	if (!error)
		error = sample_set_complete(&set);
	if (!error)
		results = results_to_json(&set);
	result = json_array_get(results, 0);
	if (result)
		error = json_put_value(result, "parameters", parameters_to_json(document));
	sample_set_finish(&set);
	return results_print(json_complete(results, error), file);
}
