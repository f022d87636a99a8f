#include "sweep/grid.h"

#include <string.h>

#include "base/bar.h"
#include "base/style.h"
#include "base/unit.h"
#include "experiment/heading.h"

#define VALUE_WIDTH 14
#define CELL_WIDTH 12
/* "38.4k (37.0k to 39.1k)" */
#define INTERVAL_WIDTH 36

#define CELL_TEXT_MAX 128

struct cell {
	char text[CELL_TEXT_MAX];
};

static struct unit_text value_text(const struct sweep *sweep, uint32_t axis, uint32_t index)
{
	return sweep->axes[axis].parameter->text(sweep->axes[axis].values->values[index]);
}

static struct unit_text figure_text(enum figure_id id, double value)
{
	struct unit_text text;

	if (strcmp(figures[id].unit, "ns") == 0)
		return duration_text(value);
	if (strcmp(figures[id].unit, "1/s") == 0)
		return count_text(value);
	(void)snprintf(text.text, sizeof(text.text), "%.3g", value);
	return text;
}

/* Marks of what spoils a figure; the legend has them. */
static const char *marks_of(const struct series *series)
{
	if (!series_held_rate(series))
		return "!";
	return series_was_load_bound(series) ? "~" : "";
}

static struct cell cell_make(const struct series *series, enum figure_id id, bool interval)
{
	struct cell cell = { "-" };
	struct estimate estimate;

	if (!series)
		return cell;
	if (series_figure(series, id, &estimate) < 0) {
		(void)snprintf(cell.text, sizeof(cell.text), "%s",
			       series->reason[0] ? "FAILED" : "-");
		return cell;
	}
	(void)snprintf(cell.text, sizeof(cell.text), "%s%s", figure_text(id, estimate.median).text,
		       marks_of(series));
	if (interval && estimate.coverage >= STATISTICS_CONFIDENCE) {
		size_t used = strlen(cell.text);

		(void)snprintf(cell.text + used, sizeof(cell.text) - used, " (%s to %s)",
			       figure_text(id, estimate.low).text,
			       figure_text(id, estimate.high).text);
	}
	return cell;
}

/* Intervals need so many rounds. */
static int cell_width(const struct sweep *sweep)
{
	size_t rank;

	return sweep->experiment.rounds > 0 &&
			       statistics_median_rank(sweep->experiment.rounds,
						      STATISTICS_CONFIDENCE,
						      &rank) >= STATISTICS_CONFIDENCE
		       ? INTERVAL_WIDTH
		       : CELL_WIDTH;
}

static void print_title(const struct sweep *sweep, enum figure_id id, const char *server,
			FILE *stream)
{
	(void)fprintf(stream, "\n%s%s%s", figures[id].title, id == FIGURE_RATE ? " a second" : "",
		      server ? ", " : "");
	(void)fprintf(stream, "%s by %s", server ? server : "", sweep->axes[0].parameter->name);
	if (sweep->axis_count > 1)
		(void)fprintf(stream, " (rows) and %s (columns)", sweep->axes[1].parameter->name);
	(void)fputc('\n', stream);
}

/* One parameter: a column a server. */
static void print_table(const struct sweep *sweep, enum figure_id id, FILE *stream)
{
	int width = cell_width(sweep);

	print_title(sweep, id, NULL, stream);
	(void)fprintf(stream, "%*s", VALUE_WIDTH, "");
	for (uint32_t i = 0; i < sweep->columns.count; i++)
		(void)fprintf(stream, "  %*s", width, sweep->columns.items[i].name);
	(void)fputc('\n', stream);
	for (uint32_t index = 0; index < sweep_size(sweep, 0); index++) {
		(void)fprintf(stream, "%*s", VALUE_WIDTH, value_text(sweep, 0, index).text);
		for (uint32_t i = 0; i < sweep->columns.count; i++)
			(void)fprintf(stream, "  %*s", width,
				      cell_make(sweep_series(sweep, i, &index), id, true).text);
		(void)fputc('\n', stream);
	}
}

/* Two parameters: a grid a server, of medians alone. */
static void print_grid(const struct sweep *sweep, enum figure_id id, uint32_t column, FILE *stream)
{
	print_title(sweep, id, sweep->columns.items[column].name, stream);
	(void)fprintf(stream, "%*s", VALUE_WIDTH, "");
	for (uint32_t j = 0; j < sweep_size(sweep, 1); j++)
		(void)fprintf(stream, " %*s", CELL_WIDTH, value_text(sweep, 1, j).text);
	(void)fputc('\n', stream);
	for (uint32_t i = 0; i < sweep_size(sweep, 0); i++) {
		(void)fprintf(stream, "%*s", VALUE_WIDTH, value_text(sweep, 0, i).text);
		for (uint32_t j = 0; j < sweep_size(sweep, 1); j++) {
			const struct series *series = sweep_series(sweep, column,
								   (const uint32_t[]){ i, j });

			(void)fprintf(stream, " %*s", CELL_WIDTH,
				      cell_make(series, id, false).text);
		}
		(void)fputc('\n', stream);
	}
}

static bool median_at(const struct sweep *sweep, enum figure_id id, uint32_t column, uint32_t index,
		      double *ret_median)
{
	const struct series *series = sweep_series(sweep, column, &index);
	struct estimate estimate;

	if (!series || series_figure(series, id, &estimate) < 0)
		return false;
	*ret_median = estimate.median;
	return true;
}

static double highest_of(const struct sweep *sweep, enum figure_id id)
{
	double value, highest = 0;

	for (uint32_t i = 0; i < sweep->columns.count; i++)
		for (uint32_t index = 0; index < sweep_size(sweep, 0); index++)
			if (median_at(sweep, id, i, index, &value) && value > highest)
				highest = value;
	return highest;
}

/* Of one parameter: a bar each value and server, from nothing on. */
static void print_chart(const struct sweep *sweep, enum figure_id id, FILE *stream)
{
	double value, highest = highest_of(sweep, id);
	bool unicode = style_unicode(), colors = style_wanted(stream);

	if (highest <= 0)
		return;
	(void)fputc('\n', stream);
	for (uint32_t index = 0; index < sweep_size(sweep, 0); index++) {
		for (uint32_t i = 0; i < sweep->columns.count; i++) {
			if (!median_at(sweep, id, i, index, &value))
				continue;
			(void)fprintf(stream, "%*s  %-*.*s %s%s%s\n", VALUE_WIDTH,
				      i == 0 ? value_text(sweep, 0, index).text : "", CELL_WIDTH,
				      CELL_WIDTH, sweep->columns.items[i].name,
				      style_begin(STYLE_BAR, colors),
				      bar_draw(value / highest, unicode).text,
				      style_end(STYLE_BAR, colors));
		}
	}
}

static void print_knee(const struct sweep *sweep, uint32_t column, FILE *stream)
{
	const struct axis *axis = &sweep->axes[0];
	const char *name = sweep->columns.items[column].name;
	struct knee knee;
	enum saturation saturation = sweep_knee(sweep, column, &knee);

	if (saturation == SATURATION_NONE)
		(void)fprintf(stream, "%s: the rate still rises at the last value\n", name);
	if (saturation != SATURATION_KNEE)
		return;
	(void)fprintf(stream, "%s: at %s %s it has 95 %% of its highest rate, %s/s%s\n", name,
		      axis->parameter->name, value_text(sweep, 0, knee.index).text,
		      count_text(knee.highest).text,
		      knee.falls ? "; at the last value less again" : "");
}

static void print_knees(const struct sweep *sweep, FILE *stream)
{
	if (sweep->axis_count != 1 || !sweep->axes[0].parameter->saturates ||
	    sweep->experiment.rounds == 0)
		return;
	(void)fputc('\n', stream);
	for (uint32_t i = 0; i < sweep->columns.count; i++)
		print_knee(sweep, i, stream);
}

/* What the marks mean, and why what failed did. */
static void print_remarks(const struct sweep *sweep, FILE *stream)
{
	const struct experiment *experiment = &sweep->experiment;
	bool missed = false, bound = false;

	for (uint32_t i = 0; i < experiment->count; i++) {
		const struct series *series = &experiment->series[i];
		const char *marks = series->count > 0 ? marks_of(series) : "";

		missed = missed || marks[0] == '!';
		bound = bound || marks[0] == '~';
	}
	if (missed || bound)
		(void)fputc('\n', stream);
	if (missed)
		(void)fputs("! the rate that was asked for was not held\n", stream);
	if (bound)
		(void)fputs("~ the load was the bottleneck: the server may do better\n", stream);
	for (uint32_t i = 0; i < experiment->count; i++) {
		const struct series *series = &experiment->series[i];

		if (series->reason[0] != '\0')
			(void)fprintf(stream, "\n%s, %s FAILED: %s\n", series->point.title,
				      series->server.name, series->reason);
	}
}

void grid_print_head(const struct sweep *sweep, FILE *stream)
{
	heading_print(&sweep->plan, stream);
	(void)fprintf(stream, "order by seed %llu\n", (unsigned long long)sweep->plan.seed);
	if (sweep->servers.no_uring)
		(void)fprintf(stream, "io_uring is left out: %s\n", sweep->servers.no_uring);
	(void)fflush(stream);
}

void grid_print(const struct sweep *sweep, FILE *stream)
{
	const struct figure_list *list = &sweep->options->figures;

	for (uint32_t i = 0; i < list->count; i++) {
		if (sweep->axis_count == 1)
			print_table(sweep, list->ids[i], stream);
		else
			for (uint32_t column = 0; column < sweep->columns.count; column++)
				print_grid(sweep, list->ids[i], column, stream);
		if (i == 0 && sweep->axis_count == 1)
			print_chart(sweep, list->ids[i], stream);
	}
	print_knees(sweep, stream);
	print_remarks(sweep, stream);
	heading_print_end(&sweep->experiment, stream);
}
