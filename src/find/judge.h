/* Did a trial keep its rate and its objectives, and if not, whose fault was that? */
#ifndef FIND_JUDGE_H
#define FIND_JUDGE_H

#include <jansson.h>
#include <stdbool.h>

/* What a trial failed by. */
enum limit {
	LIMIT_NONE,
	LIMIT_GENERATOR, /* the load may be why: nothing is known of the server */
	LIMIT_RATE,	 /* requests did not leave */
	LIMIT_OBJECTIVE,
	LIMIT_COUNT,
};

/* Index: enum limit; "none" and so on. */
extern const char *const limit_names[];

#define JUDGEMENT_REASON_MAX 256

struct judgement {
	enum limit limit; /* LIMIT_NONE: it was kept */
	char reason[JUDGEMENT_REASON_MAX];
};

/*
 * From the document of a load that was given the objectives as thresholds. Where the rate was held
 * and the objectives were kept it counts for nothing that the generator was late: latency is from
 * when a request was due, so that has only made the figures worse. Nor does it where an objective
 * would be broken also without what the generator was late.
 */
void judge(const json_t *load, struct judgement *ret_judgement);

#endif
