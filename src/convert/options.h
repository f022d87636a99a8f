/* The command line of ringside convert. */
#ifndef CONVERT_OPTIONS_H
#define CONVERT_OPTIONS_H

#include "base/option.h"
#include "output/output.h"

struct convert_options {
	struct string_list files;
	const char *json;
	struct output_list outputs;
};

extern const struct option_table convert_option_table;

#endif
