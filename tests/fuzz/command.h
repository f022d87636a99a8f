/* The commands whose lines are fuzzed. Those of experiments stand apart: what they call transports
 * is not what all others do. */
#ifndef FUZZ_COMMAND_H
#define FUZZ_COMMAND_H

#include "base/option.h"

struct command {
	const struct option_table *table;
	size_t size; /* of its options */
	/* What the command checks before it does anything. NULL: nothing. */
	int (*check)(void *options, struct error *ret_error);
};

extern const struct command experiment_commands[];
extern const uint32_t experiment_command_count;

#endif
