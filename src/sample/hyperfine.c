/*
 * What hyperfine --export-json writes (its benchmark_result.rs): results, each with a command,
 * times a run in seconds, user and system time (one for all runs), and where its version has them
 * the exit codes and the memory of each run.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "output/document.h"
#include "reader.h"

/* Of a run that a signal ended, hyperfine has null. */
#define KILLED (-1)

/* The result that is being read. */
struct result {
	const json_t *json;
	const char *name; /* of the file */
	const char *benchmark;
	struct sample_set *set;
};

/* NULL: no memory. */
static struct sample *metric_take(const struct result *result, const char *metric, const char *unit)
{
	struct sample *sample = sample_set_take(result->set, result->benchmark, metric);

	return sample && sample_unit(sample, unit) == 0 ? sample : NULL;
}

static int value_add(const struct result *result, const char *metric, const char *unit,
		     double value)
{
	struct sample *sample = metric_take(result, metric, unit);

	return sample ? sample_add(sample, value) : -ENOMEM;
}

/* A number, or an array of them with one for each run; there need not be any. */
static int values_read(const struct result *result, const char *key, const char *metric,
		       const char *unit, struct error *ret_error)
{
	const json_t *values = json_object_get(result->json, key), *value;
	int error = 0;
	size_t i;

	if (json_is_number(values))
		error = value_add(result, metric, unit, json_number_value(values));
	else if (values && !json_is_null(values) && !json_is_array(values))
		return error_set(ret_error, -EINVAL, "%s: '%s' of '%s' is no number", result->name,
				 key, result->benchmark);
	json_array_foreach (values, i, value) {
		if (!json_is_number(value))
			return error_set(ret_error, -EINVAL,
					 "%s: value %zu of '%s' of '%s' is no number", result->name,
					 i + 1, key, result->benchmark);
		error = error ? error : value_add(result, metric, unit, json_number_value(value));
	}
	return error ? read_no_memory(result->name, ret_error) : 0;
}

/* Any other exit code than before is a change. */
static int exit_code_add(const struct result *result, int code)
{
	struct sample *sample = metric_take(result, "exit_code", "1");

	if (!sample)
		return -ENOMEM;
	sample->exact = true;
	return sample_add(sample, code);
}

static int exit_code(const json_t *code)
{
	return json_is_integer(code) ? (int)json_integer_value(code) : KILLED;
}

/* Only if one is not 0: it would be a row of noughts otherwise. */
static int exit_codes_read(const struct result *result)
{
	const json_t *codes = json_object_get(result->json, "exit_codes"), *code;
	size_t failed = 0, i;
	int error = 0;

	json_array_foreach (codes, i, code) {
		failed += exit_code(code) != 0;
	}
	if (failed == 0)
		return 0;
	json_array_foreach (codes, i, code) {
		error |= exit_code_add(result, exit_code(code));
	}
	error |= sample_set_note(result->set, "%s: %zu of %zu runs failed", result->benchmark,
				 failed, json_array_size(codes));
	return error;
}

static int result_read(const struct result *result, struct error *ret_error)
{
	const json_t *times = json_object_get(result->json, "times");
	const char *time = json_array_size(times) > 0 ? "times" : "mean";
	int error;

	if (!json_is_array(json_object_get(result->json, time)) &&
	    !json_is_number(json_object_get(result->json, time)))
		return error_set(ret_error, -EINVAL, "%s: '%s' has no times", result->name,
				 result->benchmark);
	error = values_read(result, time, "time", "s", ret_error);
	if (!error)
		error = values_read(result, "user", "user", "s", ret_error);
	if (!error)
		error = values_read(result, "system", "system", "s", ret_error);
	if (!error)
		error = values_read(result, "memory_usage_byte", "memory_usage_byte", "B",
				    ret_error);
	if (!error && exit_codes_read(result) != 0)
		error = read_no_memory(result->name, ret_error);
	return error;
}

/* The command, and "/NAME=VALUE" for each parameter: the command need not show what they are. The
 * caller frees it. NULL: no memory. */
static char *benchmark_name(const json_t *result, const char *command)
{
	json_t *value, *parameters = json_object_get(result, "parameters");
	char *name = NULL;
	const char *key;
	size_t length;
	FILE *stream = open_memstream(&name, &length);

	if (!stream)
		return NULL;
	(void)fputs(command, stream);
	json_object_foreach (parameters, key, value) {
		if (json_is_string(value))
			(void)fprintf(stream, "/%s=%s", key, json_string_value(value));
	}
	if (fclose(stream) == 0)
		return name;
	free(name);
	return NULL;
}

static int named_result_read(const json_t *json, const char *command, const char *name,
			     struct sample_set *set, struct error *ret_error)
{
	char *benchmark = benchmark_name(json, command);
	const struct result result = { json, name, benchmark, set };
	int error = benchmark ? result_read(&result, ret_error) : read_no_memory(name, ret_error);

	free(benchmark);
	return error;
}

int hyperfine_read(const json_t *root, const char *name, struct sample_set *set,
		   struct error *ret_error)
{
	const json_t *results = json_object_get(root, "results"), *json;
	int error = 0;
	size_t i;

	if (!json_is_array(results))
		return error_set(ret_error, -EINVAL, "%s: 'results' is no array", name);
	json_array_foreach (results, i, json) {
		const char *command = member_string(json, "command");

		if (!command || !command[0])
			return error_set(ret_error, -EINVAL, "%s: result %zu has no command", name,
					 i + 1);
		error = named_result_read(json, command, name, set, ret_error);
		if (error)
			return error;
	}
	return 0;
}
