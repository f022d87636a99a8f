/* The sections of a job file as the points of one experiment: each is work, and all else is what
 * they share. */
#ifndef BENCH_SECTIONS_H
#define BENCH_SECTIONS_H

#include "base/error.h"
#include "base/job_list.h"
#include "experiment/matrix.h"
#include "options.h"

struct sections {
	char **words;		      /* what the strings of the options are parts of */
	struct bench_options options; /* what they share; no work */
	struct point_list points;
};

/*
 * A section with one point gives it its name, one with several the part before a slash.
 * sections_finish() frees what is returned, also after a failure.
 * Errors: EINVAL, with a sentence that begins with the file: options do not go together, or are not
 * of the work and differ between sections; points of one name, or too many. ENOMEM.
 */
int sections_read(const struct job_list *jobs, struct sections *ret_sections,
		  struct error *ret_error);
void sections_finish(struct sections *sections);

#endif
