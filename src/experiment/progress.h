/* What is measured now, for somebody who watches a terminal: a line on standard error that the next
 * one replaces. Nothing where standard error is no terminal. */
#ifndef EXPERIMENT_PROGRESS_H
#define EXPERIMENT_PROGRESS_H

#include "experiment/experiment.h"

/* For struct experiment. */
void progress_print(const struct experiment *experiment, const struct series *series);

/* The same for those who have no experiment. */
__attribute__((format(printf, 1, 2))) void progress_say(const char *format, ...);

/* The line goes. */
void progress_end(void);

#endif
