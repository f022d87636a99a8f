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
#include "experiment/interrupt.h"
#include "finding.h"
#include "floor.h"
#include "markdown.h"
#include "options.h"
#include "pairs.h"
#include "sample/sample.h"
#include "series.h"
#include "table.h"

static int verdict_exit_code(const struct finding *finding)
{
	if (finding->signal)
		return EXIT_SIGNAL + finding->signal;
	if (finding->verdict == DECISION_REGRESSED)
		return EXIT_BAD;
	if (finding->verdict == DECISION_INCONCLUSIVE &&
	    finding->options->inconclusive == INCONCLUSIVE_FAIL)
		return EXIT_INCONCLUSIVE;
	return EXIT_GOOD;
}

static int tell(const struct finding *finding, int argc, char **argv)
{
	const struct compare_options *options = finding->options;
	struct error reason;
	int exit_code = verdict_exit_code(finding);

	if (!compare_is_silent(options))
		finding_print(finding, stdout);
	if (formats_save(finding, &reason) != 0)
		exit_code = fail(EXIT_CANNOT, "--output: %s", reason.text);
	if (options->markdown && markdown_save(finding, options->markdown, &reason) != 0)
		exit_code = fail(EXIT_CANNOT, "--markdown: %s", reason.text);
	if (options->json &&
	    json_save(finding_to_json(finding, argc, argv), options->json, &reason) != 0)
		exit_code = fail(EXIT_CANNOT, "--json: %s", reason.text);
	return exit_code;
}

static int read_files(struct finding *finding, struct error *ret_error)
{
	const char *const *files = finding->options->files.items;
	const struct decision_plan plan = { .confidence = finding->options->confidence };
	int error;

	finding->base.name = files[0];
	finding->changed.name = files[1];
	error = sample_set_read(files[0], &finding->base.set, ret_error);
	if (!error)
		error = sample_set_read(files[1], &finding->changed.set, ret_error);
	return error ? error : finding_decide(finding, &plan, ret_error);
}

static int read_series(struct finding *finding, struct error *ret_error)
{
	const struct compare_options *options = finding->options;
	const struct decision_plan plan = { .confidence = options->confidence };
	int error = series_read(options->files.items[0], options->base, options->changed, finding,
				ret_error);

	return error ? error : finding_decide(finding, &plan, ret_error);
}

static int find(struct finding *finding, struct error *ret_error)
{
	const struct compare_options *options = finding->options;

	if (options->a) {
		finding->origin = FINDING_PAIRS;
		interrupt_watch();
		return pairs_measure(finding, ret_error);
	}
	finding->origin = options->base ? FINDING_SERIES : FINDING_FILES;
	return options->base ? read_series(finding, ret_error) : read_files(finding, ret_error);
}

static int find_and_tell(struct finding *finding, const json_t *noise, int argc, char **argv)
{
	struct error reason;
	int error = find(finding, &reason);

	if (error == -EINTR && interrupt_signal())
		return EXIT_SIGNAL + interrupt_signal();
	if (error)
		return fail(EXIT_CANNOT, "%s", reason.text);
	if (advice_add(finding, noise) != 0)
		return fail(EXIT_CANNOT, "out of memory");
	return tell(finding, argc, argv);
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
	struct finding finding;
	struct error reason;
	json_t *noise = NULL;
	int exit_code = try_paths(options);

	if (exit_code != EXIT_GOOD)
		return exit_code;
	if (options->noise && floor_read(options->noise, &noise, &reason) != 0)
		return fail(EXIT_CANNOT, "--noise: %s", reason.text);
	if (finding_init(options, &finding) == 0)
		exit_code = find_and_tell(&finding, noise, argc, argv);
	else
		exit_code = fail(EXIT_CANNOT, "out of memory");
	finding_finish(&finding);
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
