/* ringside noise: how much figures scatter on this host, and what to do about it. */
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "experiment/ending.h"
#include "experiment/interrupt.h"
#include "experiment/progress.h"
#include "noise.h"

static int tell(struct noise *noise, bool table, int argc, char **argv)
{
	const char *path = noise->options->json;
	struct error reason;

	if (table)
		noise_print(noise, stdout);
	if (path && json_save(noise_to_json(noise, argc, argv), path, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	return experiment_ending(&noise->experiment);
}

static int measure(struct noise *noise, int argc, char **argv)
{
	const char *json = noise->options->json;
	bool table = !json || strcmp(json, "-") != 0;
	struct error reason;
	int error;

	if (table)
		noise_print_head(noise, stdout);
	error = noise_run(noise, &reason);
	progress_end();
	if (error < 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	return tell(noise, table, argc, argv);
}

static int run(const struct noise_options *options, int argc, char **argv)
{
	static struct noise noise;
	struct error reason;
	int exit_code;

	if (json_try_path(options->json, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	interrupt_watch();
	if (noise_init(options, &noise, &reason) < 0)
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	else
		exit_code = measure(&noise, argc, argv);
	noise_finish(&noise);
	return exit_code;
}

int command_noise(int argc, char **argv)
{
	struct noise_options options = { 0 };
	struct error reason;
	int exit_code;

	if (options_parse(&noise_option_table, argc, argv, &options, &reason) < 0) {
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	} else {
		noise_options_resolve(&options);
		exit_code = run(&options, argc, argv);
	}
	options_finish(&noise_option_table, &options);
	return exit_code;
}
