/*
 * A job: a section of a job file as a command line. Every option of the command's table is an entry
 * by its long name, a flag is true or false or stands alone, "url" is a positional argument, and an
 * option that may be given many times is one entry a time:
 *
 *	[global]				ringside load --connections=50 --size=64 \
 *	connections = 50			    --verify tcp://127.0.0.1:7777
 *	[small]
 *	url = tcp://127.0.0.1:7777
 *	size = 64
 *	verify
 *
 * What [global] has comes first, then what the section has, then what was typed beside --job:
 * of an option that has one value the last one stays, of one that may be given many times all do.
 */
#ifndef BASE_JOB_H
#define BASE_JOB_H

#include "base/command_line.h"
#include "base/error.h"
#include "base/job_file.h"
#include "base/option.h"

/* The entry for positional arguments, unless the table has another name for it. */
#define JOB_ARGUMENT "url"

/* The rows of a command that runs job files; job_help is a string. Their values go nowhere: who
 * runs jobs takes them from the command line before it is parsed. */
#define JOB_ROWS(job_help)                                                             \
	{ .group = "Jobs:",                                                            \
	  .name = "job",                                                               \
	  .argument = "FILE",                                                          \
	  .type = OPTION_CUSTOM,                                                       \
	  .parse = job_option_pass,                                                    \
	  .help = job_help },                                                          \
		{ .name = "section",                                                   \
		  .argument = "NAME",                                                  \
		  .type = OPTION_CUSTOM,                                               \
		  .parse = job_option_pass,                                            \
		  .help = "run this one alone; may be given many times" },             \
	{                                                                              \
		.name = "showcmd", .type = OPTION_CUSTOM, .parse = job_option_pass,    \
		.help = "print the command line of each section instead of running it" \
	}

/* The parser of these rows: takes anything. */
int job_option_pass(const char *text, void *ret_value, struct error *ret_error);

/* Is it one of them? */
bool job_option_is(const struct option_row *row);

/*
 * The command line of a section. typed is that of the user; its job options are left out, its
 * positional arguments stand in place of the file's. The result lives no longer than file and
 * typed; command_line_finish() frees it, also after a failure.
 * Errors: EINVAL with a sentence that begins with PATH:LINE: there is no such option, or it cannot
 * have this value; ENOMEM.
 */
int job_command_line(const struct option_table *table, const struct job_file *file,
		     const struct job_section *section, const struct command_line *typed,
		     struct command_line *ret_line, struct error *ret_error);

/* Tell of each entry of a section that could not be in a command line: the sentences of
 * job_command_line(), all of them. Returns how many. */
uint32_t job_section_check(const struct option_table *table, const struct job_file *file,
			   const struct job_section *section, void (*tell)(const char *sentence));

#endif
