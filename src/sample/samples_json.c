/* Samples as JSON, both ways. */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "output/document.h"
#include "reader.h"

json_t *sample_settings_to_json(const struct sample_set *set)
{
	json_t *object = json_object();
	int error = 0;

	for (uint32_t i = 0; i < set->setting_count; i++)
		error |= json_put_string(object, set->settings[i].key, set->settings[i].value);
	return json_complete(object, error);
}

static json_t *notes_to_json(const struct sample_set *set)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < set->note_count; i++)
		error |= json_append(array, json_text(set->notes[i]));
	return json_complete(array, error);
}

static json_t *values_to_json(const struct sample *sample)
{
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < sample->count; i++)
		error |= json_append(array, json_number(sample->values[i]));
	return json_complete(array, error);
}

static json_t *sample_to_json(const struct sample *sample)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "benchmark", sample->benchmark);
	error |= json_put_string(object, "metric", sample->metric);
	error |= json_put_string(object, "unit", sample->unit);
	error |= json_put_string(object, "better", sample->more_is_better ? "higher" : "lower");
	error |= json_put_boolean(object, "exact", sample->exact);
	error |= json_put_value(object, "whole", json_number(sample->whole));
	error |= json_put_value(object, "values", values_to_json(sample));
	return json_complete(object, error);
}

json_t *sample_set_to_json(const struct sample_set *set)
{
	json_t *object = json_object(), *samples = json_array();
	int error = 0;

	error |= json_put_string(object, "schema", SAMPLES_SCHEMA);
	error |= json_put_string(object, "version", RINGSIDE_VERSION);
	error |= json_put_string(object, "source", set->source);
	error |= json_put_value(object, "settings", sample_settings_to_json(set));
	error |= json_put_value(object, "notes", notes_to_json(set));
	for (uint32_t i = 0; i < set->count; i++)
		error |= json_append(samples, sample_to_json(&set->items[i]));
	error |= json_put_value(object, "samples", samples);
	return json_complete(object, error);
}

static int values_read(const json_t *json, struct sample *sample)
{
	const json_t *values = json_object_get(json, "values"), *value;
	size_t i;
	int error = json_array_size(values) > 0 ? 0 : -EINVAL;

	json_array_foreach (values, i, value) {
		if (error)
			return error;
		error = json_is_number(value) ? sample_add(sample, json_number_value(value))
					      : -EINVAL;
	}
	return error;
}

/* Errors: EINVAL (it is not as sample_to_json() made it), ENOMEM. */
static int sample_read(const json_t *json, struct sample_set *set)
{
	const char *benchmark = member_string(json, "benchmark");
	const char *metric = member_string(json, "metric");
	const char *unit = member_string(json, "unit");
	const char *better = member_string(json, "better");
	struct sample *sample;

	if (!benchmark || !metric || !unit || !better || sample_set_find(set, benchmark, metric))
		return -EINVAL;
	if (strcmp(better, "higher") != 0 && strcmp(better, "lower") != 0)
		return -EINVAL;
	sample = sample_set_take(set, benchmark, metric);
	if (!sample || sample_unit(sample, unit) != 0)
		return -ENOMEM;
	sample->more_is_better = strcmp(better, "higher") == 0;
	sample->exact = json_is_true(json_object_get(json, "exact"));
	(void)member_number(json, "whole", &sample->whole);
	return values_read(json, sample);
}

static int about_read(const json_t *root, struct sample_set *set)
{
	json_t *value, *settings = json_object_get(root, "settings");
	const json_t *note, *notes = json_object_get(root, "notes");
	const char *source = member_string(root, "source"), *key;
	int error = source ? sample_set_source(set, source) : 0;
	size_t i;

	json_object_foreach (settings, key, value) {
		if (json_is_string(value))
			error |= sample_set_setting(set, key, json_string_value(value));
	}
	json_array_foreach (notes, i, note) {
		if (json_is_string(note))
			error |= sample_set_note(set, "%s", json_string_value(note));
	}
	return error;
}

int samples_read(const json_t *root, const char *name, struct sample_set *set,
		 struct error *ret_error)
{
	const json_t *json;
	size_t i;

	if (about_read(root, set) != 0)
		return read_no_memory(name, ret_error);
	json_array_foreach (json_object_get(root, "samples"), i, json) {
		int error = sample_read(json, set);

		if (error == -EINVAL)
			return error_set(ret_error, error,
					 "%s: sample %zu is no sample, or is there twice: it has "
					 "benchmark, metric, unit, better (higher or lower) and "
					 "values",
					 name, i + 1);
		if (error)
			return read_no_memory(name, ret_error);
	}
	return 0;
}
