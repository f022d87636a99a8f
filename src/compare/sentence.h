/* What was found, in plain words. */
#ifndef COMPARE_SENTENCE_H
#define COMPARE_SENTENCE_H

#include "duel.h"

#define SENTENCE_MAX 1024

struct sentence {
	char text[SENTENCE_MAX];
};

/* One sentence that says the verdict and the metrics that it comes from. */
struct sentence duel_sentence(const struct duel *duel);

/* Where the values come from: "12 pairs of runs in turns, ..."  */
struct sentence duel_method(const struct duel *duel);

/* What was measured: "results that the commands print (ringside load)". */
struct sentence duel_source(const struct duel *duel);

/* Of one metric: "requests fell by 4.8 % (3.9 % to 6 %)". */
struct sentence contest_sentence(const struct contest *contest);

/* How many runs it has: "12"; of both sides where they differ: "12+9". */
struct sentence contest_counts(const struct contest *contest);

/* "~" for same, "(...)" around what does not count. */
struct sentence contest_verdict(const struct contest *contest);

#endif
