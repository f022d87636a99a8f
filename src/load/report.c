#include "report.h"

#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/unit.h"

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void print_head(const struct session *session, FILE *stream)
{
	const struct load_options *options = session->options;
	const struct choice_result *choice = &session->total.choice;
	bool connected = transports[session->target->url.transport].connected;

	(void)fprintf(stream, "%s\n", target_text(session->target).text);
	(void)fprintf(stream, "  %u %s%s, %u deep, %s, %u thread%s, %s%s\n", options->connections,
		      connected ? "connection" : "socket", plural(options->connections),
		      options->depth, options->size.request.text, options->threads,
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

static void print_faults(const struct session *session, FILE *stream)
{
	const struct result *result = &session->total.result;
	bool datagrams = !transports[session->target->url.transport].connected;

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

static void print_rate_held(const struct session *session, FILE *stream)
{
	const struct evidence *evidence = &session->verdict.evidence;

	if (session->verdict.rate_held)
		return;
	(void)fprintf(stream, "THE RATE WAS NOT HELD: %s/s of %s/s\n",
		      count_text(evidence->rate_sent).text, count_text(evidence->rate_wanted).text);
}

static void print_thresholds(const struct session *session, FILE *stream)
{
	const struct threshold_list *list = &session->options->thresholds;

	for (uint32_t i = 0; i < list->count; i++)
		(void)fprintf(stream, "  threshold   %-20s %s, %s\n", list->items[i].text,
			      session->thresholds[i].kept ? "kept" : "BROKEN",
			      session->thresholds[i].actual_text);
}

void report_print(const struct session *session, FILE *stream)
{
	const struct result *result = &session->total.result;

	print_rate_held(session, stream);

	print_head(session, stream);
	print_rates(result, stream);
	print_latency(result->latency, stream);
	print_cost(result, stream);
	print_faults(session, stream);
	print_thresholds(session, stream);
	(void)fprintf(stream, "  bottleneck  %s: %s\n",
		      bottleneck_names[session->verdict.bottleneck], session->verdict.reason);
}
