#include "part.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "output/document.h"

/* Counters without which there is nothing to add up. */
static const char *const needed[] = { "sent", "requests", "bytes", "lost", "duration_ns" };

static int check_schema(const struct part *part, struct error *ret_error)
{
	const char *schema = member_string(part->root, "schema");

	if (!schema)
		return error_set(ret_error, -EINVAL,
				 "%s has no schema: it is not a document of ringside load --json",
				 part->path);
	if (strcmp(schema, DOCUMENT_SCHEMA) != 0)
		return error_set(ret_error, -EINVAL, "%s has the schema '%s', not '%s'", part->path,
				 schema, DOCUMENT_SCHEMA);
	return 0;
}

static int check_members(const struct part *part, struct error *ret_error)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		const json_t *value = json_object_get(part->root, needed[i]);

		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return error_set(ret_error, -EINVAL, "%s: '%s' is not a count", part->path,
					 needed[i]);
	}
	if (!member_string(part->root, "target"))
		return error_set(ret_error, -EINVAL, "%s has no target", part->path);
	return 0;
}

static int check_runs(const struct part *part, struct error *ret_error)
{
	const json_t *runs = json_object_get(part->root, "runs");

	for (size_t i = 0; i < json_array_size(runs); i++)
		if (!json_is_object(json_array_get(runs, i)))
			return error_set(ret_error, -EINVAL, "%s: run %zu is not an object",
					 part->path, i + 1);
	return 0;
}

/* "input stream" and the like say nothing to a user. */
static int file_load(const char *path, json_t **ret_root, struct error *ret_error)
{
	FILE *file = fopen(path, "re");
	json_error_t problem;
	json_t *root;

	if (!file)
		return error_set(ret_error, -errno, "cannot read %s: %s", path, strerror(errno));
	errno = 0;
	root = json_loadf(file, 0, &problem);
	if (!root && ferror(file) && errno) {
		int error = error_set(ret_error, -errno, "cannot read %s: %s", path,
				      strerror(errno));

		(void)fclose(file);
		return error;
	}
	(void)fclose(file);
	if (!root)
		return error_set(ret_error, -EINVAL, "%s is not JSON: line %d: %s", path,
				 problem.line, problem.text);
	*ret_root = root;
	return 0;
}

static int part_read(const char *path, struct part *part, struct error *ret_error)
{
	const char *host;
	int error = file_load(path, &part->root, ret_error);

	if (error)
		return error;
	host = member_string(part->root, "host/name");
	part->path = path;
	part->host = host ? host : path;
	error = check_schema(part, ret_error);
	if (!error)
		error = check_members(part, ret_error);
	return error ? error : check_runs(part, ret_error);
}

int parts_read(const char *const *paths, size_t count, struct part_list *ret_parts,
	       struct error *ret_error)
{
	struct part_list parts = { .items = calloc(count, sizeof(*parts.items)), .count = count };
	int error = 0;

	if (!parts.items)
		return error_set(ret_error, -ENOMEM, "%s", strerror(ENOMEM));
	for (size_t i = 0; i < count && !error; i++)
		error = part_read(paths[i], &parts.items[i], ret_error);
	if (error)
		parts_finish(&parts);
	else
		*ret_parts = parts;
	return error;
}

void parts_finish(struct part_list *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		json_decref(parts->items[i].root);
	free(parts->items);
	*parts = (struct part_list){ 0 };
}
