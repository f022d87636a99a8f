#include "jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
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

/* What the command line says of jobs. */
struct request {
	const char *path; /* NULL: nothing */
	struct string_list sections;
	bool only_show;
};

struct job {
	const struct job_section *section;
	struct command_line line;
};

/* The sections that are to run. */
struct sequence {
	struct job_file file;
	struct job *jobs;
	uint32_t count;
};

static int request_read(const struct command_line *typed, struct request *ret_request)
{
	int error = 0;

	*ret_request = (struct request){ .path = NULL };
	for (uint32_t i = 0; !error && i < typed->use_count; i++) {
		const struct option_use *use = &typed->uses[i];

		if (!job_option_is(use->row))
			continue;
		if (strcmp(use->row->name, "job") == 0)
			ret_request->path = use->value;
		else if (strcmp(use->row->name, "section") == 0)
			error = string_list_add(&ret_request->sections, use->value);
		else
			ret_request->only_show = true;
	}
	return error;
}

static bool is_job(const struct job_section *section)
{
	return strcmp(section->name, JOB_FILE_GLOBAL) != 0;
}

/* "steady, burst" */
static const char *sections_join(const struct job_file *file, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < file->section_count && used < size; i++)
		if (is_job(&file->sections[i]))
			used += (size_t)snprintf(text + used, size - used, "%s%s",
						 used > 0 ? ", " : "", file->sections[i].name);
	return text;
}

static int job_add(struct sequence *sequence, const struct job_section *section)
{
	struct job *jobs = reallocarray(sequence->jobs, sequence->count + 1, sizeof(*jobs));

	if (!jobs)
		return -ENOMEM;
	jobs[sequence->count++] = (struct job){ .section = section };
	sequence->jobs = jobs;
	return 0;
}

static int job_add_named(struct sequence *sequence, const char *name, struct error *ret_error)
{
	const struct job_section *section = job_file_find(&sequence->file, name);
	char names[256];

	if (section && is_job(section))
		return job_add(sequence, section);
	if (section)
		return error_set(ret_error, -EINVAL,
				 "--section %s: it is what all sections share; there are %s", name,
				 sections_join(&sequence->file, names, sizeof(names)));
	return error_set(ret_error, -EINVAL, "--section %s: %s has no such section; there are %s",
			 name, sequence->file.path,
			 sections_join(&sequence->file, names, sizeof(names)));
}

static int jobs_add_all(struct sequence *sequence, struct error *ret_error)
{
	const struct job_file *file = &sequence->file;
	int error = 0;

	for (uint32_t i = 0; !error && i < file->section_count; i++)
		if (is_job(&file->sections[i]))
			error = job_add(sequence, &file->sections[i]);
	if (!error && sequence->count == 0)
		return error_set(ret_error, -EINVAL,
				 "%s: there is no job in it; a job is a section: [NAME]",
				 file->path);
	return error;
}

/* Those that are named, in the order of their naming, or all in that of the file. */
static int jobs_choose(struct sequence *sequence, const struct request *request,
		       struct error *ret_error)
{
	int error = 0;

	if (request->sections.count == 0)
		return jobs_add_all(sequence, ret_error);
	for (uint32_t i = 0; !error && i < request->sections.count; i++)
		error = job_add_named(sequence, request->sections.items[i], ret_error);
	return error;
}

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

static int files_check(const struct sequence *sequence, struct error *ret_error)
{
	int error = 0;

	for (uint32_t i = 0; i < sequence->count; i++)
		for (uint32_t j = i + 1; !error && j < sequence->count; j++)
			error = pair_check(&sequence->jobs[i], &sequence->jobs[j], ret_error);
	return error;
}

static int sequence_make(struct sequence *sequence, const struct option_table *table,
			 const struct command_line *typed, const struct request *request,
			 struct error *ret_error)
{
	int error = job_file_read(request->path, &sequence->file, ret_error);

	if (!error)
		error = jobs_choose(sequence, request, ret_error);
	for (uint32_t i = 0; !error && i < sequence->count; i++)
		error = job_command_line(table, &sequence->file, sequence->jobs[i].section, typed,
					 &sequence->jobs[i].line, ret_error);
	if (!error)
		error = files_check(sequence, ret_error);
	return error;
}

static void sequence_finish(struct sequence *sequence)
{
	for (uint32_t i = 0; i < sequence->count; i++)
		command_line_finish(&sequence->jobs[i].line);
	free(sequence->jobs);
	job_file_finish(&sequence->file);
}

static int sequence_show(const struct sequence *sequence)
{
	for (uint32_t i = 0; i < sequence->count; i++) {
		printf("# %s\n", sequence->jobs[i].section->name);
		if (command_line_print(&sequence->jobs[i].line, stdout) != 0)
			return fail(EXIT_CANNOT, "out of memory");
	}
	return EXIT_GOOD;
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

static int sequence_run(const struct sequence *sequence, jobs_runner *runner)
{
	int gravest = EXIT_GOOD;

	for (uint32_t i = 0; i < sequence->count && gravest < EXIT_SIGNAL; i++) {
		const struct job *job = &sequence->jobs[i];
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

static int request_run(const struct option_table *table, const struct command_line *typed,
		       const struct request *request, jobs_runner *runner)
{
	struct sequence sequence = { .count = 0 };
	struct error reason = { "out of memory" };
	int exit_code;

	if (command_line_try(typed, table, &reason) != 0)
		return fail_usage(EXIT_CANNOT, "%s", reason.text);
	if (sequence_make(&sequence, table, typed, request, &reason) != 0)
		exit_code = fail(EXIT_CANNOT, "%s", reason.text);
	else if (request->only_show)
		exit_code = sequence_show(&sequence);
	else
		exit_code = sequence_run(&sequence, runner);
	sequence_finish(&sequence);
	return exit_code;
}

/* A command line that its own parser has no complaint about. */
static int typed_run(const struct option_table *table, const struct command_line *typed, int argc,
		     char **argv, jobs_runner *runner)
{
	struct request request;
	int exit_code;

	if (request_read(typed, &request) != 0)
		exit_code = fail(EXIT_CANNOT, "out of memory");
	else if (request.path)
		exit_code = request_run(table, typed, &request, runner);
	else if (request.sections.count > 0 || request.only_show)
		exit_code = fail_usage(EXIT_CANNOT, "--%s is about a job file: --job FILE",
				       request.only_show ? "showcmd" : "section");
	else
		exit_code = runner(argc, argv);
	free(request.sections.items);
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
