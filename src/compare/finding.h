/*
 * What a comparison has found: two sides, what was decided of each metric, and how.
 *
 * Life:	finding_init() -> sides filled (files, series, pairs) -> finding_decide()
 *		-> written -> finding_finish()
 */
#ifndef COMPARE_FINDING_H
#define COMPARE_FINDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "contest.h"
#include "measure/decision.h"
#include "options.h"
#include "side.h"

/* Where the values come from. */
enum finding_origin {
	FINDING_FILES,	/* two, measured one after the other */
	FINDING_SERIES, /* two series of an experiment: paired by round */
	FINDING_PAIRS,	/* run by us, in turns */
};

struct finding {
	const struct compare_options *options;
	enum finding_origin origin;
	struct side base, changed;
	bool prints;	/* pairs: is it what the commands print that was measured? */
	uint32_t pairs; /* that were run; series: rounds */
	uint64_t seed;
	uint32_t looks[DECISION_LOOKS_MAX]; /* at how many pairs one has looked */
	uint32_t look_count;
	bool out_of_time; /* it ended for lack of time */
	int signal;	  /* that ended it; 0: none did */
	struct contest_list contests;
	enum decision verdict;
	json_t *warnings; /* strings */
	uint64_t started_unix_ns, elapsed_ns;
};

/* Errors: ENOMEM. */
int finding_init(const struct compare_options *options, struct finding *ret_finding);
void finding_finish(struct finding *finding);

bool finding_is_paired(const struct finding *finding);

/* Errors: ENOMEM. */
__attribute__((format(printf, 2, 3))) int finding_warn(struct finding *finding, const char *format,
						       ...);

/* Match the sides' metrics and decide on them, in place of what was decided before.
 * Errors: those of contests_make() and contests_decide(). */
int finding_decide(struct finding *finding, const struct decision_plan *plan,
		   struct error *ret_error);

/* Would the sides' metrics match, as far as can be told of what is there? Errors: those of
 * contests_make(). */
int finding_check(const struct finding *finding, struct error *ret_error);

#endif
