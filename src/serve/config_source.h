/*
 * Where the configuration comes from: the command line, and the file that it names by --config. In
 * the file every option is an entry by its long name, and "listen" is a SERVICE+URL:
 *
 *	[serve]
 *	listen = echo+tcp://[::]:7777
 *	threads = 2
 *	verbose = true
 *
 * Of an option with one value that of the command line wins; of one that may be given many times
 * all are in effect, the command line's last; SERVICE+URLs of the command line stand in place of
 * the file's.
 */
#ifndef SERVE_CONFIG_SOURCE_H
#define SERVE_CONFIG_SOURCE_H

#include <stdbool.h>

#include "base/command_line.h"
#include "base/error.h"
#include "base/job.h"
#include "base/job_file.h"
#include "options.h"

/* The one section of a file. */
#define CONFIG_SECTION "serve"

struct config_source {
	const char *path; /* of --config; NULL: there is no file */
	bool check, print;
	int argc;
	char **argv;		   /* the caller's */
	struct command_line typed; /* what argv says */
	struct job_file file;
	struct command_line line; /* of both */
	char **words;		  /* that line, as options_parse() takes it; values point here */
};

/* See which file argv names and what is to be done with it. What is wrong with argv is left to
 * config_source_parse(). config_source_finish() frees it, also on failure, and not before the
 * options. Errors: ENOMEM, EINVAL (two requests that exclude each other), with a sentence. */
int config_source_init(struct config_source *ret_source, int argc, char **argv,
		       struct error *ret_error);
void config_source_finish(struct config_source *source);

/* Read the file, if there is one. Errors: those of job_file_read(), EINVAL (other sections than
 * ours), with a sentence that begins with PATH or PATH:LINE. */
int config_source_read(struct config_source *source, struct error *ret_error);

/* The entries of the file that was read. */
const struct job_section *config_source_section(const struct config_source *source);

/* The options of both, once the file has been read. Errors: those of job_command_line() and
 * options_parse(), with a sentence. */
int config_source_parse(struct config_source *source, struct serve_options *ret_options,
			struct error *ret_error);

/* Begin a sentence about the options with PATH:LINE of the entry that it is about, or PATH. Nothing
 * happens without a file. */
void config_source_place(const struct config_source *source, struct error *error);

#endif
