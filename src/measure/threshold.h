/*
 * Thresholds in the grammar of k6: METRIC OPERATOR VALUE.
 *
 *	p(99.9)<200us	avg<=1ms	med<50us	min>1us		max<10ms
 *	rate>100k	errors==0	errors<0.1%	loss<=1%
 *
 * Latencies are durations, rate is answered requests a second; errors and loss are counts, or,
 * written with %, shares of the requests that were sent. A duration needs its unit here: a bare
 * number is milliseconds to k6 and seconds to us.
 */
#ifndef MEASURE_THRESHOLD_H
#define MEASURE_THRESHOLD_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "measure/result.h"

#define THRESHOLD_TEXT_MAX 64

struct threshold {
	int metric;		       /* index into a table of threshold.c */
	int operator_;		       /* the same */
	double percent;		       /* of p(...) */
	bool share;		       /* errors, loss: of the requests sent */
	double value;		       /* ns, 1/s, count or share */
	char text[THRESHOLD_TEXT_MAX]; /* as it was written */
};

struct threshold_outcome {
	bool kept;
	bool known;    /* false: nothing was measured that could be compared; then it is not kept */
	double actual; /* in the unit of value */
	char actual_text[32]; /* for people: "187 us", "0.2 %" */
};

/* Errors: EINVAL with a sentence: what is wrong and what would be right. */
int threshold_parse(const char *text, struct threshold *ret_threshold, struct error *ret_error);

/* Is it of what only answers tell: latency, and loss? */
bool threshold_is_of_answers(const struct threshold *threshold);

void threshold_check(const struct threshold *threshold, const struct result *result,
		     struct threshold_outcome *ret_outcome);

/* A figure that threshold compares, for people and with its unit: "187 us". */
void threshold_show(const struct threshold *threshold, double actual, char *ret_text, size_t size);

/* {"expression", "kept", "actual"}; actual null if unknown. NULL: no memory. */
json_t *threshold_to_json(const struct threshold *threshold,
			  const struct threshold_outcome *outcome);

#endif
