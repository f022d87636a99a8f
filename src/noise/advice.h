/*
 * What on this machine makes figures scatter, and what to do about it: readings, each with a
 * verdict and a line of advice.
 */
#ifndef NOISE_ADVICE_H
#define NOISE_ADVICE_H

#include <jansson.h>
#include <stddef.h>

#include "measure/reading.h"

enum advice_verdict { ADVICE_GOOD, ADVICE_BAD, ADVICE_UNKNOWN, ADVICE_VERDICT_COUNT };

/* "good", "bad", "unknown". */
extern const char *const advice_verdicts[ADVICE_VERDICT_COUNT];

#define ADVICE_MAX 24

struct advice {
	const char *name;
	struct reading reading;
	enum advice_verdict verdict;
	const char *text; /* what to do, or what it means */
};

/* What the runs themselves have shown, shares of all CPU time; NAN: not known. */
struct advice_facts {
	double disturbance; /* that others took */
	double steal;	    /* that the host of a virtual machine took */
};

/* What the runs have shown, now that they are over. */
void advice_complete(const struct advice_facts *facts, struct advice *advice);

/* Take all readings; root stands before every path ("" is this machine). Returns how many. */
size_t advice_take(const struct advice_facts *facts, const char *root, struct advice *ret_advice);

/* [{"name", "reading", "verdict", "advice"}]. NULL: no memory. */
json_t *advice_to_json(const struct advice *advice, size_t count);

#endif
