/* Did a trial keep its rate and its objectives, and if not, whose fault was that? */
#ifndef FIND_JUDGE_H
#define FIND_JUDGE_H

#include <jansson.h>
#include <stdbool.h>

/* What a trial failed by; the first that applies. */
enum limit {
	LIMIT_NONE,
	LIMIT_GENERATOR, /* the load was the bottleneck: nothing is known of the server */
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
 * and the objectives were kept a generator that was late does not count against the server: latency
 * is from when a request was due, so it has only made the figures worse.
 */
void judge(const json_t *load, struct judgement *ret_judgement);

#endif
