/* One metric of one benchmark, of both sides, and what is decided of it. */
#ifndef COMPARE_CONTEST_H
#define COMPARE_CONTEST_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/decision.h"
#include "measure/sample.h"
#include "metric.h"
#include "side.h"

struct contest {
	const char *base_benchmark, *benchmark; /* of base and of new; the sides', as the rest is */
	const char *metric, *unit;
	struct metric_rule rule;
	double *base, *changed; /* ours; paired ones are of the same length */
	uint32_t base_count, changed_count;
	struct decision_outcome outcome;
};

struct contest_list {
	struct contest *items;
	uint32_t count;
};

/*
 * Match what two sides have measured: benchmarks by their name, or whatever they are called where
 * each side has but one; metrics by theirs. Warnings (an array of strings) tell what is left out.
 * Errors: EINVAL, with a sentence (nothing in common; units that differ; a wish that no metric
 * meets; nothing to be judged); ENOMEM. Call contests_finish() also then.
 */
int contests_make(const struct side *base, const struct side *changed, bool paired,
		  const struct metric_wish_list *wishes, double least_effect, json_t *warnings,
		  struct contest_list *ret_list, struct error *ret_error);
void contests_finish(struct contest_list *list);

/* Decide on all of them together. Errors, with a sentence: E2BIG (too many runs), ENOMEM. */
int contests_decide(struct contest_list *list, bool paired, const struct decision_plan *plan,
		    struct error *ret_error);

/* Regressed if any judged one has, else inconclusive if any is, else improved if any has. */
enum decision contests_verdict(const struct contest_list *list);

uint32_t contests_count(const struct contest_list *list, enum decision decision);

#endif
