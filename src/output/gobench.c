/*
 * Go's benchmark format (golang.org/design/14313-benchmark-format): lines of "key: value" tell the
 * configuration, "Unit" lines which way is better, and a line for each run
 *
 *	BenchmarkEcho/proto=tcp/conns=50/depth=1/size=64-2  1043211  958.6 ns/op  1043211 req/s ...
 *
 * with the number of threads behind the dash. benchstat compares such files.
 */
#include <ctype.h>
#include <string.h>

#include "base/array.h"
#include "output/figure.h"
#include "output/formats.h"

static const struct {
	const char *key;
	const char *path;
} settings[] = {
	{ "os", "host/system" },  { "kernel", "host/kernel" }, { "cpu", "host/cpu_model" },
	{ "host", "host/name" },  { "commit", "host/commit" }, { "target", "target" },
	{ "version", "version" },
};

/* A value ends with its line. */
static void line_print(const char *key, const char *value, FILE *file)
{
	(void)fprintf(file, "%s: ", key);
	for (; *value; value++)
		(void)fputc(iscntrl((unsigned char)*value) ? ' ' : *value, file);
	(void)fputc('\n', file);
}

static void head_print(const struct document *document, FILE *file)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		const char *value = member_string(document->root, settings[i].path);

		if (value && value[0])
			line_print(settings[i].key, value, file);
	}
	for (const struct figure *figure = figures; figure->key; figure++)
		(void)fprintf(file, "Unit %s better=%s\n", figure->go_unit,
			      figure->more_is_better ? "higher" : "lower");
}

/* What the readers' expressions take in a name; all else ends it or has a meaning. */
static char name_character(char character)
{
	if (isalnum((unsigned char)character) || (character && strchr("_/.:=,+()[]{}%", character)))
		return character;
	return '_';
}

/* "BenchmarkEcho": what follows Benchmark begins with no small letter. */
static void name_print(const struct document *document, FILE *file)
{
	const char *label = member_string(document->root, "label");
	struct document_name service = document_service(document);
	const char *name = label && label[0] ? label : service.text;
	struct document_name configuration = document_configuration(document);

	(void)fprintf(file, "Benchmark%c", toupper((unsigned char)name_character(*name)));
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
	name_print(document, file);
	(void)fprintf(file, "\t%.0f\t%.15g ns/op", requests,
		      member_count(run, "duration_ns") / requests);
	for (const struct figure *figure = figures; figure->key; figure++)
		if (figure_get(figure, run, &value))
			(void)fprintf(file, "\t%.15g %s", value, figure->go_unit);
	(void)fputc('\n', file);
}

int gobench_write(const struct document *document, FILE *file)
{
	head_print(document, file);
	for (size_t i = 0; i < document_run_count(document); i++)
		run_print(document, document_run(document, i), file);
	return 0;
}
