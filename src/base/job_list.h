/* The jobs that a command line names: sections of a job file, in the order they are to run. For
 * commands whose table has JOB_ROWS. */
#ifndef BASE_JOB_LIST_H
#define BASE_JOB_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/job.h"

/* What a command line says of jobs. */
struct job_request {
	const char *path; /* NULL: nothing */
	struct string_list sections;
	bool only_show;
};

/* Take it out of a command line; job_request_finish() frees it, also after a failure.
 * Errors: EINVAL, with a sentence: a section without a file; ENOMEM. */
int job_request_read(const struct command_line *typed, struct job_request *ret_request,
		     struct error *ret_error);
void job_request_finish(struct job_request *request);

struct job {
	const struct job_section *section;
	struct command_line line;
};

struct job_list {
	struct job_file file;
	struct job *jobs;
	uint32_t count;
};

/*
 * Read the file of a request, and make a command line of each section that it names, or of all.
 * The result lives no longer than typed; job_list_finish() frees it, also after a failure.
 * Errors: those of job_file_read() and job_command_line(); EINVAL: there is no such section, or
 * none at all; with a sentence.
 */
int job_list_make(const struct option_table *table, const struct command_line *typed,
		  const struct job_request *request, struct job_list *ret_list,
		  struct error *ret_error);
void job_list_finish(struct job_list *list);

/* Print the command lines, each below its name, for --showcmd. Errors: ENOMEM. */
int job_list_print(const struct job_list *list, FILE *stream);

#endif
