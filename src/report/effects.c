#include "effects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "axis.h"
#include "output/document.h"
#include "palette.h"
#include "row_axis.h"
#include "words.h"

#define HEIGHT_HEAD 90
#define HEIGHT_PER_ROW 24
/* Ratios beyond these on either side are drawn on a logarithmic axis. */
#define RATIO_LOW 0.5
#define RATIO_HIGH 2.0
#define RATIO_LEAST 1e-6
#define LOG_FACTOR 50
/* What rounding makes of no change. */
#define CHANGE_NONE 1e-9

bool effects_add(struct effect_list *list, const json_t *estimate, const char *colour,
		 unsigned int shape, const char *label)
{
	struct effect_row row = { .colour = colour, .shape = shape };

	if (!member_number(estimate, "median", &row.median))
		return false;
	if (list->count == EFFECTS_ROWS_MAX) {
		list->left_out++;
		return false;
	}
	row.low = row.high = row.median;
	(void)member_number(estimate, "low", &row.low);
	(void)member_number(estimate, "high", &row.high);
	(void)snprintf(row.label, sizeof(row.label), "%s", label);
	list->rows[list->count++] = row;
	return true;
}

static double change_size(const struct effect_row *row)
{
	return row->median > 0 ? fabs(log(row->median)) : 0;
}

static int compare_changes(const void *a, const void *b)
{
	double first = change_size(a), second = change_size(b);

	return first < second ? 1 : first > second ? -1 : 0;
}

void effect_list_sort(struct effect_list *list)
{
	qsort(list->rows, list->count, sizeof(list->rows[0]), compare_changes);
}

static struct unit_text change_text(double ratio)
{
	struct unit_text text;

	if (fabs(ratio - 1) < CHANGE_NONE)
		(void)snprintf(text.text, sizeof(text.text), "0 %%");
	else
		(void)snprintf(text.text, sizeof(text.text), "%+.3g %%", 100 * (ratio - 1));
	return text;
}

/* What an axis of ratios cannot show is drawn at its end. */
static double shown(double value, const struct effect_axis *axis)
{
	return axis->ratio && value < RATIO_LEAST ? RATIO_LEAST : value;
}

/* A linear axis of changes, wide enough on both sides of no change that its letters stand there. */
static void ratio_range(struct axis *range, const struct effect_axis *axis)
{
	double margin;

	axis_take(range, 1);
	axis_take(range, 1 + axis->band);
	axis_take(range, 1 - axis->band);
	range->logarithmic = range->low < RATIO_LOW || range->high > RATIO_HIGH;
	range->text = range->logarithmic ? words_factor : change_text;
	range->tight = true;
	range->origin = 1;
	margin = 0.06 * (range->high - range->low) + 0.002;
	if (range->logarithmic)
		return;
	range->low -= margin;
	range->high += margin;
}

static void range_write(const struct effect_list *list, const struct effect_axis *axis,
			FILE *script)
{
	struct axis range = { .letter = 'x', .label = axis->label, .text = axis->text };

	for (uint32_t i = 0; i < list->count; i++) {
		axis_take(&range, shown(list->rows[i].median, axis));
		axis_take(&range, shown(list->rows[i].low, axis));
		axis_take(&range, shown(list->rows[i].high, axis));
	}
	if (axis->ratio)
		ratio_range(&range, axis);
	else
		axis_choose(&range, LOG_FACTOR);
	axis_write(&range, script);
	if (!axis->ratio)
		return;
	if (axis->band > 0)
		(void)fprintf(script,
			      "set object 1 rectangle from %.9g, graph 0 to %.9g, graph 1 behind "
			      "fillcolor rgb '" PALETTE_BAND "' fillstyle solid noborder\n",
			      1 - axis->band, 1 + axis->band);
	(void)fputs("set arrow from 1, graph 0 to 1, graph 1 nohead lw 1.5 lc rgb "
		    "'" PALETTE_MUTED "'\n",
		    script);
}

static void labels_write(const struct effect_list *list, FILE *script)
{
	const char *labels[EFFECTS_ROWS_MAX];

	for (uint32_t i = 0; i < list->count; i++)
		labels[i] = list->rows[i].label;
	row_axis_write(labels, list->count, script);
	(void)fputs("unset key\n", script);
}

static void rows_write(const struct effect_list *list, const struct effect_axis *axis, FILE *script)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct effect_row *row = &list->rows[i];

		(void)fprintf(script, "$d%u << EOD\n%.9g %u %.9g %.9g\nEOD\n", i,
			      shown(row->median, axis), list->count - i, shown(row->low, axis),
			      shown(row->high, axis));
	}
	(void)fputs("plot ", script);
	for (uint32_t i = 0; i < list->count; i++)
		(void)fprintf(script,
			      "%s$d%u using 1:2:3:4 with xerrorbars lw 2 pt %u ps 0.9 lc rgb '%s'",
			      i > 0 ? ", " : "", i, list->rows[i].shape, list->rows[i].colour);
	(void)fputc('\n', script);
}

static void describe(struct plot *plot, const struct effect_list *list,
		     const struct effect_axis *axis)
{
	struct unit_text (*text)(double) = axis->ratio ? words_change : axis->text;
	size_t length;
	FILE *stream = open_memstream(&plot->description, &length);

	plot->title = strdup(axis->title);
	if (!stream)
		return;
	for (uint32_t i = 0; i < list->count; i++)
		(void)fprintf(stream, "%s%s: %s (%s to %s)", i > 0 ? "; " : "", list->rows[i].label,
			      text(list->rows[i].median).text, text(list->rows[i].low).text,
			      text(list->rows[i].high).text);
	(void)fputs(".", stream);
	(void)fclose(stream);
}

struct plot *effects_plot(const struct effect_list *list, const struct effect_axis *axis)
{
	struct plot *plot = plot_open("effects", HEIGHT_HEAD + HEIGHT_PER_ROW * list->count);

	if (!plot)
		return NULL;
	range_write(list, axis, plot->script);
	labels_write(list, plot->script);
	rows_write(list, axis, plot->script);
	describe(plot, list, axis);
	return plot_end(plot);
}
