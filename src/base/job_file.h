/*
 * Job files: INI, read whole. [global] and one section a job; an entry is NAME = VALUE, NAME: VALUE
 * or NAME alone; what the names mean is not known here.
 *
 *	; a comment, as is a line that begins with #
 *	[global]
 *	connections = 50
 *
 *	[small]
 *	size = 64	; a comment too: a ; after a blank
 *	verify
 *
 * inih takes lines apart. Where it would lose text without a word (long lines, what follows a
 * heading, bytes of zero), or take an indented line for more of the entry before it, we refuse the
 * line or keep the indentation from it.
 */
#ifndef BASE_JOB_FILE_H
#define BASE_JOB_FILE_H

#include <stdint.h>

#include "base/error.h"

/* So many bytes a line may have, as inih is usually built. */
#define JOB_FILE_LINE_MAX 197

/* The section that all others share. */
#define JOB_FILE_GLOBAL "global"

struct job_entry {
	char *name;
	char *value; /* NULL: the name stands alone */
	uint32_t line;
};

struct job_section {
	char *name;
	uint32_t line;
	struct job_entry *entries; /* in the order they are written */
	uint32_t entry_count;
};

struct job_file {
	const char *path; /* not copied */
	struct job_section *sections;
	uint32_t section_count;
};

/*
 * Read a file: its sections, none of them twice, in their order. job_file_finish() frees it, also
 * after a failure.
 * Errors: those of open and read; EINVAL for what is no job file; ENOMEM; all with a sentence that
 * begins with PATH or PATH:LINE.
 */
int job_file_read(const char *path, struct job_file *ret_file, struct error *ret_error);
void job_file_finish(struct job_file *file);

/* A section by its name; NULL: there is none. */
const struct job_section *job_file_find(const struct job_file *file, const char *name);

#endif
