#include "rows.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/json.h"
#include "base/unit.h"

static const json_t *member(const json_t *json, const char *object, const char *key)
{
	return json_object_get(object ? json_object_get(json, object) : json, key);
}

static int member_copy(const json_t *value, json_t *row, const char *key)
{
	return json_put_value(row, key, value ? json_incref((json_t *)value) : json_null());
}

static json_t *latency_of(const json_t *document)
{
	static const char *const keys[] = { "p50", "p99", "max" };
	json_t *latency = json_object();
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		error |= member_copy(member(document, "latency_ns", keys[i]), latency, keys[i]);
	return json_complete(latency, error);
}

static json_t *host_row(const struct ranks *ranks, const json_t *document)
{
	static const struct {
		const char *key, *object, *member;
	} members[] = {
		{ "share", "options", "share" },
		{ "backend", "backend", "effective" },
		{ "connections", NULL, "connected" },
		{ "requests", NULL, "requests" },
		{ "requests_per_s", NULL, "requests_per_s" },
		{ "bytes_per_s", NULL, "bytes_per_s" },
		{ "errors", "errors", "total" },
		{ "lost", NULL, "lost" },
		{ "cpu_ns_per_request", NULL, "cpu_ns_per_request" },
		{ "started_unix_ns", NULL, "started_unix_ns" },
		{ "duration_ns", NULL, "duration_ns" },
	};
	json_t *row = json_object();
	int error = 0;

	error |= json_put_string(row, "name", ranks->host);
	error |= json_put_integer(row, "rank", ranks->rank);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		error |= member_copy(member(document, members[i].object, members[i].member), row,
				     members[i].key);
	error |= json_put_value(row, "latency_ns", latency_of(document));
	return json_complete(row, error);
}

static json_t *runs_of(const struct ranks *ranks, const json_t *document)
{
	json_t *runs = json_array(), *run;
	size_t i;
	int error = 0;

	json_array_foreach (json_object_get(document, "runs"), i, run) {
		json_t *copy = json_copy(run);

		error |= json_put_string(copy, "host", ranks->host);
		error |= json_put_integer(copy, "rank", ranks->rank);
		error |= json_append(runs, copy);
	}
	return json_complete(runs, error);
}

json_t *rows_of_rank(const struct ranks *ranks, const json_t *document)
{
	json_t *object = json_object();
	int error = 0;

	error |= json_put_value(object, "host", host_row(ranks, document));
	error |= json_put_value(object, "runs", runs_of(ranks, document));
	return json_complete(object, error);
}

int rows_put(const struct ranks *ranks, const char *texts, json_t *document)
{
	json_t *hosts = json_array(), *runs = json_array();
	int error = 0;

	for (int rank = 0; rank < ranks->count; rank++) {
		json_t *rows = json_loads(texts, 0, NULL);

		error |= json_append(hosts, json_incref(json_object_get(rows, "host")));
		error |= json_array_extend(runs, json_object_get(rows, "runs"));
		json_decref(rows);
		texts += strlen(texts) + 1;
	}
	error |= json_put_value(document, "runs", runs);
	error |= json_put_value(document, "hosts", hosts);
	return error ? -ENOMEM : 0;
}

static struct unit_text latency_text(const json_t *row, const char *key)
{
	return duration_text(json_number_value(member(row, "latency_ns", key)));
}

void rows_print(const json_t *document, FILE *stream)
{
	json_t *row;
	size_t i;

	(void)fprintf(stream, "\n  %4s %-16s %12s %10s %10s %10s %8s\n", "rank", "host",
		      "requests/s", "p50", "p99", "max", "errors");
	json_array_foreach (json_object_get(document, "hosts"), i, row) {
		double rate = json_number_value(json_object_get(row, "requests_per_s"));
		json_int_t rank = json_integer_value(json_object_get(row, "rank"));
		json_int_t errors = json_integer_value(json_object_get(row, "errors"));

		(void)fprintf(stream, "  %4lld %-16s %12s %10s %10s %10s %8lld\n", (long long)rank,
			      json_string_value(json_object_get(row, "name")),
			      count_text(rate).text, latency_text(row, "p50").text,
			      latency_text(row, "p99").text, latency_text(row, "max").text,
			      (long long)errors);
	}
}
