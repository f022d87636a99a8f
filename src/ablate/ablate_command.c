/* ringside ablate: what each kernel feature is worth on this host. */
#include <errno.h>
#include <string.h>

#include "ablation.h"
#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "effect.h"
#include "experiment/ending.h"
#include "experiment/interrupt.h"
#include "experiment/progress.h"
#include "table.h"

static int tell(struct ablation *ablation, bool table, int argc, char **argv)
{
	const char *path = ablation->options->json;
	struct error reason;

	effects_evaluate(ablation);
	if (table)
		ablation_print_rows(ablation, stdout);
	if (path && json_save(ablation_to_json(ablation, argc, argv), path, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	return experiment_ending(&ablation->experiment);
}

static int measure(struct ablation *ablation, int argc, char **argv)
{
	const char *json = ablation->options->json;
	bool table = !json || strcmp(json, "-") != 0;
	struct error reason;
	int error;

	if (table)
		ablation_print_head(ablation, stdout);
	error = experiment_run(&ablation->experiment, &reason);
	progress_end();
	if (error < 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	return tell(ablation, table, argc, argv);
}

static int run(const struct ablate_options *options, int argc, char **argv)
{
	static struct ablation ablation;
	struct error reason;
	int exit_code, error;

	if (json_try_path(options->json, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	interrupt_watch();
	error = ablation_init(options, &ablation, &reason);
	if (error == -EOPNOTSUPP)
		exit_code = fail(EXIT_SKIPPED, "skipped: %s", reason.text);
	else if (error < 0)
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	else
		exit_code = measure(&ablation, argc, argv);
	ablation_finish(&ablation);
	return exit_code;
}

int command_ablate(int argc, char **argv)
{
	struct ablate_options options = { 0 };
	struct error reason;
	int exit_code;

	if (options_parse(&ablate_option_table, argc, argv, &options, &reason) < 0) {
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	} else {
		ablate_options_resolve(&options);
		exit_code = run(&options, argc, argv);
	}
	options_finish(&ablate_option_table, &options);
	return exit_code;
}
