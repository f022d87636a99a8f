/*
 * github-action-benchmark (src/extract.ts): an array of {name, unit, value, range, extra}. The
 * direction is that of the file, so there are two: what should be smaller, what should be bigger.
 */
#include <stdio.h>

#include "base/json.h"
#include "output/figure.h"
#include "output/formats.h"

#define TITLE_MAX (DOCUMENT_NAME_MAX + 64)

static json_t *entry_to_json(const struct figure *figure, const struct document *document,
			     double value)
{
	const char *target = member_string(document->root, "target");
	json_t *entry = json_object();
	char title[TITLE_MAX];
	int error = 0;

	(void)snprintf(title, sizeof(title), "%s - %s", document_name(document).text,
		       figure->title);
	error |= json_put_string(entry, "name", title);
	error |= json_put_string(entry, "unit", figure->unit);
	error |= json_put_value(entry, "value", json_number(value));
	if (target)
		error |= json_put_string(entry, "extra", target);
	return json_complete(entry, error);
}

static int write_direction(const struct document *document, bool more_is_better, FILE *file)
{
	json_t *array = json_array();
	int error = 0;
	double value;

	for (const struct figure *figure = figures; figure->key; figure++)
		if (figure->more_is_better == more_is_better &&
		    figure_get(figure, document->root, &value))
			error |= json_append(array, entry_to_json(figure, document, value));
	return json_print(json_complete(array, error), file);
}

int gha_write(const struct document *document, FILE *file)
{
	return write_direction(document, false, file);
}

int gha_bigger_write(const struct document *document, FILE *file)
{
	return write_direction(document, true, file);
}
