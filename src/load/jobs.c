#include "jobs.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/job_list.h"
#include "base/log.h"
#include "base/save.h"
#include "commands.h"

/* Options that name a file which a run writes. */
struct file_option {
	const char *name;
	bool has_format; /* FORMAT=FILE */
};

static const struct file_option file_options[] = {
	{ "json", false },
	{ "json-stream", false },
	{ "output", true },
};

/* The file that a use of an option writes; NULL: none. */
static const char *written_file(const struct option_use *use)
{
	for (size_t i = 0; use->value && i < ARRAY_SIZE(file_options); i++) {
		const char *path = use->value;

		if (strcmp(use->row->name, file_options[i].name) != 0)
			continue;
		if (file_options[i].has_format)
			path = strchr(path, '=') ? strchr(path, '=') + 1 : path;
		return path;
	}
	return NULL;
}

/* The option by which a line writes a file; NULL: it does not. */
static const char *writer_of(const struct command_line *line, const char *path)
{
	for (uint32_t i = 0; i < line->use_count; i++) {
		const char *written = written_file(&line->uses[i]);

		if (written && strcmp(written, path) == 0)
			return line->uses[i].row->name;
	}
	return NULL;
}

/* The second of two jobs would overwrite what the first one has found. */
static int pair_check(const struct job *first, const struct job *second, struct error *ret_error)
{
	for (uint32_t i = 0; i < first->line.use_count; i++) {
		const char *path = written_file(&first->line.uses[i]);

		if (path && !save_is_standard_output(path) && writer_of(&second->line, path))
			return error_set(ret_error, -EINVAL,
					 "--%s: the jobs %s and %s would both write %s; give each "
					 "a file of its own",
					 writer_of(&second->line, path), first->section->name,
					 second->section->name, path);
	}
	return 0;
}

static int files_check(const struct job_list *list, struct error *ret_error)
{
	int error = 0;

	for (uint32_t i = 0; i < list->count; i++)
		for (uint32_t j = i + 1; !error && j < list->count; j++)
			error = pair_check(&list->jobs[i], &list->jobs[j], ret_error);
	return error;
}

static int job_run(const struct job *job, jobs_runner *runner)
{
	int argc, exit_code;
	char **words = command_line_words(&job->line, &argc);

	if (!words)
		return fail(EXIT_CANNOT, "out of memory");
	exit_code = runner(argc, words);
	words_free(words);
	return exit_code;
}

/* What a job writes to standard output as a file is not to be mixed with headings. */
static void heading_print(const struct job *job, bool is_first)
{
	if (writer_of(&job->line, "-"))
		return;
	printf("%s[%s]\n", is_first ? "" : "\n", job->section->name);
	(void)fflush(stdout);
}

static int sequence_run(const struct job_list *list, jobs_runner *runner)
{
	int gravest = EXIT_GOOD;

	for (uint32_t i = 0; i < list->count && gravest < EXIT_SIGNAL; i++) {
		const struct job *job = &list->jobs[i];
		int exit_code;

		heading_print(job, i == 0);
		exit_code = job_run(job, runner);
		if (exit_code != EXIT_GOOD)
			say("the job %s has ended with %d", job->section->name, exit_code);
		if (exit_code > gravest)
			gravest = exit_code;
	}
	return gravest;
}

static int list_run(const struct job_list *list, bool only_show, jobs_runner *runner)
{
	struct error reason;

	if (files_check(list, &reason) != 0)
		return fail(EXIT_CANNOT, "%s", reason.text);
	if (!only_show)
		return sequence_run(list, runner);
	return job_list_print(list, stdout) == 0 ? EXIT_GOOD : fail(EXIT_CANNOT, "out of memory");
}

static int request_run(const struct option_table *table, const struct command_line *typed,
		       const struct job_request *request, jobs_runner *runner)
{
	struct job_list list;
	struct error reason = { "out of memory" };
	int exit_code;

	if (command_line_try(typed, table, &reason) != 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (job_list_make(table, typed, request, &list, &reason) != 0)
		exit_code = fail(EXIT_CANNOT, "%s", reason.text);
	else
		exit_code = list_run(&list, request->only_show, runner);
	job_list_finish(&list);
	return exit_code;
}

/* A command line that its own parser has no complaint about. */
static int typed_run(const struct option_table *table, const struct command_line *typed, int argc,
		     char **argv, jobs_runner *runner)
{
	struct job_request request;
	struct error reason;
	int exit_code;

	if (job_request_read(typed, &request, &reason) != 0)
		exit_code = fail_usage(EXIT_CANNOT, "%s", reason.text);
	else if (request.path)
		exit_code = request_run(table, typed, &request, runner);
	else
		exit_code = runner(argc, argv);
	job_request_finish(&request);
	return exit_code;
}

int jobs_run(const struct option_table *table, int argc, char **argv, jobs_runner *runner)
{
	struct command_line typed;
	int exit_code;

	/* What cannot be taken apart is the runner's to explain. */
	if (command_line_read(table, argc, argv, &typed) == 0)
		exit_code = typed_run(table, &typed, argc, argv, runner);
	else
		exit_code = runner(argc, argv);
	command_line_finish(&typed);
	return exit_code;
}
