/*
 * JUnit XML, as CI systems show it: a suite of tests, of which one says whether every request was
 * answered rightly, and one for each threshold whether it was kept; the figures are properties.
 */
#include <errno.h>
#include <string.h>

#include "measure/threshold.h"
#include "output/figure.h"
#include "output/formats.h"

#define MESSAGE_MAX 160
#define ANSWERED "every request was answered rightly"

/* XML 1.0 has no control characters but three, nor U+FFFE and U+FFFF (EF BF BE, EF BF BF). */
static void text_print(const char *text, FILE *file)
{
	for (; *text; text++) {
		if (*text == '&')
			(void)fputs("&amp;", file);
		else if (*text == '<')
			(void)fputs("&lt;", file);
		else if (*text == '>')
			(void)fputs("&gt;", file);
		else if (*text == '"')
			(void)fputs("&quot;", file);
		else if (strchr("\t\n\r", *text))
			(void)fprintf(file, "&#%d;", *text);
		else if (strncmp(text, "\xef\xbf\xbe", 3) == 0 ||
			 strncmp(text, "\xef\xbf\xbf", 3) == 0)
			(void)fputs((text += 2, "?"), file);
		else
			(void)fputc((unsigned char)*text < ' ' ? '?' : *text, file);
	}
}

static void attribute_print(const char *name, const char *value, FILE *file)
{
	(void)fprintf(file, " %s=\"", name);
	text_print(value, file);
	(void)fputc('"', file);
}

static void property_print(const char *name, const char *value, FILE *file)
{
	if (!value)
		return;
	(void)fputs("      <property", file);
	attribute_print("name", name, file);
	attribute_print("value", value, file);
	(void)fputs("/>\n", file);
}

static void properties_print(const struct document *document, FILE *file)
{
	char number[32];
	double value;

	(void)fputs("    <properties>\n", file);
	property_print("target", member_string(document->root, "target"), file);
	property_print("version", member_string(document->root, "version"), file);
	property_print("backend", member_string(document->root, "backend/effective"), file);
	property_print("bottleneck", member_string(document->root, "verdict/bottleneck"), file);
	for (const struct figure *figure = figures; figure->key; figure++) {
		if (!figure_get(figure, document->root, &value))
			continue;
		(void)snprintf(number, sizeof(number), "%.15g", value);
		property_print(figure->key, number, file);
	}
	(void)fputs("    </properties>\n", file);
}

static void case_print(const struct document *document, const char *name, const char *failure,
		       FILE *file)
{
	(void)fputs("    <testcase", file);
	attribute_print("classname", document_name(document).text, file);
	attribute_print("name", name, file);
	(void)fprintf(file, " time=\"%.3f\"", member_count(document->root, "duration_ns") / 1e9);
	if (failure) {
		(void)fputs(">\n      <failure type=\"failed\"", file);
		attribute_print("message", failure, file);
		(void)fputs("/>\n    </testcase>\n", file);
	} else {
		(void)fputs("/>\n", file);
	}
}

static void answered_print(const struct document *document, FILE *file)
{
	const json_t *root = document->root;
	char message[MESSAGE_MAX];

	(void)snprintf(message, sizeof(message), "%.0f errors, %.0f of %.0f requests lost",
		       member_count(root, "errors/total"), member_count(root, "lost"),
		       member_count(root, "sent"));
	case_print(document, ANSWERED, is_answered_rightly(root) ? NULL : message, file);
}

static bool is_kept(const json_t *threshold)
{
	return json_is_true(json_object_get(threshold, "kept"));
}

/* With its unit, which the expression tells. */
static void actual_show(const char *expression, double actual, char *ret_text, size_t size)
{
	struct threshold threshold;
	struct error error;

	if (expression && threshold_parse(expression, &threshold, &error) == 0)
		threshold_show(&threshold, actual, ret_text, size);
	else
		(void)snprintf(ret_text, size, "%.15g", actual);
}

static void threshold_print(const struct document *document, const json_t *threshold, FILE *file)
{
	const char *expression = member_string(threshold, "expression");
	char message[MESSAGE_MAX] = "it could not be measured", text[32];
	double actual;

	if (member_number(threshold, "actual", &actual)) {
		actual_show(expression, actual, text, sizeof(text));
		(void)snprintf(message, sizeof(message), "it was %s", text);
	}
	case_print(document, expression ? expression : "threshold",
		   is_kept(threshold) ? NULL : message, file);
}

static void counts_print(const struct document *document, FILE *file)
{
	const json_t *thresholds = json_object_get(document->root, "thresholds");
	size_t failures = is_answered_rightly(document->root) ? 0 : 1;
	const json_t *threshold;
	size_t i;

	json_array_foreach ((json_t *)thresholds, i, threshold) {
		failures += is_kept(threshold) ? 0 : 1;
	}
	(void)fprintf(file, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\"",
		      1 + json_array_size(thresholds), failures);
	(void)fprintf(file, " time=\"%.3f\"", member_count(document->root, "duration_ns") / 1e9);
}

int junit_write(const struct document *document, FILE *file)
{
	const json_t *thresholds = json_object_get(document->root, "thresholds");
	const json_t *threshold;
	size_t i;

	(void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", file);
	counts_print(document, file);
	(void)fputs(">\n  <testsuite", file);
	attribute_print("name", document_name(document).text, file);
	counts_print(document, file);
	(void)fputs(">\n", file);
	properties_print(document, file);
	answered_print(document, file);
	json_array_foreach ((json_t *)thresholds, i, threshold) {
		threshold_print(document, threshold, file);
	}
	(void)fputs("  </testsuite>\n</testsuites>\n", file);
	return 0;
}
