/* The options of ringside bench. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"

#define ROUNDS_MAX 1000

struct bench_options {
	bool quick;
	uint32_t rounds;      /* 0 only until bench_options_resolve() */
	uint64_t duration_ns; /* the same */
	uint64_t omit_ns;
	uint64_t workloads; /* a set; 0: the standard one */
	struct string_list servers;
	struct string_list ratios;
	const char *features; /* NULL: the defaults of serve */
	const char *json;
};

extern const struct option_table bench_option_table;

/* Put what was left open in place of what --quick decides. */
void bench_options_resolve(struct bench_options *options);

#endif
