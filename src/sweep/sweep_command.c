/* ringside sweep: servers over a range of a parameter or two. */
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "experiment/ending.h"
#include "experiment/interrupt.h"
#include "experiment/progress.h"
#include "sweep/grid.h"
#include "sweep/options.h"
#include "sweep/sweep.h"

/* Enough rounds that the interval of a median is an interval. */
static const struct measuring_standard standard = {
	.rounds = 6,
	.quick_rounds = 3,
	.duration_ns = 500 * NS_PER_MS,
	.quick_duration_ns = 200 * NS_PER_MS,
	.omit_ns = 100 * NS_PER_MS,
	.quick_omit_ns = 50 * NS_PER_MS,
};

static int tell(const struct sweep *sweep, bool table, int argc, char **argv)
{
	const char *path = sweep->options->json;
	struct error reason;

	if (table)
		grid_print(sweep, stdout);
	if (path && json_save(sweep_to_json(sweep, argc, argv), path, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	return experiment_ending(&sweep->experiment);
}

static int measure(struct sweep *sweep, int argc, char **argv)
{
	const char *json = sweep->options->json;
	bool table = !json || strcmp(json, "-") != 0;
	struct error reason;
	int error;

	if (table)
		grid_print_head(sweep, stdout);
	error = experiment_run(&sweep->experiment, &reason);
	progress_end();
	if (error < 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	return tell(sweep, table, argc, argv);
}

static int run(const struct sweep_options *options, int argc, char **argv)
{
	static struct sweep sweep;
	struct error reason;
	int exit_code;

	if (json_try_path(options->json, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	interrupt_watch();
	if (sweep_init(options, &sweep, &reason) < 0)
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	else
		exit_code = measure(&sweep, argc, argv);
	sweep_finish(&sweep);
	return exit_code;
}

int command_sweep(int argc, char **argv)
{
	struct sweep_options options = { 0 };
	struct error reason;
	int exit_code;

	if (options_parse(&sweep_option_table, argc, argv, &options, &reason) < 0) {
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	} else {
		measuring_resolve(&options.measuring, &standard);
		exit_code = run(&options, argc, argv);
	}
	options_finish(&sweep_option_table, &options);
	return exit_code;
}
