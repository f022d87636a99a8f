#include "rows.h"

#include "base/array.h"
#include "base/json.h"
#include "output/document.h"

/* What belongs to all runs of a document. */
static const char *const not_of_a_run[] = {
	"schema",     "version", "command", "arguments", "label",	"host",
	"target",     "options", "backend", "features",	 "interrupted", "connected",
	"thresholds", "verdict", "runs",    "hosts",
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

/* A member as the part has it; null where it has none. */
static int member_copy(const json_t *from, const char *path, json_t *row, const char *key)
{
	json_t *value = (json_t *)member(from, path);

	return json_put_value(row, key, value ? json_incref(value) : json_null());
}

static json_t *latency_row(const json_t *root)
{
	json_t *latency = json_object();
	int error = 0;

	error |= member_copy(root, "latency_ns/p50", latency, "p50");
	error |= member_copy(root, "latency_ns/p99", latency, "p99");
	error |= member_copy(root, "latency_ns/max", latency, "max");
	return json_complete(latency, error);
}

static json_t *host_row(const struct part *part)
{
	static const struct {
		const char *key, *path;
	} members[] = {
		{ "share", "options/share" },
		{ "requests", "requests" },
		{ "requests_per_s", "requests_per_s" },
		{ "bytes_per_s", "bytes_per_s" },
		{ "errors", "errors/total" },
		{ "lost", "lost" },
		{ "cpu_ns_per_request", "cpu_ns_per_request" },
		{ "started_unix_ns", "started_unix_ns" },
		{ "duration_ns", "duration_ns" },
	};
	json_t *row = json_object();
	int error = 0;

	error |= json_put_string(row, "name", part->host);
	error |= json_put_string(row, "input", part->path);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		error |= member_copy(part->root, members[i].path, row, members[i].key);
	error |= json_put_value(row, "latency_ns", latency_row(part->root));
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
