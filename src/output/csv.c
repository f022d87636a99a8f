/*
 * CSV (RFC 4180, with newlines alone): a header, and a row for each run; what is not known is an
 * empty field. Samples, whose metrics can be any, have a row for each value.
 */
#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "output/figure.h"
#include "output/formats.h"

static const struct {
	const char *key;
	const char *path;
} columns[] = {
	{ "run", "index" },
	{ "host", "host" },
	{ "started_unix_ns", "started_unix_ns" },
	{ "duration_ns", "duration_ns" },
	{ "sent", "sent" },
	{ "requests", "requests" },
	{ "bytes_sent", "bytes_sent" },
	{ "bytes", "bytes" },
	{ "bytes_per_s", "bytes_per_s" },
	{ "latency_min_ns", "latency_ns/min" },
	{ "errors", "errors/total" },
	{ "lost", "lost" },
	{ "late", "late" },
	{ "duplicated", "duplicated" },
	{ "reordered", "reordered" },
	{ "skipped", "skipped" },
	{ "connects", "connects" },
	{ "cpu_ns", "cpu_ns" },
	{ "user_ns", "user_ns" },
	{ "system_ns", "system_ns" },
	{ "system_calls", "system_calls" },
	{ "completions", "completions" },
};

static void text_print(const char *text, FILE *file)
{
	if (!strpbrk(text, ",\"\r\n")) {
		(void)fputs(text, file);
		return;
	}
	(void)fputc('"', file);
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', file);
		(void)fputc(*text, file);
	}
	(void)fputc('"', file);
}

static void value_print(const json_t *value, FILE *file)
{
	if (json_is_string(value))
		text_print(json_string_value(value), file);
	else if (json_is_integer(value))
		(void)fprintf(file, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		(void)fprintf(file, "%.15g", json_real_value(value));
}

static void header_print(FILE *file)
{
	(void)fputs("name", file);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		(void)fprintf(file, ",%s", columns[i].key);
	for (const struct figure *figure = figures; figure->key; figure++)
		(void)fprintf(file, ",%s", figure->key);
	(void)fputc('\n', file);
}

static void row_print(const struct document *document, const json_t *run, FILE *file)
{
	double figure_value;

	text_print(document_name(document).text, file);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		(void)fputc(',', file);
		value_print(member(run, columns[i].path), file);
	}
	for (const struct figure *figure = figures; figure->key; figure++) {
		(void)fputc(',', file);
		if (figure_get(figure, run, &figure_value))
			(void)fprintf(file, "%.15g", figure_value);
	}
	(void)fputc('\n', file);
}

int csv_write(const struct document *document, FILE *file)
{
	header_print(file);
	for (size_t i = 0; i < document_run_count(document); i++)
		row_print(document, document_run(document, i), file);
	return 0;
}

static void sample_print(const struct sample *sample, FILE *file)
{
	for (uint32_t i = 0; i < sample->count; i++) {
		text_print(sample->benchmark, file);
		(void)fputc(',', file);
		text_print(sample->metric, file);
		(void)fputc(',', file);
		text_print(sample->unit, file);
		(void)fprintf(file, ",%s,%" PRIu32 ",%.15g\n",
			      sample->more_is_better ? "higher" : "lower", i + 1,
			      sample->values[i]);
	}
}

int csv_write_samples(const struct sample_set *set, FILE *file)
{
	(void)fputs("benchmark,metric,unit,better,run,value\n", file);
	for (uint32_t i = 0; i < set->count; i++)
		sample_print(&set->items[i], file);
	return 0;
}
