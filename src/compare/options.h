/* The command line of ringside compare. */
#ifndef COMPARE_OPTIONS_H
#define COMPARE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"
#include "formats.h"
#include "measure/decision.h"
#include "metric.h"
#include "run.h"

enum inconclusive { INCONCLUSIVE_FAIL, INCONCLUSIVE_PASS };

struct compare_options {
	struct string_list files;
	const char *base, *changed; /* series of one file; NULL: the files are compared */
	const char *a, *b;	    /* commands; NULL: there are files */
	uint32_t pairs, max_pairs, warm_up_pairs;
	uint64_t budget_ns; /* 0: none */
	uint64_t timeout_ns;
	uint64_t seed;
	enum run_measure measure;
	struct metric_wish_list metrics;
	double least_effect; /* NAN: each metric's own */
	double confidence;
	const char *noise; /* the document of ringside noise; NULL: none */
	enum inconclusive inconclusive;
	const char *markdown, *json;
	struct format_list outputs;
};

extern const struct option_table compare_option_table;

/* What the rows alone cannot tell; puts what was left open in place of "auto". Errors: EINVAL with
 * a sentence. */
int compare_options_check(struct compare_options *options, struct error *ret_error);

/* At how many pairs one looks: at pairs, at those that are usual beyond them, and at max_pairs. */
void compare_options_plan(const struct compare_options *options, struct decision_plan *ret_plan);

/* Is standard output taken by a document? */
bool compare_is_silent(const struct compare_options *options);

#endif
