#include "table.h"

#include <string.h>

#include "base/unit.h"
#include "experiment/heading.h"

#define TITLE_WIDTH 28
#define NAME_WIDTH 22

/* The columns. */
static const struct column {
	enum figure_id figure;
	int width;
	const char *head, *second_head;
	struct unit_text (*text)(double value);
} columns[] = {
	{ FIGURE_RATE, 8, "messages", "/s", count_text },
	{ FIGURE_P50, 9, "p50", "", duration_text },
	{ FIGURE_P99, 9, "p99", "", duration_text },
	{ FIGURE_SERVER_CPU, 12, "server CPU", "per message", duration_text },
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

void table_print_head(const struct comparison *comparison, FILE *stream)
{
	heading_print(&comparison->plan, stream);
	(void)fprintf(stream, "answers not compared; order by seed %llu\n",
		      (unsigned long long)comparison->plan.seed);
	if (comparison->servers.no_uring)
		(void)fprintf(stream, "io_uring is left out: %s\n", comparison->servers.no_uring);
	(void)fflush(stream);
}

static void print_columns(FILE *stream)
{
	(void)fprintf(stream, "\n%-*s %-*s", TITLE_WIDTH, "", NAME_WIDTH, "");
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		(void)fprintf(stream, " %*s", columns[i].width, columns[i].head);
	(void)fprintf(stream, "\n%-*s %-*s", TITLE_WIDTH, "", NAME_WIDTH, "");
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		(void)fprintf(stream, " %*s", columns[i].width, columns[i].second_head);
	(void)fputc('\n', stream);
}

static void print_remark(const struct series *series, FILE *stream)
{
	if (series->count > 0 && series->trials[0].remark)
		(void)fprintf(stream, "%-*s %s\n", TITLE_WIDTH, "", series->trials[0].remark);
}

static void print_series(const struct series *series, const char *title, FILE *stream)
{
	struct estimate estimate;

	(void)fprintf(stream, "%-*s %-*s", TITLE_WIDTH, title, NAME_WIDTH, series->server.name);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		if (series_figure(series, columns[i].figure, &estimate) == 0)
			(void)fprintf(stream, " %*s", columns[i].width,
				      columns[i].text(estimate.median).text);
	if (series->reason[0] != '\0')
		(void)fprintf(stream, "  FAILED: %s", series->reason);
	(void)fputc('\n', stream);
	print_remark(series, stream);
}

static void print_interval(const char *name, const struct estimate *estimate, FILE *stream)
{
	if (estimate->coverage >= STATISTICS_CONFIDENCE)
		(void)fprintf(stream, "  %s %.2f to %.2f", name, estimate->low, estimate->high);
}

static void print_ratio(const struct series *over, const struct series *under, FILE *stream)
{
	struct estimate rate, cpu;
	char name[2 * SERVER_NAME_MAX + 2];

	if (series_ratio(over, under, FIGURE_RATE, &rate) < 0 ||
	    series_ratio(over, under, FIGURE_SERVER_CPU, &cpu) < 0)
		return;
	(void)snprintf(name, sizeof(name), "%s/%s", over->server.name, under->server.name);
	(void)fprintf(stream, "%-*s %-*s %8.2f %9s %9s %12.2f", TITLE_WIDTH, "", NAME_WIDTH, name,
		      rate.median, "", "", cpu.median);
	print_interval("rate", &rate, stream);
	print_interval("CPU", &cpu, stream);
	(void)fputc('\n', stream);
}

static void print_point(const struct comparison *comparison, uint32_t point, FILE *stream)
{
	const char *title = comparison->points.items[point].title;

	for (uint32_t i = 0; i < comparison->servers.count; i++) {
		const struct series *series = comparison_series(comparison, point, i);

		if (!series)
			continue;
		print_series(series, title, stream);
		title = "";
	}
	for (uint32_t i = 0; i < comparison->ratio_count; i++) {
		const struct ratio *ratio = &comparison->ratios[i];
		const struct series *over = comparison_series(comparison, point, ratio->over);
		const struct series *under = comparison_series(comparison, point, ratio->under);

		if (over && under)
			print_ratio(over, under, stream);
	}
}

void table_print_rows(const struct comparison *comparison, FILE *stream)
{
	print_columns(stream);
	for (uint32_t i = 0; i < comparison->points.count; i++)
		print_point(comparison, i, stream);
	heading_print_end(&comparison->experiment, stream);
}
