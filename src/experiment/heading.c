#include "experiment/heading.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/unit.h"

/* From here on the figures say more about the neighbours than about the servers. */
#define DISTURBANCE_MAX 0.05

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

void heading_print(const struct experiment_plan *plan, FILE *stream)
{
	struct utsname host;

	(void)uname(&host);
	(void)fprintf(stream, "Linux %s, ", host.release);
	if (plan->round_count > 0)
		(void)fprintf(stream, "%u round%s", plan->round_count,
			      plan->round_count == 1 ? "" : "s");
	else
		(void)fprintf(stream, "trials");
	(void)fprintf(stream, " of %s after %s of warm-up", duration_exact(plan->duration_ns).text,
		      duration_exact(plan->omit_ns).text);
	print_place(&plan->place, stream);
}

void heading_print_extent(const struct experiment *experiment, FILE *stream)
{
	const struct experiment_plan *plan = experiment->plan;
	uint64_t expected_ns = plan->round_count * experiment_round_ns(experiment);

	(void)fprintf(stream, "%u trials in each round, %u in all: about %.0f s", experiment->count,
		      plan->round_count * experiment->count, (double)expected_ns / NS_PER_S);
	if (plan->budget_ns > 0 && plan->budget_ns < expected_ns)
		(void)fprintf(stream, ", ended by the time budget of %s",
			      duration_exact(plan->budget_ns).text);
	(void)fputc('\n', stream);
	(void)fflush(stream);
}

/* Did it end before its time, and not because nothing was left to be tried? */
static bool is_cut_short(const struct experiment *experiment)
{
	uint32_t good = 0;

	for (uint32_t i = 0; i < experiment->count; i++)
		good += experiment->series[i].reason[0] == '\0';
	return experiment->rounds < experiment->plan->round_count &&
	       (good > 0 || experiment->interrupted);
}

void heading_print_end(const struct experiment *experiment, FILE *stream)
{
	if (is_cut_short(experiment))
		(void)fprintf(stream, "\n%u of %u rounds were run: %s.\n", experiment->rounds,
			      experiment->plan->round_count,
			      experiment->interrupted ? "it was interrupted"
						      : "the time budget was used up");
	if (experiment->disturbance > DISTURBANCE_MAX)
		(void)fprintf(stream,
			      "\nOther programs, or this machine's host, took %.0f %% of the CPUs "
			      "meanwhile:\nmeasure again when they are quiet.\n",
			      100 * experiment->disturbance);
}
