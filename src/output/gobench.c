/*
 * Go's benchmark format (golang.org/design/14313-benchmark-format): lines of "key: value" tell the
 * configuration, "Unit" lines which way is better and what has no noise, and a line for each run
 *
 *	BenchmarkEcho/proto=tcp/conns=50/depth=1/size=64-2  1043211  958.6 ns/op  1043211 req/s ...
 *
 * with the number of threads behind the dash. benchstat compares such files.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "output/document_samples.h"
#include "output/figure.h"
#include "output/formats.h"

/* A value ends with its line. */
static void line_print(const char *key, const char *value, FILE *file)
{
	(void)fprintf(file, "%s: ", key);
	for (; *value; value++)
		(void)fputc(iscntrl((unsigned char)*value) ? ' ' : *value, file);
	(void)fputc('\n', file);
}

/* A word of a line: "p99-ns"; of a metric that is not ours "time-sec", or its name alone where
 * that is its unit, or where it has none. */
static void unit_print(const struct sample *sample, FILE *file)
{
	const struct figure *figure = figure_find_key(sample->metric);
	bool is_count = !*sample->unit || strcmp(sample->unit, "1") == 0;

	if (figure) {
		(void)fputs(figure->go_unit, file);
		return;
	}
	for (const char *at = sample->metric; *at; at++)
		(void)fputc(isspace((unsigned char)*at) ? '_' : *at, file);
	if (is_count || strcmp(sample->unit, sample->metric) == 0)
		return;
	(void)fputc('-', file);
	for (const char *at = strcmp(sample->unit, "s") == 0 ? "sec" : sample->unit; *at; at++)
		(void)fputc(isspace((unsigned char)*at) ? '_' : *at, file);
}

/* Once a metric, however many benchmarks have it. Errors: ENOMEM. */
static int units_print(const struct sample_set *set, FILE *file)
{
	json_t *told = json_object();
	int error = 0;

	for (uint32_t i = 0; i < set->count && !error; i++) {
		const struct sample *sample = &set->items[i];

		if (json_object_get(told, sample->metric))
			continue;
		if (json_object_set_new_nocheck(told, sample->metric, json_true()) < 0)
			error = -ENOMEM;
		(void)fputs("Unit ", file);
		unit_print(sample, file);
		(void)fprintf(file, " better=%s%s\n", sample->more_is_better ? "higher" : "lower",
			      sample->exact ? " assume=exact" : "");
	}
	json_decref(told);
	return error;
}

static int head_print(const struct sample_set *set, FILE *file)
{
	for (uint32_t i = 0; i < set->setting_count; i++)
		line_print(set->settings[i].key, set->settings[i].value, file);
	return units_print(set, file);
}

/* What the readers' expressions take in a name; all else ends it or has a meaning. */
static char name_character(char character)
{
	if (isalnum((unsigned char)character) || (character && strchr("_/.:=,+()[]{}%", character)))
		return character;
	return '_';
}

/* What follows Benchmark begins with no small letter. */
static void name_begin(char first, FILE *file)
{
	char character = name_character(first);

	(void)fprintf(file, "Benchmark%s%c", isalnum((unsigned char)character) ? "" : "_",
		      toupper((unsigned char)character));
}

/* "BenchmarkEcho" and the configuration. */
static void document_name_print(const struct document *document, FILE *file)
{
	const char *label = member_string(document->root, "label");
	struct document_name service = document_service(document);
	const char *name = label && label[0] ? label : service.text;
	struct document_name configuration = document_configuration(document);

	name_begin(*name, file);
	for (const char *at = name + 1; *at; at++)
		(void)fputc(*at == '/' ? '_' : name_character(*at), file);
	for (const char *at = configuration.text; *at; at++)
		(void)fputc(name_character(*at), file);
	(void)fprintf(file, "-%.0f", member_count(document->root, "options/threads"));
}

static void run_print(const struct document *document, const json_t *run, FILE *file)
{
	double requests = member_count(run, "requests");
	double value;

	if (requests <= 0)
		return;
	document_name_print(document, file);
	(void)fprintf(file, "\t%.0f\t%.15g ns/op", requests,
		      member_count(run, "duration_ns") / requests);
	for (const struct figure *figure = figures; figure->key; figure++)
		if (figure_get(figure, run, &value))
			(void)fprintf(file, "\t%.15g %s", value, figure->go_unit);
	(void)fputc('\n', file);
}

int gobench_write(const struct document *document, FILE *file)
{
	struct sample_set set = { 0 };
	size_t count = 0;
	int error = document_observations(document, &count);

	if (!error)
		error = document_samples(document, &set);
	if (!error)
		error = head_print(&set, file);
	for (size_t i = 0; i < count && !error; i++)
		run_print(document, document_observation(document, count, i), file);
	sample_set_finish(&set);
	return error;
}

/* Is this the dash before the number of threads, which ends a name: "Fib-8"? */
static bool is_thread_dash(const char *name, const char *at)
{
	return *at == '-' && at > name && isalnum((unsigned char)at[-1]) && at[1] &&
	       at[1 + strspn(at + 1, "0123456789")] == '\0';
}

static void name_print(const char *name, FILE *file)
{
	name_begin(*name, file);
	for (const char *at = name + (*name != '\0'); *at; at++)
		(void)fputc(is_thread_dash(name, at) ? '-' : name_character(*at), file);
}

static void line_of_run_print(const struct sample_set *set, uint32_t first, uint32_t end,
			      uint32_t run, FILE *file)
{
	name_print(set->items[first].benchmark, file);
	(void)fputs("\t1", file);
	for (uint32_t i = first; i < end; i++) {
		if (run >= set->items[i].count)
			continue;
		(void)fprintf(file, "\t%.15g ", set->items[i].values[run]);
		unit_print(&set->items[i], file);
	}
	(void)fputc('\n', file);
}

int gobench_write_samples(const struct sample_set *set, FILE *file)
{
	int error = head_print(set, file);

	for (uint32_t first = 0, end; first < set->count && !error; first = end) {
		end = sample_set_benchmark_end(set, first);
		for (uint32_t run = 0; run < sample_set_run_count(set, first, end); run++)
			line_of_run_print(set, first, end, run, file);
	}
	return error;
}
