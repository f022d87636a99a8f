#include "rows.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/unit.h"
#include "output/document.h"
#include "output/host_row.h"

static json_t *host_row(const struct ranks *ranks, const json_t *document)
{
	json_t *row = json_object();
	int error = 0;

	error |= json_put_string(row, "name", ranks->host);
	error |= json_put_integer(row, "rank", ranks->rank);
	error |= json_put_shared(row, "backend", member(document, "backend/effective"));
	error |= json_put_shared(row, "connections", member(document, "connected"));
	error |= host_row_put(document, row);
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

		(void)fprintf(
			stream, "  %4lld %-16s %12s %10s %10s %10s %8lld\n", (long long)rank,
			json_string_value(json_object_get(row, "name")), count_text(rate).text,
			duration_text(member_count(row, "latency_ns/p50")).text,
			duration_text(member_count(row, "latency_ns/p99")).text,
			duration_text(member_count(row, "latency_ns/max")).text, (long long)errors);
	}
}
