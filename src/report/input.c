#include "input.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "output/document.h"
#include "words.h"

#define HEADING_NAME_MAX 48

struct kind {
	const char *schema;
	const char
		*list; /* the member without which there is nothing to say; an array of objects */
};

static const struct kind kinds[INPUT_KIND_COUNT] = {
	[INPUT_LOAD] = { DOCUMENT_SCHEMA, "runs" },
	[INPUT_EXPERIMENT] = { "ringside-experiment/1", "series" },
	[INPUT_COMPARISON] = { "ringside-comparison/1", "metrics" },
};

static int file_read(struct input *input, struct error *ret_error)
{
	FILE *file = fopen(input->path, "re");
	json_error_t problem;
	int error;

	if (!file)
		return error_set(ret_error, -errno, "cannot read %s: %s", input->path,
				 strerror(errno));
	errno = 0;
	input->root = json_loadf(file, 0, &problem);
	error = ferror(file) && errno ? -errno : 0;
	(void)fclose(file);
	if (input->root)
		return 0;
	if (error)
		return error_set(ret_error, error, "cannot read %s: %s", input->path,
				 strerror(-error));
	return error_set(ret_error, -EINVAL, "%s is not JSON: line %d: %s", input->path,
			 problem.line, problem.text);
}

static int kind_find(struct input *input, struct error *ret_error)
{
	const char *schema = member_string(input->root, "schema");

	if (!schema)
		return error_set(ret_error, -EINVAL,
				 "%s has no schema: it is not a document of ringside", input->path);
	for (int i = 0; i < INPUT_KIND_COUNT; i++) {
		if (strcmp(schema, kinds[i].schema) != 0)
			continue;
		input->kind = (enum input_kind)i;
		return 0;
	}
	return error_set(ret_error, -EINVAL, "%s has the schema '%s', not '%s', '%s' or '%s'",
			 input->path, schema, kinds[0].schema, kinds[1].schema, kinds[2].schema);
}

/* A histogram that is there has to be whole: its curve would be missing without a word. */
static int times_check(const struct input *input, const json_t *part, const char *where,
		       struct error *ret_error)
{
	const json_t *times = json_object_get(part, "latency_ns");
	struct histogram *histogram;
	struct error reason;
	int error;

	if (!member_string(times, "histogram"))
		return 0;
	error = histogram_from_json(times, &histogram, &reason);
	if (error)
		return error_set(ret_error, error, "%s: latency_ns%s %s", input->path, where,
				 reason.text);
	histogram_close(histogram);
	return 0;
}

static int list_check(const struct input *input, struct error *ret_error)
{
	const char *name = kinds[input->kind].list;
	const json_t *list = json_object_get(input->root, name);
	char where[64];
	json_t *item;
	size_t i;

	if (!json_is_array(list))
		return error_set(ret_error, -EINVAL, "%s has no array '%s'", input->path, name);
	json_array_foreach (list, i, item) {
		int error;

		if (!json_is_object(item))
			return error_set(ret_error, -EINVAL,
					 "%s: item %zu of '%s' is not an object", input->path,
					 i + 1, name);
		(void)snprintf(where, sizeof(where), " of item %zu of '%s'", i + 1, name);
		error = times_check(input, item, where, ret_error);
		if (error)
			return error;
	}
	return times_check(input, input->root, "", ret_error);
}

/* Names of files are headings, whole command lines are not. */
static bool is_short(const char *name)
{
	return !name || strlen(name) <= HEADING_NAME_MAX;
}

static int name_make(struct input *input, struct error *ret_error)
{
	const struct document document = { input->root };
	const char *base = member_string(input->root, "base/name");
	const char *changed = member_string(input->root, "changed/name");
	const char *command = member_string(input->root, "command");
	int length;

	if (input->kind == INPUT_LOAD)
		length = asprintf(&input->name, "%s", document_name(&document).text);
	else if (input->kind == INPUT_COMPARISON && is_short(base) && is_short(changed))
		length = asprintf(&input->name, "%s → %s", base ? base : "base",
				  changed ? changed : "changed");
	else
		length = asprintf(&input->name, "ringside %s", command ? command : "experiment");
	if (length >= 0)
		return 0;
	input->name = NULL;
	return error_set(ret_error, -ENOMEM, "%s", strerror(ENOMEM));
}

static int input_read(struct input *input, struct error *ret_error)
{
	int error = file_read(input, ret_error);

	if (!error)
		error = kind_find(input, ret_error);
	if (!error)
		error = list_check(input, ret_error);
	return error ? error : name_make(input, ret_error);
}

/* Is a name that of another input too? */
static bool is_shared(const struct input_list *inputs, uint32_t index)
{
	for (uint32_t i = 0; i < inputs->count; i++)
		if (i != index && strcmp(inputs->items[i].name, inputs->items[index].name) == 0)
			return true;
	return false;
}

/* The path tells those apart that have the same name, and a number those of the same path. */
static int names_part(struct input_list *inputs, struct error *ret_error)
{
	bool *shared = calloc(inputs->count, sizeof(*shared));
	int error = shared ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < inputs->count && !error; i++)
		shared[i] = is_shared(inputs, i);
	for (uint32_t i = 0; i < inputs->count && !error; i++) {
		struct input *input = &inputs->items[i];
		char *name;

		if (!shared[i])
			continue;
		if (asprintf(&name, "%s (%u: %s)", input->name, i + 1, input->path) < 0) {
			error = -ENOMEM;
			break;
		}
		free(input->name);
		input->name = name;
	}
	free(shared);
	return error ? error_set(ret_error, error, "%s", strerror(-error)) : 0;
}

int inputs_read(const char *const *paths, uint32_t count, struct input_list *ret_inputs,
		struct error *ret_error)
{
	int error = 0;

	*ret_inputs = (struct input_list){ calloc(count, sizeof(struct input)), count };
	if (!ret_inputs->items) {
		ret_inputs->count = 0;
		return error_set(ret_error, -ENOMEM, "%s", strerror(ENOMEM));
	}
	for (uint32_t i = 0; i < count && !error; i++) {
		ret_inputs->items[i].path = paths[i];
		error = input_read(&ret_inputs->items[i], ret_error);
	}
	return error ? error : names_part(ret_inputs, ret_error);
}

void inputs_finish(struct input_list *inputs)
{
	for (uint32_t i = 0; i < inputs->count; i++) {
		json_decref(inputs->items[i].root);
		free(inputs->items[i].name);
	}
	free(inputs->items);
	*inputs = (struct input_list){ 0 };
}
