/* What stands above and below the tables of experiments, the same for all commands. */
#ifndef EXPERIMENT_HEADING_H
#define EXPERIMENT_HEADING_H

#include <stdio.h>

#include "experiment/experiment.h"

/* A line: the kernel, how often and how long, where. Without rounds (round_count 0) it says
 * "trials". */
void heading_print(const struct experiment_plan *plan, FILE *stream);

/* A line: how many trials there will be, and how long they take. */
void heading_print_extent(const struct experiment *experiment, FILE *stream);

/* What its reader has to know: rounds that are missing, and that this machine was not quiet. */
void heading_print_end(const struct experiment *experiment, FILE *stream);

#endif
