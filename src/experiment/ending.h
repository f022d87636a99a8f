/* How a command that has run an experiment ends. */
#ifndef EXPERIMENT_ENDING_H
#define EXPERIMENT_ENDING_H

#include "experiment/experiment.h"

/* Its exit code: 128 and the signal that ended it early; EXIT_CANNOT if a series failed, with the
 * first one's reason on standard error; EXIT_GOOD. */
int experiment_ending(const struct experiment *experiment);

#endif
