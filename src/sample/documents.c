/* Documents of ringside itself: of a load, and of an experiment. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* CPUs as "2,3"; nothing if there are none. */
static int cpus_setting(const json_t *cpus, const char *key, struct sample_set *set)
{
	char *text;
	int error;

	if (json_array_size(cpus) == 0)
		return 0;
	text = json_dumps(cpus, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	text[strlen(text) - 1] = '\0';
	error = sample_set_setting(set, key, text + 1);
	free(text);
	return error;
}

static int place_settings(const json_t *root, struct sample_set *set)
{
	const char *network = member_string(root, "host/place/network");
	int error = network ? sample_set_setting(set, "network", network) : 0;

	error |= cpus_setting(member(root, "host/place/server_cpus"), "server_cpus", set);
	error |= cpus_setting(member(root, "host/place/load_cpus"), "load_cpus", set);
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
