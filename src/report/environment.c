#include "environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/document.h"
#include "words.h"

#define SERVERS_MAX 16

static const struct name_row host_names[] = {
	{ "name", "host" },
	{ "system", "system" },
	{ "kernel", "kernel" },
	{ "machine", "architecture" },
	{ "cpu_model", "CPU" },
	{ "cpus", "CPUs that may be used" },
	{ "governor", "frequency governor" },
	{ "virtualisation", "virtualisation" },
	{ "clock_source", "clock source" },
	{ "mitigations", "mitigations" },
	{ "commit", "commit of ringside" },
	{ NULL, NULL },
};

static const struct name_row place_names[] = {
	{ "server_cpus", "CPUs of the server" },
	{ "load_cpus", "CPUs of the load" },
	{ "network", "network" },
	{ NULL, NULL },
};

static bool is_named(const struct name_row *names, const char *key)
{
	for (; names && names->key; names++)
		if (strcmp(names->key, key) == 0)
			return true;
	return false;
}

/* null is said in words. */
static void fact_row(struct content *content, struct grid *grid, const char *name,
		     const json_t *value)
{
	char *text = words_scalar(value);

	if (text)
		grid_fact(grid, name, json_is_null(value) ? "not known" : text);
	else
		content->error = -ENOMEM;
	free(text);
}

void facts_add(struct content *content, const char *caption, const json_t *object,
	       const struct name_row *names)
{
	struct grid *grid = grid_open(caption);
	const char *key;
	json_t *value;

	grid_column(grid, "what", false);
	grid_column(grid, "reading", false);
	for (const struct name_row *row = names; row && row->key; row++)
		if (json_object_get(object, row->key))
			fact_row(content, grid, row->name, json_object_get(object, row->key));
	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		if (!is_named(names, key) && !json_is_object(value))
			fact_row(content, grid, key, value);
	}
	content_add_grid(content, BLOCK_TABLE, grid);
}

static const char *yes_no(const json_t *value)
{
	return json_is_boolean(value) ? json_is_true(value) ? "yes" : "no" : "differs";
}

static const char *string_or(const json_t *value, const char *otherwise)
{
	return json_is_string(value) ? json_string_value(value) : otherwise;
}

static void features_add(struct content *content, const char *caption, const json_t *features)
{
	struct grid *grid = grid_open(caption);
	const char *name;
	json_t *feature;

	grid_column(grid, "feature", false);
	grid_column(grid, "requested", false);
	grid_column(grid, "in effect", false);
	grid_column(grid, "reason", false);
	json_object_foreach ((json_t *)(uintptr_t)features, name, feature) {
		const json_t *requested = json_object_get(feature, "requested");
		const json_t *effective = json_object_get(feature, "effective");
		bool refused = json_is_true(requested) && json_is_false(effective);

		grid_cell(grid, MARK_NONE, "%s", name);
		grid_cell(grid, MARK_NONE, "%s", yes_no(requested));
		grid_cell(grid,
			  refused		    ? MARK_WARNING
			  : json_is_true(effective) ? MARK_GOOD
						    : MARK_NONE,
			  "%s", yes_no(effective));
		grid_cell(grid, MARK_NONE, "%s",
			  string_or(json_object_get(feature, "reason"), "-"));
	}
	content_add_grid(content, BLOCK_TABLE, grid);
}

static void backend_add(struct content *content, const char *who, const json_t *backend)
{
	const char *reason = member_string(backend, "reason");

	if (!json_is_object(backend))
		return;
	content_add(content, BLOCK_TEXT, "Backend of %s: %s requested, %s in effect%s%s.", who,
		    string_or(json_object_get(backend, "requested"), "not known"),
		    string_or(json_object_get(backend, "effective"), "not known"),
		    reason ? ": " : "", reason ? reason : "");
}

/* The first series of each server tells of it. */
static bool is_first_of_server(const json_t *list, size_t index)
{
	const char *name = member_string(json_array_get(list, index), "server/name");

	for (size_t i = 0; i < index && name; i++) {
		const char *other = member_string(json_array_get(list, i), "server/name");

		if (other && strcmp(other, name) == 0)
			return false;
	}
	return name != NULL;
}

static void server_add(struct content *content, const json_t *series)
{
	const char *name = member_string(series, "server/name");
	const char *command = member_string(series, "server/command");
	char caption[256];

	if (command) {
		content_add(content, BLOCK_TEXT, "Server %s is another program: %s", name, command);
		return;
	}
	(void)snprintf(caption, sizeof(caption), "server %.200s", name);
	backend_add(content, caption, json_object_get(series, "backend"));
	(void)snprintf(caption, sizeof(caption), "Features of server %.200s", name);
	features_add(content, caption, json_object_get(series, "features"));
}

static void servers_add(struct content *content, const json_t *list)
{
	unsigned int count = 0;

	for (size_t i = 0; i < json_array_size(list); i++)
		if (is_first_of_server(list, i) && count++ < SERVERS_MAX)
			server_add(content, json_array_get(list, i));
	if (count > SERVERS_MAX)
		content_add(content, BLOCK_TEXT, "%u more servers are in the document only.",
			    count - SERVERS_MAX);
}

void environment_add(struct content *content, const json_t *root)
{
	const json_t *place = member(root, "host/place");

	content_add(content, BLOCK_SECTION, "Environment");
	facts_add(content, "Host", json_object_get(root, "host"), host_names);
	if (json_is_object(place))
		facts_add(content, "Where server and load ran", place, place_names);
	backend_add(content, "the load", json_object_get(root, "backend"));
	features_add(content, "Features of the load", json_object_get(root, "features"));
	servers_add(content, json_object_get(root, "series"));
}

void reproduction_add(struct content *content, const json_t *root)
{
	const json_t *arguments = json_object_get(root, "arguments");
	const char *version = member_string(root, "version");
	char *line;

	content_add(content, BLOCK_SECTION, "To do it again");
	if (json_array_size(arguments) == 0) {
		content_add(content, BLOCK_TEXT, "The document does not tell the command line.");
		return;
	}
	if (version)
		content_add(content, BLOCK_TEXT, "With ringside %s:", version);
	line = words_command(arguments);
	if (line)
		content_add(content, BLOCK_CODE, "%s", line);
	else
		content->error = -ENOMEM;
	free(line);
}
