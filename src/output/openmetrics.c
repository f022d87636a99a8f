/*
 * OpenMetrics text (prometheus/OpenMetrics, specification 1.0), for a textfile collector or a push
 * gateway: base units, counters end in _total, histograms have cumulative buckets; no quantiles,
 * which cannot be added up.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "output/formats.h"

/* A metric without a unit has NULL. */
static const struct {
	const char *name, *unit, *help;
	const char *path;
	double divisor;
	bool gauge;
} metrics[] = {
	{ "ringside_sent_requests", NULL, "Requests sent.", "sent", 1, false },
	{ "ringside_answered_requests", NULL, "Requests answered.", "requests", 1, false },
	{ "ringside_lost_requests", NULL, "Requests never answered.", "lost", 1, false },
	{ "ringside_late_answers", NULL, "Answers to requests given up.", "late", 1, false },
	{ "ringside_duplicated_answers", NULL, "Answers that had come before.", "duplicated", 1,
	  false },
	{ "ringside_connections", NULL, "Connections made.", "connects", 1, false },
	{ "ringside_sent_bytes", "bytes", "Bytes of requests.", "bytes_sent", 1, false },
	{ "ringside_answered_bytes", "bytes", "Bytes of answers.", "bytes", 1, false },
	{ "ringside_cpu_seconds", "seconds", "CPU time of the generator.", "cpu_ns", NS_PER_S,
	  false },
	{ "ringside_system_calls", NULL, "System calls of the generator.", "system_calls", 1,
	  false },
	{ "ringside_window_seconds", "seconds", "How long was measured.", "duration_ns", NS_PER_S,
	  true },
	{ "ringside_started_seconds", "seconds", "When it began, since the epoch.",
	  "started_unix_ns", NS_PER_S, true },
};

static const struct {
	const char *name, *help, *path;
} histograms[] = {
	{ "ringside_latency_seconds", "From the request to its answer.", "latency_ns" },
	{ "ringside_slip_seconds", "From the intended time to sending.", "slip_ns" },
	{ "ringside_timer_error_seconds", "What of the slip was the generator's fault.",
	  "timer_error_ns" },
	{ "ringside_connect_seconds", "From connect() to the connection.", "connect_ns" },
};

/* 1, 2 and 5 of each decade from 1 us to 50 s. */
#define EDGE_FIRST_NS 1000ull
#define EDGE_LAST_NS 50000000000ull

/* The value of a label. */
static void label_print(const char *text, FILE *file)
{
	for (; *text; text++) {
		if (*text == '\n') {
			(void)fputs("\\n", file);
			continue;
		}
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', file);
		(void)fputc(*text, file);
	}
}

static void head_print(const char *name, const char *type, const char *unit, const char *help,
		       FILE *file)
{
	(void)fprintf(file, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
	if (unit)
		(void)fprintf(file, "# UNIT %s %s\n", name, unit);
}

/* "name_suffix{benchmark="..."", to be continued by more labels or the end of them. */
static void sample_begin(const struct document *document, const char *name, const char *suffix,
			 FILE *file)
{
	(void)fprintf(file, "%s%s{benchmark=\"", name, suffix);
	label_print(document_name(document).text, file);
	(void)fputc('"', file);
}

static void metric_print(const struct document *document, size_t index, FILE *file)
{
	bool gauge = metrics[index].gauge;
	double value;

	if (!member_number(document->root, metrics[index].path, &value))
		return;
	head_print(metrics[index].name, gauge ? "gauge" : "counter", metrics[index].unit,
		   metrics[index].help, file);
	sample_begin(document, metrics[index].name, gauge ? "" : "_total", file);
	(void)fprintf(file, "} %.15g\n", value / metrics[index].divisor);
}

static void errors_print(const struct document *document, FILE *file)
{
	json_t *errors = json_object_get(document->root, "errors");
	const char *kind;
	json_t *count;

	if (json_object_size(errors) == 0)
		return;
	head_print("ringside_errors", "counter", NULL, "What went wrong, by kind.", file);
	json_object_foreach (errors, kind, count) {
		if (strcmp(kind, "total") == 0)
			continue;
		sample_begin(document, "ringside_errors", "_total", file);
		(void)fputs(",kind=\"", file);
		label_print(kind, file);
		(void)fprintf(file, "\"} %.15g\n", json_number_value(count));
	}
}

static void thresholds_print(const struct document *document, FILE *file)
{
	json_t *thresholds = json_object_get(document->root, "thresholds"), *threshold;
	size_t i;

	if (json_array_size(thresholds) == 0)
		return;
	head_print("ringside_threshold_kept", "gauge", NULL, "1: kept, 0: broken.", file);
	json_array_foreach (thresholds, i, threshold) {
		const char *expression = member_string(threshold, "expression");

		sample_begin(document, "ringside_threshold_kept", "", file);
		(void)fputs(",threshold=\"", file);
		label_print(expression ? expression : "", file);
		(void)fprintf(file, "\"} %d\n", json_is_true(member(threshold, "kept")));
	}
}

static void bucket_print(const struct document *document, const char *name, double edge_ns,
			 uint64_t total, FILE *file)
{
	sample_begin(document, name, "_bucket", file);
	if (edge_ns > 0)
		(void)fprintf(file, ",le=\"%g\"} %" PRIu64 "\n", edge_ns / (double)NS_PER_S, total);
	else
		(void)fprintf(file, ",le=\"+Inf\"} %" PRIu64 "\n", total);
}

static uint64_t edge_next(uint64_t edge_ns)
{
	uint64_t decade = EDGE_FIRST_NS;

	while (decade * 10 <= edge_ns)
		decade *= 10;
	return edge_ns / decade == 2 ? decade * 5 : edge_ns * 2;
}

/* A bucket counts below an edge when all of it is: that is within 0.1 % of the edge. */
static void buckets_print(const struct document *document, const char *name,
			  const struct histogram *histogram, FILE *file)
{
	struct histogram_walk walk = { .histogram = histogram };
	struct histogram_bucket bucket;
	bool more = histogram_next(&walk, &bucket);
	uint64_t total = 0;

	for (uint64_t edge_ns = EDGE_FIRST_NS; edge_ns <= EDGE_LAST_NS;
	     edge_ns = edge_next(edge_ns)) {
		for (; more && bucket.high_ns <= edge_ns; more = histogram_next(&walk, &bucket))
			total += bucket.count;
		bucket_print(document, name, (double)edge_ns, total, file);
	}
	bucket_print(document, name, 0, histogram_count(histogram), file);
}

static void histogram_print(const struct document *document, size_t index, FILE *file)
{
	const char *name = histograms[index].name;
	struct histogram *histogram;

	if (member_histogram(document->root, histograms[index].path, &histogram) != 0)
		return;
	head_print(name, "histogram", "seconds", histograms[index].help, file);
	buckets_print(document, name, histogram, file);
	sample_begin(document, name, "_count", file);
	(void)fprintf(file, "} %" PRIu64 "\n", histogram_count(histogram));
	sample_begin(document, name, "_sum", file);
	(void)fprintf(file, "} %.15g\n", (double)histogram_sum(histogram) / (double)NS_PER_S);
	histogram_close(histogram);
}

int openmetrics_write(const struct document *document, FILE *file)
{
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		metric_print(document, i, file);
	errors_print(document, file);
	thresholds_print(document, file);
	for (size_t i = 0; i < ARRAY_SIZE(histograms); i++)
		histogram_print(document, i, file);
	(void)fputs("# EOF\n", file);
	return 0;
}
