#include "output/host_row.h"

#include "base/array.h"
#include "base/json.h"
#include "output/document.h"

static json_t *latency_to_json(const json_t *document)
{
	json_t *latency = json_object();
	int error = 0;

	error |= json_put_shared(latency, "p50", member(document, "latency_ns/p50"));
	error |= json_put_shared(latency, "p99", member(document, "latency_ns/p99"));
	error |= json_put_shared(latency, "max", member(document, "latency_ns/max"));
	return json_complete(latency, error);
}

int host_row_put(const json_t *document, json_t *row)
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
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		error |= json_put_shared(row, members[i].key, member(document, members[i].path));
	return error | json_put_value(row, "latency_ns", latency_to_json(document));
}
