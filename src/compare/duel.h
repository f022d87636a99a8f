/*
 * Base against new: the two sides of a comparison, what was decided of each metric, and how.
 *
 * Life:	duel_init() -> sides filled (files, series, pairs) -> duel_decide()
 *		-> written -> duel_finish()
 */
#ifndef COMPARE_DUEL_H
#define COMPARE_DUEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "contest.h"
#include "measure/decision.h"
#include "options.h"
#include "side.h"

/* Where the values come from. */
enum duel_origin {
	DUEL_FILES,  /* two, measured one after the other */
	DUEL_SERIES, /* two series of an experiment: paired by round */
	DUEL_PAIRS,  /* run by us, in turns */
};

struct duel {
	const struct compare_options *options;
	enum duel_origin origin;
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
int duel_init(const struct compare_options *options, struct duel *ret_duel);
void duel_finish(struct duel *duel);

bool duel_is_paired(const struct duel *duel);

/* Errors: ENOMEM. */
__attribute__((format(printf, 2, 3))) int duel_warn(struct duel *duel, const char *format, ...);

/* Match the sides' metrics and decide on them, in place of what was decided before.
 * Errors: those of contests_make() and contests_decide(). */
int duel_decide(struct duel *duel, const struct decision_plan *plan, struct error *ret_error);

/* Would the sides' metrics match, as far as can be told of what is there? Errors: those of
 * contests_make(). */
int duel_check(const struct duel *duel, struct error *ret_error);

#endif
