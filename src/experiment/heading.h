/* What stands above and below the tables of experiments. */
#ifndef EXPERIMENT_HEADING_H
#define EXPERIMENT_HEADING_H

#include <stdio.h>

#include "experiment/experiment.h"

/* From here on the figures say more about the neighbours than about the servers: a share. */
#define DISTURBANCE_MAX 0.05

/* What is measured how, for how long and where: to be read while it is. */
void heading_print(const struct experiment_plan *plan, FILE *stream);

/* How many trials there will be, and until when. */
void heading_print_extent(const struct experiment *experiment, FILE *stream);

/* What is to be said of the whole: that it is not all, that others were at work. */
void ending_print(const struct experiment *experiment, FILE *stream);

#endif
