/* Two commands, run in turns: pairs of runs, the first of each pair drawn by lot and the other one
 * first in the next (ABBA), so that drift hits both alike. */
#ifndef COMPARE_PAIRS_H
#define COMPARE_PAIRS_H

#include "base/error.h"
#include "duel.h"

/*
 * Run warm-up pairs, then pairs until each judged metric is decided, looking only when the plan has
 * it, or until there are max_pairs, the time budget is spent, or a signal comes. Errors, with a
 * sentence: those of run_make(), except EINTR once there is a pair to judge; those of
 * duel_decide().
 */
int pairs_measure(struct duel *duel, struct error *ret_error);

#endif
