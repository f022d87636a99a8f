/* Reading a command line as ringside load does, for its tests. */
#ifndef LOAD_TRIAL_H
#define LOAD_TRIAL_H

#include "load/options.h"
#include "load/target.h"

#define TRIAL_ARGUMENTS_MAX 32

struct trial {
	char line[256];
	char *arguments[TRIAL_ARGUMENTS_MAX];
	struct load_options options;
	struct target target;
	struct error error;
};

/* Parse and check "-c 2 tcp://127.0.0.1:7". 0, or an error with a sentence. */
int trial_parse(struct trial *ret_trial, const char *line);

void trial_finish(struct trial *trial);

#endif
