/* --job: the sections of a job file, run one after another by a command whose table has JOB_ROWS.
 */
#ifndef LOAD_JOBS_H
#define LOAD_JOBS_H

#include "base/job.h"

/* A command without its jobs: what to do for one command line. Returns an exit code. */
typedef int jobs_runner(int argc, char **argv);

/*
 * The command: without --job runner alone, with it once for each section, its name printed before.
 * All sections are read before the first one runs. Returns the gravest exit code; what a signal
 * ended is the last one.
 */
int jobs_run(const struct option_table *table, int argc, char **argv, jobs_runner *runner);

#endif
