/* The command line of ringside report. */
#ifndef REPORT_OPTIONS_H
#define REPORT_OPTIONS_H

#include "base/option.h"

struct report_options {
	struct string_list files;
	const char *output;
	const char *markdown;
	const char *svg;
	const char *title;
};

extern const struct option_table report_option_table;

/* What the rows alone cannot tell. Errors: EINVAL with a sentence. */
int report_options_check(const struct report_options *options, struct error *ret_error);

#endif
