#include "report.h"

#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/unit.h"
#include "measure/host.h"

/* Raised when a member changes its meaning or goes; new members do not raise it. */
#define SCHEMA "ringside-load/1"

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void print_head(const struct report *report, FILE *stream)
{
	const struct load_options *options = report->options;
	const struct choice_result *choice = &report->outcome->choice;
	bool connected = transports[report->target->url.transport].connected;

	(void)fprintf(stream, "%s\n", target_text(report->target).text);
	(void)fprintf(stream, "  %u %s%s, %u deep, %s, %u thread%s, %s%s\n", options->connections,
		      connected ? "connection" : "socket", plural(options->connections),
		      options->depth, size_text(options->size).text, options->threads,
		      plural(options->threads), choice->backend,
		      options->verify ? ", every byte verified" : ", not verified");
	if (options->reconnect_every > 0)
		(void)fprintf(stream, "  a new connection after %s request%s\n",
			      count_exact(options->reconnect_every).text,
			      plural(options->reconnect_every));
}

static void print_rates(const struct result *result, FILE *stream)
{
	(void)fprintf(stream, "\n  requests    %-12s %s/s\n",
		      count_text((double)result->requests).text,
		      count_text(result_requests_per_s(result)).text);
	(void)fprintf(stream, "  answers     %-12s %s/s\n", size_text((double)result->bytes).text,
		      size_text(result_bytes_per_s(result)).text);
	(void)fprintf(stream, "  measured    %s\n",
		      duration_text((double)result_duration_ns(result)).text);
}

static void print_latency(const struct histogram *latency, FILE *stream)
{
	const struct {
		const char *name;
		uint64_t value;
	} figures[] = {
		{ "min", histogram_min(latency) },
		{ "mean", histogram_mean(latency) },
		{ "p50", histogram_percentile(latency, 50) },
		{ "p90", histogram_percentile(latency, 90) },
		{ "p99", histogram_percentile(latency, 99) },
		{ "p99.9", histogram_percentile(latency, 99.9) },
		{ "max", histogram_max(latency) },
	};
	size_t count = ARRAY_SIZE(figures);

	if (histogram_count(latency) == 0)
		return;
	(void)fprintf(stream, "  latency ");
	for (size_t i = 0; i < count; i++)
		(void)fprintf(stream, "%11s", figures[i].name);
	(void)fprintf(stream, "\n          ");
	for (size_t i = 0; i < count; i++)
		(void)fprintf(stream, "%11s", duration_text((double)figures[i].value).text);
	(void)fprintf(stream, "\n");
}

static void print_cost(const struct result *result, FILE *stream)
{
	const struct cost *cost = &result->cost;
	double duration_ns = (double)result_duration_ns(result);

	if (result->requests == 0 || duration_ns <= 0)
		return;
	(void)fprintf(stream, "  own CPU     %s a request, %.0f %% of a CPU",
		      duration_text((double)result_cpu_ns_per_request(result)).text,
		      100 * (double)cost->cpu_ns / duration_ns);
	if (cost->spin_ns > 0)
		(void)fprintf(stream, " (%.0f %% spinning)",
			      100 * (double)cost->spin_ns / duration_ns);
	(void)fprintf(stream, ", %.2f system calls a request\n",
		      (double)cost->system_calls / (double)result->requests);
}

static void print_cause(const struct result *result, int kind, FILE *stream)
{
	if (result->causes[kind] != 0)
		(void)fprintf(stream, " (%s)", strerror(-result->causes[kind]));
}

static void print_faults(const struct report *report, FILE *stream)
{
	const struct result *result = &report->outcome->result;
	bool datagrams = !transports[report->target->url.transport].connected;

	if (datagrams || result->lost > 0)
		(void)fprintf(stream, "  %-11s %s of %s\n", datagrams ? "lost" : "unanswered",
			      count_exact(result->lost).text, count_exact(result->sent).text);
	if (result->late > 0)
		(void)fprintf(stream, "  late        %s\n", count_exact(result->late).text);
	if (result->duplicated > 0)
		(void)fprintf(stream, "  duplicated  %s\n", count_exact(result->duplicated).text);
	if (result_errors_total(result) == 0)
		(void)fprintf(stream, "  errors      none\n");
	for (int kind = 0; kind < RESULT_ERROR_COUNT; kind++) {
		if (result->errors[kind] == 0)
			continue;
		(void)fprintf(stream, "  error       %s %s", count_exact(result->errors[kind]).text,
			      result_errors[kind].meaning);
		print_cause(result, kind, stream);
		(void)fprintf(stream, "\n");
	}
}

void report_print(const struct report *report, FILE *stream)
{
	const struct result *result = &report->outcome->result;

	print_head(report, stream);
	print_rates(result, stream);
	print_latency(result->latency, stream);
	print_cost(result, stream);
	print_faults(report, stream);
}

json_t *report_to_json(const struct report *report)
{
	const struct outcome *outcome = report->outcome;
	json_t *object = json_object();
	int error = 0;

	error |= json_put_string(object, "schema", SCHEMA);
	error |= json_put_string(object, "version", RINGSIDE_VERSION);
	error |= json_put_string(object, "command", "load");
	error |= json_put_value(object, "host", host_to_json());
	error |= json_put_string(object, "target", target_text(report->target).text);
	error |= json_put_value(object, "options",
				options_to_json(&load_option_table, report->options));
	error |= choice_to_json(report->options->backend, &outcome->choice, object);
	error |= json_put_boolean(object, "interrupted", report->interrupted);
	error |= json_put_unsigned(object, "connected", outcome->connected);
	error |= result_to_json(&outcome->result, NULL, object);
	return json_complete(object, error);
}
