/*
 * github-action-benchmark (src/extract.ts): an array of {name, unit, value, range, extra}. The
 * direction is that of the file, so there are two: what should be smaller, what should be bigger.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "output/figure.h"
#include "output/formats.h"

static json_t *entry_to_json(const struct sample *sample, const char *target)
{
	const struct figure *figure = figure_find_key(sample->metric);
	json_t *entry = json_object();
	char *title;
	int error = 0;

	if (asprintf(&title, "%s - %s", sample->benchmark,
		     figure ? figure->title : sample->metric) < 0)
		return json_complete(entry, -ENOMEM);
	error |= json_put_string(entry, "name", title);
	error |= json_put_string(entry, "unit", sample->unit);
	error |= json_put_value(entry, "value", json_number(sample->whole));
	if (target)
		error |= json_put_string(entry, "extra", target);
	free(title);
	return json_complete(entry, error);
}

static int write_direction(const struct sample_set *set, bool more_is_better, FILE *file)
{
	const char *target = sample_set_setting_find(set, "target");
	json_t *array = json_array();
	int error = 0;

	for (uint32_t i = 0; i < set->count; i++)
		if (set->items[i].more_is_better == more_is_better)
			error |= json_append(array, entry_to_json(&set->items[i], target));
	return json_print(json_complete(array, error), file);
}

int gha_write(const struct sample_set *set, FILE *file)
{
	return write_direction(set, false, file);
}

int gha_bigger_write(const struct sample_set *set, FILE *file)
{
	return write_direction(set, true, file);
}
