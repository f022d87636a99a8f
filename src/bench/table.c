#include "table.h"

#include <string.h>
#include <sys/utsname.h>

#include "base/unit.h"

/* From here on the figures say more about the neighbours than about the servers. */
#define DISTURBANCE_MAX 0.05

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

static void print_cpus(const char *what, const struct cpu_list *cpus, FILE *stream)
{
	(void)fprintf(stream, ", %s on CPU", what);
	for (uint32_t i = 0; i < cpus->count; i++)
		(void)fprintf(stream, "%s%u", i > 0 ? "," : " ", cpus->cpus[i]);
}

static void print_place(const struct place *place, FILE *stream)
{
	if (place->server_cpus.count > 0)
		print_cpus("server", &place->server_cpus, stream);
	if (place->load_cpus.count > 0)
		print_cpus("load", &place->load_cpus, stream);
	if (!place->apart)
		(void)fprintf(stream, ", server and load share CPUs");
	(void)fprintf(stream, "%s\n", place->server_network > 0 ? ", joined by veth" : "");
}

void table_print_head(const struct comparison *comparison, FILE *stream)
{
	const struct experiment_plan *plan = &comparison->plan;
	struct utsname host;

	(void)uname(&host);
	(void)fprintf(stream, "Linux %s, %u round%s of %s after %s of warm-up", host.release,
		      plan->round_count, plan->round_count == 1 ? "" : "s",
		      duration_exact(plan->duration_ns).text, duration_exact(plan->omit_ns).text);
	print_place(&plan->place, stream);
	(void)fprintf(stream, "answers not compared; order by seed %llu\n",
		      (unsigned long long)plan->seed);
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

static void print_tail(const struct experiment *experiment, FILE *stream)
{
	if (experiment->rounds < experiment->plan->round_count && !experiment_failed(experiment))
		(void)fprintf(stream, "\nThese are %u rounds of %u: %s.\n", experiment->rounds,
			      experiment->plan->round_count,
			      experiment->interrupted ? "it was interrupted"
						      : "the time budget was used up");
	if (experiment->disturbance > DISTURBANCE_MAX)
		(void)fprintf(stream,
			      "\nOther programs, or this machine's host, took %.0f %% of the CPUs "
			      "meanwhile:\nmeasure again when they are quiet.\n",
			      100 * experiment->disturbance);
}

void table_print_rows(const struct comparison *comparison, FILE *stream)
{
	print_columns(stream);
	for (uint32_t i = 0; i < comparison->points.count; i++)
		print_point(comparison, i, stream);
	print_tail(&comparison->experiment, stream);
}
