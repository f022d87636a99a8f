#include "table.h"

#include <string.h>

#include "base/unit.h"
#include "experiment/heading.h"

/* Of titles and names of servers, at least. */
#define TITLE_WIDTH_MIN 28
#define NAME_WIDTH_MIN 22

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

/* A comparison on its way to a stream, with the widths of its first columns. */
struct table {
	const struct comparison *comparison;
	FILE *stream;
	int title_width, name_width;
};

static void widen(int *width, size_t length)
{
	if ((int)length > *width)
		*width = (int)length;
}

static struct table table_make(const struct comparison *comparison, FILE *stream)
{
	const struct server_list *servers = &comparison->servers;
	struct table table = { comparison, stream, TITLE_WIDTH_MIN, NAME_WIDTH_MIN };

	for (uint32_t i = 0; i < comparison->points->count; i++)
		widen(&table.title_width, strlen(comparison->points->items[i].title));
	for (uint32_t i = 0; i < servers->count; i++)
		widen(&table.name_width, strlen(servers->items[i].name));
	for (uint32_t i = 0; i < comparison->ratio_count; i++)
		widen(&table.name_width,
		      strlen(servers->items[comparison->ratios[i].over].name) + 1 +
			      strlen(servers->items[comparison->ratios[i].under].name));
	return table;
}

/* The first two columns of a row. */
static void print_names(const struct table *table, const char *title, const char *name)
{
	(void)fprintf(table->stream, "%-*s %-*s", table->title_width, title, table->name_width,
		      name);
}

static void print_columns(const struct table *table)
{
	(void)fputc('\n', table->stream);
	print_names(table, "", "");
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		(void)fprintf(table->stream, " %*s", columns[i].width, columns[i].head);
	(void)fputc('\n', table->stream);
	print_names(table, "", "");
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		(void)fprintf(table->stream, " %*s", columns[i].width, columns[i].second_head);
	(void)fputc('\n', table->stream);
}

/* A figure that is not known has its place, so that the next one stays below its head. */
static void print_figure(const struct table *table, const struct series *series,
			 const struct column *column)
{
	struct estimate estimate;

	if (series_figure(series, column->figure, &estimate) == 0)
		(void)fprintf(table->stream, " %*s", column->width,
			      column->text(estimate.median).text);
	else
		(void)fprintf(table->stream, " %*s", column->width, "-");
}

static void print_series(const struct table *table, const struct series *series, const char *title)
{
	FILE *stream = table->stream;

	print_names(table, title, series->server.name);
	for (size_t i = 0; i < COLUMN_COUNT && series->count > 0; i++)
		print_figure(table, series, &columns[i]);
	if (series->reason[0] != '\0')
		(void)fprintf(stream, "  FAILED: %s", series->reason);
	(void)fputc('\n', stream);
	if (series->count > 0 && series->trials[0].remark)
		(void)fprintf(stream, "%-*s %s\n", table->title_width, "",
			      series->trials[0].remark);
}

static void print_interval(const char *name, const struct estimate *estimate, FILE *stream)
{
	if (estimate->coverage >= STATISTICS_CONFIDENCE)
		(void)fprintf(stream, "  %s %.2f to %.2f", name, estimate->low, estimate->high);
}

static void print_ratio(const struct table *table, const struct series *over,
			const struct series *under)
{
	bool cpu_known;
	struct estimate rate, cpu;
	char name[2 * SERVER_NAME_MAX + 2];

	if (series_ratio(over, under, FIGURE_RATE, &rate) < 0)
		return;
	cpu_known = series_ratio(over, under, FIGURE_SERVER_CPU, &cpu) == 0;
	(void)snprintf(name, sizeof(name), "%s/%s", over->server.name, under->server.name);
	print_names(table, "", name);
	(void)fprintf(table->stream, " %8.2f %9s %9s", rate.median, "", "");
	if (cpu_known)
		(void)fprintf(table->stream, " %12.2f", cpu.median);
	print_interval("rate", &rate, table->stream);
	if (cpu_known)
		print_interval("CPU", &cpu, table->stream);
	(void)fputc('\n', table->stream);
}

static void print_ratios(const struct table *table, uint32_t point)
{
	const struct comparison *comparison = table->comparison;

	for (uint32_t i = 0; i < comparison->ratio_count; i++) {
		const struct ratio *ratio = &comparison->ratios[i];
		const struct series *over = comparison_series(comparison, point, ratio->over);
		const struct series *under = comparison_series(comparison, point, ratio->under);

		if (over && under)
			print_ratio(table, over, under);
	}
}

static void print_point(const struct table *table, uint32_t point)
{
	const struct comparison *comparison = table->comparison;
	const char *title = comparison->points->items[point].title;

	for (uint32_t i = 0; i < comparison->servers.count; i++) {
		const struct series *series = comparison_series(comparison, point, i);

		if (!series)
			continue;
		print_series(table, series, title);
		title = "";
	}
	print_ratios(table, point);
}

void table_print_rows(const struct comparison *comparison, FILE *stream)
{
	struct table table = table_make(comparison, stream);

	print_columns(&table);
	for (uint32_t i = 0; i < comparison->points->count; i++)
		print_point(&table, i);
	heading_print_end(&comparison->experiment, stream);
}
