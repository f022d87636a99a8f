/* ringside compare: has what is new become faster, slower, or stayed the same? */
#include <errno.h>
#include <math.h>

#include "advice.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/save.h"
#include "commands.h"
#include "document.h"
#include "duel.h"
#include "experiment/interrupt.h"
#include "floor.h"
#include "markdown.h"
#include "options.h"
#include "pairs.h"
#include "sample/sample.h"
#include "series.h"
#include "table.h"

static int verdict_exit_code(const struct duel *duel)
{
	if (duel->signal)
		return EXIT_SIGNAL + duel->signal;
	if (duel->verdict == DECISION_REGRESSED)
		return EXIT_BAD;
	if (duel->verdict == DECISION_INCONCLUSIVE &&
	    duel->options->inconclusive == INCONCLUSIVE_FAIL)
		return EXIT_INCONCLUSIVE;
	return EXIT_GOOD;
}

static int tell(const struct duel *duel, int argc, char **argv)
{
	const struct compare_options *options = duel->options;
	struct error reason;
	int exit_code = verdict_exit_code(duel);

	if (!compare_is_silent(options))
		duel_print(duel, stdout);
	if (formats_save(duel, &reason) != 0)
		exit_code = fail(EXIT_CANNOT, "--output: %s", reason.text);
	if (options->markdown && markdown_save(duel, options->markdown, &reason) != 0)
		exit_code = fail(EXIT_CANNOT, "--markdown: %s", reason.text);
	if (options->json && json_save(duel_to_json(duel, argc, argv), options->json, &reason) != 0)
		exit_code = fail(EXIT_CANNOT, "--json: %s", reason.text);
	return exit_code;
}

static int read_files(struct duel *duel, struct error *ret_error)
{
	const char *const *files = duel->options->files.items;
	const struct decision_plan plan = { .confidence = duel->options->confidence };
	int error;

	duel->base.name = files[0];
	duel->changed.name = files[1];
	error = sample_set_read(files[0], &duel->base.set, ret_error);
	if (!error)
		error = sample_set_read(files[1], &duel->changed.set, ret_error);
	return error ? error : duel_decide(duel, &plan, ret_error);
}

static int read_series(struct duel *duel, struct error *ret_error)
{
	const struct compare_options *options = duel->options;
	const struct decision_plan plan = { .confidence = options->confidence };
	int error = series_read(options->files.items[0], options->base, options->changed, duel,
				ret_error);

	return error ? error : duel_decide(duel, &plan, ret_error);
}

static int find(struct duel *duel, struct error *ret_error)
{
	const struct compare_options *options = duel->options;

	if (options->a) {
		duel->origin = DUEL_PAIRS;
		interrupt_watch();
		return pairs_measure(duel, ret_error);
	}
	duel->origin = options->base ? DUEL_SERIES : DUEL_FILES;
	return options->base ? read_series(duel, ret_error) : read_files(duel, ret_error);
}

static int find_and_tell(struct duel *duel, const json_t *noise, int argc, char **argv)
{
	struct error reason;
	int error = find(duel, &reason);

	if (error == -EINTR && interrupt_signal())
		return EXIT_SIGNAL + interrupt_signal();
	if (error)
		return fail(EXIT_CANNOT, "%s", reason.text);
	if (advice_add(duel, noise) != 0)
		return fail(EXIT_CANNOT, "out of memory");
	return tell(duel, argc, argv);
}

/* Whether all that is to be written can be is known before anything is measured. */
static int try_paths(const struct compare_options *options)
{
	struct error reason;

	if (json_try_path(options->json, &reason) != 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	if (save_try(options->markdown, &reason) != 0)
		return fail(EXIT_CANNOT, "--markdown: %s", reason.text);
	if (formats_try(&options->outputs, &reason) != 0)
		return fail(EXIT_CANNOT, "--output: %s", reason.text);
	return EXIT_GOOD;
}

static int compare(const struct compare_options *options, int argc, char **argv)
{
	struct duel duel;
	struct error reason;
	json_t *noise = NULL;
	int exit_code = try_paths(options);

	if (exit_code != EXIT_GOOD)
		return exit_code;
	if (options->noise && floor_read(options->noise, &noise, &reason) != 0)
		return fail(EXIT_CANNOT, "--noise: %s", reason.text);
	if (duel_init(options, &duel) == 0)
		exit_code = find_and_tell(&duel, noise, argc, argv);
	else
		exit_code = fail(EXIT_CANNOT, "out of memory");
	duel_finish(&duel);
	json_decref(noise);
	return exit_code;
}

int command_compare(int argc, char **argv)
{
	struct compare_options options = { 0 };
	struct error reason;
	int exit_code;

	if (options_parse(&compare_option_table, argc, argv, &options, &reason) != 0 ||
	    compare_options_check(&options, &reason) != 0)
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	else
		exit_code = compare(&options, argc, argv);
	options_finish(&compare_option_table, &options);
	return exit_code;
}
