/* The command line of ringside merge. */
#ifndef MERGE_OPTIONS_H
#define MERGE_OPTIONS_H

#include <stdbool.h>

#include "base/option.h"
#include "measure/percentile.h"
#include "output/output.h"

struct merge_options {
	struct string_list files;
	const char *json;
	struct output_list outputs;
	struct percentile_list percentiles;
	bool allow_different_windows;
};

extern const struct option_table merge_option_table;

#endif
