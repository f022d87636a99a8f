/* The options of ringside noise. */
#ifndef NOISE_OPTIONS_H
#define NOISE_OPTIONS_H

#include "base/option.h"
#include "experiment/matrix.h"
#include "experiment/measuring.h"

struct noise_options {
	struct matrix matrix; /* one point and one server */
	struct measuring measuring;
	const char *json;
};

extern const struct option_table noise_option_table;

/* Put in place what was left open: how long, how often, and what. */
void noise_options_resolve(struct noise_options *options);

#endif
