/* ringside bench: a server and a load on this host, for each backend, as one table. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "comparison.h"
#include "disturbance.h"
#include "options.h"
#include "report.h"
#include "table.h"

#define CLEAR_LINE "\r\033[K"

/* Somebody who watches sees what is measured now. */
static void progress(const struct comparison *comparison, uint32_t workload, uint32_t round,
		     uint32_t server)
{
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, CLEAR_LINE "%s, round %u of %u: %s",
			      workloads[workload].title, round + 1, comparison->options->rounds,
			      comparison->servers[server].name);
}

static void progress_end(void)
{
	if (isatty(STDERR_FILENO))
		(void)fputs(CLEAR_LINE, stderr);
}

/* Every other round in reverse, so that whoever comes second does so as often as first. */
static void measure_workload(struct comparison *comparison, uint32_t workload)
{
	for (uint32_t round = 0; round < comparison->options->rounds; round++) {
		for (uint32_t i = 0; i < comparison->server_count; i++) {
			uint32_t server = round % 2 == 0 ? i : comparison->server_count - 1 - i;

			progress(comparison, workload, round, server);
			comparison_try(comparison, workload, server);
		}
	}
	progress_end();
}

static int write_json(const struct comparison *comparison)
{
	struct error reason;

	if (json_save(report_make(comparison), comparison->options->json, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	return EXIT_GOOD;
}

static void measure_all(struct comparison *comparison, bool table)
{
	struct disturbance disturbance;
	bool watched = disturbance_begin(&disturbance) == 0;

	if (table)
		table_print_head(comparison, stdout);
	for (uint32_t i = 0; i < workload_count; i++) {
		if (!(comparison->options->workloads >> i & 1))
			continue;
		measure_workload(comparison, i);
		if (table)
			table_print_workload(comparison, i, stdout);
	}
	if (!watched || disturbance_end(&disturbance, &comparison->disturbance) < 0)
		comparison->disturbance = NAN;
	if (table)
		table_print_tail(comparison, stdout);
}

static int measure(struct comparison *comparison)
{
	const struct bench_options *options = comparison->options;
	int exit_code = EXIT_GOOD;

	measure_all(comparison, !options->json || strcmp(options->json, "-") != 0);
	if (options->json)
		exit_code = write_json(comparison);
	if (exit_code == EXIT_GOOD && comparison_failed(comparison))
		exit_code = fail(EXIT_CANNOT, "not everything could be measured: see FAILED above");
	return exit_code;
}

static int run(const struct bench_options *options)
{
	struct comparison comparison;
	struct error reason;
	int exit_code;

	if (json_try_path(options->json, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	if (comparison_init(options, &comparison, &reason) < 0)
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	else
		exit_code = measure(&comparison);
	comparison_finish(&comparison);
	return exit_code;
}

int command_bench(int argc, char **argv)
{
	struct bench_options options = { 0 };
	struct error reason;
	int exit_code;

	if (options_parse(&bench_option_table, argc, argv, &options, &reason) < 0) {
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	} else {
		bench_options_resolve(&options);
		exit_code = run(&options);
	}
	options_finish(&bench_option_table, &options);
	return exit_code;
}
