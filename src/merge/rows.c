#include "rows.h"

#include "base/array.h"
#include "base/json.h"
#include "output/document.h"
#include "output/host_row.h"

/* What belongs to all runs of a document. */
static const char *const not_of_a_run[] = {
	"schema",    "version",	   "command", "arguments", "label",	  "host",
	"target",    "options",	   "backend", "features",  "interrupted", "aborted",
	"connected", "thresholds", "verdict", "runs",	   "hosts",
};

/* A document without runs is its own only one. */
static json_t *run_of_document(const json_t *root)
{
	json_t *run = json_copy((json_t *)root);

	for (size_t i = 0; i < ARRAY_SIZE(not_of_a_run); i++)
		(void)json_object_del(run, not_of_a_run[i]);
	return json_complete(run, json_put_integer(run, "index", 1));
}

/* Those of a merged document say where they come from. */
static int origin_put(const struct part *part, json_t *run)
{
	int error = 0;

	if (!member_string(run, "host"))
		error |= json_put_string(run, "host", part->host);
	if (!member_string(run, "input"))
		error |= json_put_string(run, "input", part->path);
	return error;
}

static int runs_append(const struct part *part, json_t *array)
{
	const json_t *runs = json_object_get(part->root, "runs");
	size_t count = json_array_size(runs);
	int error = 0;

	for (size_t i = 0; i < (count > 0 ? count : 1) && !error; i++) {
		json_t *run = count > 0 ? json_copy(json_array_get(runs, i))
					: run_of_document(part->root);

		error = origin_put(part, run);
		error |= json_append(array, run);
	}
	return error;
}

json_t *rows_runs(const struct part_list *parts)
{
	json_t *array = json_array();
	int error = 0;

	for (size_t i = 0; i < parts->count; i++)
		error |= runs_append(&parts->items[i], array);
	return json_complete(array, error);
}

static json_t *host_row(const struct part *part)
{
	json_t *row = json_object();
	int error = 0;

	error |= json_put_string(row, "name", part->host);
	error |= json_put_string(row, "input", part->path);
	error |= host_row_put(part->root, row);
	return json_complete(row, error);
}

json_t *rows_hosts(const struct part_list *parts)
{
	json_t *array = json_array();
	int error = 0;

	for (size_t i = 0; i < parts->count; i++) {
		json_t *merged = json_object_get(parts->items[i].root, "hosts");

		if (json_is_array(merged))
			error |= json_array_extend(array, merged);
		else
			error |= json_append(array, host_row(&parts->items[i]));
	}
	return json_complete(array, error);
}
