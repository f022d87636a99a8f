/* The options of ringside bench. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include "base/option.h"
#include "experiment/matrix.h"
#include "experiment/measuring.h"

struct bench_options {
	struct matrix matrix;
	struct measuring measuring;
	struct string_list ratios;
	const char *json;
};

extern const struct option_table bench_option_table;

/* Put in place what was left open: how long, how often, and what. */
void bench_options_resolve(struct bench_options *options);

#endif
