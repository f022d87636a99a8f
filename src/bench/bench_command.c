/* ringside bench: servers and a load on this host, as one table. */
#include <string.h>

#include "base/job_list.h"
#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "comparison.h"
#include "experiment/ending.h"
#include "experiment/interrupt.h"
#include "experiment/progress.h"
#include "options.h"
#include "sections.h"
#include "table.h"

static int tell(const struct comparison *comparison, bool table, int argc, char **argv)
{
	const char *path = comparison->options->json;
	struct error reason;

	if (table)
		table_print_rows(comparison, stdout);
	if (path && json_save(comparison_to_json(comparison, argc, argv), path, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	return experiment_ending(&comparison->experiment);
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

/* What was asked for: options, and points that they, or a job file's sections, name. */
static int run(const struct bench_options *options, const struct point_list *points, int argc,
	       char **argv)
{
	static struct comparison comparison;
	struct error reason;
	int exit_code;

	if (json_try_path(options->json, &reason) < 0)
		return fail(EXIT_CANNOT, "--json: %s", reason.text);
	interrupt_watch();
	if (comparison_init(options, points, &comparison, &reason) < 0)
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	else
		exit_code = measure(&comparison, argc, argv);
	comparison_finish(&comparison);
	return exit_code;
}

static int plain_run(int argc, char **argv)
{
	static struct point_list points;
	struct bench_options options = { 0 };
	struct error reason;
	int exit_code, error;

	error = options_parse(&bench_option_table, argc, argv, &options, &reason);
	if (!error) {
		bench_options_resolve(&options);
		error = matrix_points(&options.matrix, &points, &reason);
	}
	exit_code = error ? fail_usage(EXIT_CANNOT, "%s", reason.text)
			  : run(&options, &points, argc, argv);
	options_finish(&bench_option_table, &options);
	return exit_code;
}

static int sections_run(const struct job_list *jobs, int argc, char **argv)
{
	static struct sections sections;
	struct error reason;
	int exit_code;

	if (sections_read(jobs, &sections, &reason) < 0)
		exit_code = fail(EXIT_CANNOT, "%s", reason.text);
	else
		exit_code = run(&sections.options, &sections.points, argc, argv);
	sections_finish(&sections);
	return exit_code;
}

static int jobs_show(const struct job_list *jobs)
{
	return job_list_print(jobs, stdout) == 0 ? EXIT_GOOD : fail(EXIT_CANNOT, "out of memory");
}

static int file_run(const struct command_line *typed, const struct job_request *request, int argc,
		    char **argv)
{
	struct job_list jobs;
	struct error reason = { "out of memory" };
	int exit_code;

	if (command_line_try(typed, &bench_option_table, &reason) != 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (job_list_make(&bench_option_table, typed, request, &jobs, &reason) != 0)
		exit_code = fail(EXIT_CANNOT, "%s", reason.text);
	else
		exit_code = request->only_show ? jobs_show(&jobs) : sections_run(&jobs, argc, argv);
	job_list_finish(&jobs);
	return exit_code;
}

static int typed_run(const struct command_line *typed, int argc, char **argv)
{
	struct job_request request;
	struct error reason;
	int exit_code;

	if (job_request_read(typed, &request, &reason) != 0)
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	else if (request.path)
		exit_code = file_run(typed, &request, argc, argv);
	else
		exit_code = plain_run(argc, argv);
	job_request_finish(&request);
	return exit_code;
}

int command_bench(int argc, char **argv)
{
	struct command_line typed;
	int exit_code;

	/* What cannot be taken apart is the parser's to explain. */
	if (command_line_read(&bench_option_table, argc, argv, &typed) == 0)
		exit_code = typed_run(&typed, argc, argv);
	else
		exit_code = plain_run(argc, argv);
	command_line_finish(&typed);
	return exit_code;
}
