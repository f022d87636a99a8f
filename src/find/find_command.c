/* ringside find: the highest rate that keeps objectives. */
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "experiment/heading.h"
#include "experiment/interrupt.h"
#include "experiment/progress.h"
#include "find/finding.h"
#include "find/hunt.h"
#include "find/options.h"
#include "find/steps.h"

/* Is standard output for the table? */
static bool is_for_people(const struct find_options *options)
{
	return !options->plain && !(options->json && strcmp(options->json, "-") == 0);
}

/* What was found goes to standard output; what was not, to standard error. */
static int tell(const struct hunt *hunt, const char *trouble, int argc, char **argv)
{
	const struct find_options *options = hunt->options;
	struct finding finding;
	struct error reason;

	finding_make(hunt, trouble, &finding);
	if (options->json &&
	    json_save(finding_to_json(hunt, &finding, argc, argv), options->json, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	if (is_for_people(options))
		heading_print_end(&hunt->experiment, stdout);
	if (finding.exit_code != EXIT_GOOD)
		return fail(finding.exit_code, "%s", finding.text);
	if (options->plain)
		(void)printf("%llu\n", (unsigned long long)finding.rate);
	else if (is_for_people(options))
		(void)printf("\n%s.\n", finding.text);
	return EXIT_GOOD;
}

static int search(struct hunt *hunt, int argc, char **argv)
{
	struct error reason;
	int error;

	hunt->before = steps_progress;
	if (is_for_people(hunt->options)) {
		hunt->after = steps_print;
		steps_print_head(hunt);
	}
	error = hunt_run(hunt, &reason);
	progress_end();
	return tell(hunt, error < 0 ? reason.text : NULL, argc, argv);
}

static int run(const struct find_options *options, int argc, char **argv)
{
	static struct hunt hunt;
	struct error reason;
	int exit_code;

	if (json_try_path(options->json, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	interrupt_watch();
	if (hunt_init(options, &hunt, &reason) < 0)
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	else
		exit_code = search(&hunt, argc, argv);
	hunt_finish(&hunt);
	return exit_code;
}

int command_find(int argc, char **argv)
{
	struct find_options options = { 0 };
	struct error reason;
	int exit_code;

	if (options_parse(&find_option_table, argc, argv, &options, &reason) < 0 ||
	    find_options_check(&options, &reason) < 0) {
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	} else {
		find_options_resolve(&options);
		exit_code = run(&options, argc, argv);
	}
	options_finish(&find_option_table, &options);
	return exit_code;
}
