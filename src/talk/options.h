/* The command line of ringside talk. */
#ifndef TALK_OPTIONS_H
#define TALK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"

struct talk_options {
	uint64_t timeout_ns;
	const char *text_once; /* NULL: lines of standard input */
	bool hex;
	bool newline;
	struct string_list urls; /* one */
};

extern const struct option_table talk_option_table;

#endif
