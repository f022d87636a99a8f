#include "table.h"

#include <inttypes.h>
#include <sys/utsname.h>

#include "base/unit.h"
#include "child.h"

/* From here on the figures say more about the neighbours than about the servers. */
#define DISTURBANCE_MAX 0.05

static struct unit_text figure_text(enum figure figure, double value)
{
	return figure == FIGURE_RATE ? count_text(value) : duration_text(value);
}

void table_print_head(const struct comparison *comparison, FILE *stream)
{
	const struct bench_options *options = comparison->options;
	struct utsname host;

	(void)uname(&host);
	(void)fprintf(stream, "Linux %s, %u round%s of %s", host.release, options->rounds,
		      options->rounds == 1 ? "" : "s", duration_exact(options->duration_ns).text);
	if (comparison->server_cpu == CHILD_ANY_CPU)
		(void)fprintf(stream, ", server and load share one CPU");
	else
		(void)fprintf(stream, ", server on CPU %d, load on CPU %d", comparison->server_cpu,
			      comparison->load_cpu);
	(void)fprintf(stream, ", answers not compared\n");
	if (comparison->no_uring)
		(void)fprintf(stream, "io_uring is left out: %s\n", comparison->no_uring);
	(void)fprintf(stream, "\n%-28s %-22s %8s %9s %9s %12s\n", "", "", "messages", "p50", "p99",
		      "server CPU");
	(void)fprintf(stream, "%-28s %-22s %8s %9s %9s %12s\n", "", "", "/s", "", "",
		      "per message");
}

static void print_server(const struct comparison *comparison, uint32_t workload, uint32_t server,
			 const char *title, FILE *stream)
{
	const struct cell *cell = comparison_cell(comparison, workload, server);
	static const int widths[FIGURE_COUNT] = { 8, 9, 9, 12 };
	double median;

	(void)fprintf(stream, "%-28s %-22s", title, comparison->servers[server].name);
	for (int figure = 0; figure < FIGURE_COUNT; figure++)
		if (cell_median(cell, (enum figure)figure, &median) == 0)
			(void)fprintf(stream, " %*s", widths[figure],
				      figure_text((enum figure)figure, median).text);
	if (cell->reason[0] != '\0')
		(void)fprintf(stream, "  FAILED: %s", cell->reason);
	(void)fputc('\n', stream);
	if (cell_remark(cell)[0] != '\0')
		(void)fprintf(stream, "%-28s %s\n", "", cell_remark(cell));
}

static void print_interval(const char *name, const struct estimate *estimate, FILE *stream)
{
	if (estimate->coverage >= STATISTICS_CONFIDENCE)
		(void)fprintf(stream, "  %s %.2f to %.2f", name, estimate->low, estimate->high);
}

static void print_ratio(const struct comparison *comparison, uint32_t workload,
			const struct ratio *ratio, FILE *stream)
{
	struct estimate rate, cpu;
	char name[2 * SERVER_NAME_MAX + 2];

	if (comparison_ratio(comparison, workload, ratio, FIGURE_RATE, &rate) < 0 ||
	    comparison_ratio(comparison, workload, ratio, FIGURE_CPU, &cpu) < 0)
		return;
	(void)snprintf(name, sizeof(name), "%s/%s", comparison->servers[ratio->over].name,
		       comparison->servers[ratio->under].name);
	(void)fprintf(stream, "%-28s %-22s %8.2f %9s %9s %12.2f", "", name, rate.median, "", "",
		      cpu.median);
	print_interval("rate", &rate, stream);
	print_interval("CPU", &cpu, stream);
	(void)fputc('\n', stream);
}

void table_print_workload(const struct comparison *comparison, uint32_t workload, FILE *stream)
{
	const char *title = workloads[workload].title;

	for (uint32_t i = 0; i < comparison->server_count; i++) {
		if (!comparison_cell(comparison, workload, i)->wanted)
			continue;
		print_server(comparison, workload, i, title, stream);
		title = "";
	}
	for (uint32_t i = 0; i < comparison->ratio_count; i++)
		print_ratio(comparison, workload, &comparison->ratios[i], stream);
	(void)fflush(stream);
}

void table_print_tail(const struct comparison *comparison, FILE *stream)
{
	if (comparison->disturbance > DISTURBANCE_MAX)
		(void)fprintf(stream,
			      "\nOther programs, or this machine's host, took %.0f %% of the CPUs "
			      "meanwhile:\nmeasure again when they are quiet.\n",
			      100 * comparison->disturbance);
}
