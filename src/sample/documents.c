/* Documents of ringside itself: of a load, and of an experiment. */
#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "output/document_samples.h"
#include "reader.h"

int load_read(const json_t *root, const char *name, struct sample_set *set, struct error *ret_error)
{
	const struct document document = { root };
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(root, "runs"), i, run) {
		if (!json_is_object(run))
			return error_set(ret_error, -EINVAL, "%s: run %zu is not an object", name,
					 i + 1);
	}
	if (!member_string(root, "target"))
		return error_set(ret_error, -EINVAL, "%s has no target", name);
	return document_samples(&document, set) == 0 ? 0 : read_no_memory(name, ret_error);
}

/* A run of a series: {"figures": {"requests_per_s": ...}}. What was not measured is null. */
static int trial_read(const json_t *run, const char *series, struct sample_set *set)
{
	const json_t *values = member(run, "figures");
	int error = 0;

	for (const struct figure *figure = figures; figure->key && !error; figure++) {
		const json_t *value = json_object_get(values, figure->key);
		struct sample *sample;

		if (!json_is_number(value))
			continue;
		sample = figure_sample(figure, series, set);
		error = sample ? sample_add(sample, json_number_value(value)) : -ENOMEM;
	}
	return error;
}

static int series_read(const json_t *series, const char *name, struct sample_set *set,
		       struct error *ret_error)
{
	const char *title = member_string(series, "name");
	const char *problem = member_string(series, "error");
	const json_t *run;
	int error = 0;
	size_t i;

	if (!title || !title[0])
		return error_set(ret_error, -EINVAL, "%s has a series without a name", name);
	if (problem)
		error = sample_set_note(set, "%s: %s", title, problem);
	json_array_foreach (json_object_get(series, "runs"), i, run) {
		if (!error && !json_is_object(member(run, "figures")))
			return error_set(ret_error, -EINVAL, "%s: run %zu of %s has no figures",
					 name, i + 1, title);
		error = error ? error : trial_read(run, title, set);
	}
	return error ? read_no_memory(name, ret_error) : 0;
}

static int place_settings(const json_t *root, struct sample_set *set)
{
	static const char *const keys[] = { "network", "server_cpus", "load_cpus" };
	const json_t *place = member(root, "host/place");
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && !error; i++) {
		const char *value = member_string(place, keys[i]);

		if (value && value[0])
			error = sample_set_setting(set, keys[i], value);
	}
	return error;
}

static int experiment_source(const json_t *root, struct sample_set *set)
{
	const char *command = member_string(root, "command");
	char source[64];

	(void)snprintf(source, sizeof(source), "ringside %s", command ? command : "bench");
	return sample_set_source(set, source);
}

int experiment_read(const json_t *root, const char *name, struct sample_set *set,
		    struct error *ret_error)
{
	const json_t *all = json_object_get(root, "series"), *series;
	int error = 0;
	size_t i;

	if (!json_is_array(all))
		return error_set(ret_error, -EINVAL, "%s has no series", name);
	json_array_foreach (all, i, series) {
		error = series_read(series, name, set, ret_error);
		if (error)
			return error;
	}
	error |= experiment_source(root, set);
	error |= document_settings(root, set);
	error |= place_settings(root, set);
	return error ? read_no_memory(name, ret_error) : 0;
}
