#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/character.h"
#include "sentence.h"
#include "value.h"

/* What is longer pushes its row to the right. */
#define METRIC_WIDTH_MAX 40

enum column {
	COLUMN_METRIC,
	COLUMN_BASE,
	COLUMN_NEW,
	COLUMN_RATIO,
	COLUMN_P,
	COLUMN_N,
	COLUMN_VERDICT,
	COLUMN_COUNT,
};

static const struct {
	const char *head;
	int width; /* to the right; 0: to the left, that of metrics as wide as the longest */
} columns[COLUMN_COUNT] = {
	[COLUMN_METRIC] = { "metric", 0 },   [COLUMN_BASE] = { "base", 18 },
	[COLUMN_NEW] = { "new", 18 },	     [COLUMN_RATIO] = { "ratio [low, high]", 21 },
	[COLUMN_P] = { "p (U)", 6 },	     [COLUMN_N] = { "n", 5 },
	[COLUMN_VERDICT] = { "verdict", 0 },
};

/* The table while it is printed. */
struct table {
	const struct duel *duel;
	int metric_width;
	FILE *stream;
};

static int metric_width(const struct contest_list *list)
{
	size_t width = strlen(columns[COLUMN_METRIC].head);

	for (uint32_t i = 0; i < list->count; i++) {
		size_t length = strlen(metric_title(list->items[i].metric));

		width = length > width ? length : width;
	}
	return width < METRIC_WIDTH_MAX ? (int)width : METRIC_WIDTH_MAX;
}

/* Names and units come from files: nothing in them does anything to a terminal, or to the table. */
static void cell_print(const struct table *table, enum column column, const char *text)
{
	int width = columns[column].width, length = (int)strlen(text), shown;

	(void)fprintf(table->stream, " %*s", width > length ? width - length : 0, "");
	shown = character_print(text, table->stream);
	if (column == COLUMN_METRIC && shown < table->metric_width)
		(void)fprintf(table->stream, "%*s", table->metric_width - shown, "");
	if (column + 1 == COLUMN_COUNT)
		(void)fputc('\n', table->stream);
}

/* A line of its own, as above; without memory it is left out. */
__attribute__((format(printf, 2, 3))) static void line_print(FILE *stream, const char *format, ...)
{
	va_list arguments;
	char *line;
	int length;

	va_start(arguments, format);
	length = vasprintf(&line, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	(void)character_print(line, stream);
	(void)fputc('\n', stream);
	free(line);
}

static void estimate_print(const struct table *table, enum column column,
			   const struct contest *contest, const struct estimate *estimate)
{
	struct unit_text value = value_text(estimate->median, contest->unit);
	struct unit_text spread = value_spread(estimate, table->duel->options->confidence);
	char text[80];

	if (spread.text[0])
		(void)snprintf(text, sizeof(text), "%s +- %5s", value.text, spread.text);
	else
		(void)snprintf(text, sizeof(text), "%s         ", value.text);
	cell_print(table, column, text);
}

static void contest_print(const struct table *table, const struct contest *contest)
{
	const struct decision_outcome *outcome = &contest->outcome;

	(void)fputc(' ', table->stream);
	cell_print(table, COLUMN_METRIC, metric_title(contest->metric));
	estimate_print(table, COLUMN_BASE, contest, &outcome->base);
	estimate_print(table, COLUMN_NEW, contest, &outcome->changed);
	cell_print(table, COLUMN_RATIO, value_ratio(&outcome->ratio).text);
	cell_print(table, COLUMN_P,
		   outcome->counted ? "exact" : value_p(outcome->mann_whitney_p).text);
	cell_print(table, COLUMN_N, contest_counts(contest).text);
	cell_print(table, COLUMN_VERDICT, contest_verdict(contest).text);
}

static void heads_print(const struct table *table)
{
	(void)fputc(' ', table->stream);
	for (int i = 0; i < COLUMN_COUNT; i++)
		cell_print(table, (enum column)i, columns[i].head);
}

static void benchmark_print(const struct contest *contest, FILE *stream)
{
	(void)fputc('\n', stream);
	if (strcmp(contest->base_benchmark, contest->benchmark) == 0)
		line_print(stream, "%s", contest->benchmark);
	else
		line_print(stream, "%s -> %s", contest->base_benchmark, contest->benchmark);
}

static void setting_print(const struct duel *duel, const char *key, FILE *stream)
{
	const char *value = sample_set_setting_find(&duel->changed.set, key);

	if (value)
		line_print(stream, "%-9s %s", key, value);
}

static void head_print(const struct duel *duel, FILE *stream)
{
	line_print(stream, "%s", duel_method(duel).text);
	line_print(stream, "measured  %s", duel_source(duel).text);
	setting_print(duel, "cpu", stream);
	setting_print(duel, "kernel", stream);
	line_print(stream, "base      %s", duel->base.name);
	line_print(stream, "new       %s", duel->changed.name);
}

void duel_print(const struct duel *duel, FILE *stream)
{
	const struct contest_list *list = &duel->contests;
	const struct table table = { duel, metric_width(list), stream };
	json_t *warning;
	size_t i;

	head_print(duel, stream);
	for (uint32_t at = 0; at < list->count; at++) {
		const struct contest *contest = &list->items[at];

		if (at == 0 || strcmp(contest->benchmark, list->items[at - 1].benchmark) != 0) {
			benchmark_print(contest, stream);
			heads_print(&table);
		}
		contest_print(&table, contest);
	}
	(void)fputc('\n', stream);
	json_array_foreach (duel->warnings, i, warning) {
		line_print(stream, "warning: %s", json_string_value(warning));
	}
	line_print(stream, "%s", duel_sentence(duel).text);
}
