/* The command line of ringside talk. */
#ifndef TALK_OPTIONS_H
#define TALK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"

struct talk_options {
	uint64_t timeout_ns;
	const char *text_once; /* NULL: lines of standard input */
	bool hex;
	bool newline;
	bool request;
	struct string_list urls; /* one */
};

extern const struct option_table talk_option_table;

/* Can these be asked for together? Errors: EINVAL with a sentence. */
int talk_options_check(const struct talk_options *options, struct error *ret_error);

#endif
