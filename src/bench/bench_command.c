/* ringside bench: servers and a load on this host, as one table. */
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "comparison.h"
#include "experiment/interrupt.h"
#include "experiment/progress.h"
#include "options.h"
#include "table.h"

static int tell(const struct comparison *comparison, bool table, int argc, char **argv)
{
	const char *path = comparison->options->json;
	struct error reason;

	if (table)
		table_print_rows(comparison, stdout);
	if (path && json_save(comparison_to_json(comparison, argc, argv), path, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	if (interrupt_signal())
		return EXIT_SIGNAL + interrupt_signal();
	if (experiment_failed(&comparison->experiment))
		return fail(EXIT_CANNOT, "not everything could be measured: see FAILED above");
	return EXIT_GOOD;
}

static int measure(struct comparison *comparison, int argc, char **argv)
{
	const char *json = comparison->options->json;
	bool table = !json || strcmp(json, "-") != 0;
	struct error reason;
	int error;

	if (table)
		table_print_head(comparison, stdout);
	error = experiment_run(&comparison->experiment, &reason);
	progress_end();
	if (error < 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	return tell(comparison, table, argc, argv);
}

static int run(const struct bench_options *options, int argc, char **argv)
{
	static struct comparison comparison;
	struct error reason;
	int exit_code;

	if (json_try_path(options->json, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	interrupt_watch();
	if (comparison_init(options, &comparison, &reason) < 0)
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	else
		exit_code = measure(&comparison, argc, argv);
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
		exit_code = run(&options, argc, argv);
	}
	options_finish(&bench_option_table, &options);
	return exit_code;
}
