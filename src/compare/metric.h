/* Which metrics are judged, which way is better, and the least change of one that matters. */
#ifndef COMPARE_METRIC_H
#define COMPARE_METRIC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/sample.h"

#define METRIC_NAME_MAX 64
#define METRIC_WISHES_MAX 32

/* What is smaller is no change to anybody, unless a metric or a user says otherwise. */
#define METRIC_LEAST_EFFECT 0.05

enum metric_direction { METRIC_AS_MEASURED, METRIC_LOWER, METRIC_HIGHER };

/* --metric NAME[:lower|:higher][:EFFECT] */
struct metric_wish {
	char name[METRIC_NAME_MAX]; /* a word or key of output/figure.h, or as its source has it */
	enum metric_direction direction;
	double least_effect; /* a share; NAN: it was not given */
};

struct metric_wish_list {
	uint32_t count;
	struct metric_wish items[METRIC_WISHES_MAX];
};

/* What holds for a metric. */
struct metric_rule {
	bool judged;
	bool more_is_better;
	bool exact;
	double least_effect;
};

/* For option rows of type OPTION_CUSTOM. Errors: EINVAL, with a sentence. */
int metric_wish_parse(const char *text, void *ret_list, struct error *ret_error);
json_t *metric_wishes_to_json(const void *list);

/* A share as people write it, "3%", to a double: 0.03; "auto" is NAN. Errors: EINVAL, with a
 * sentence. */
int metric_effect_parse(const char *text, void *ret_share, struct error *ret_error);
json_t *metric_effect_to_json(const void *share);

/* The same from 50% to 99.99%. */
int metric_confidence_parse(const char *text, void *ret_share, struct error *ret_error);

/* Is this metric meant? */
bool metric_is_meant(const struct metric_wish *wish, const char *metric);

/*
 * The rule of a metric, of which both sides have a sample. Wishes replace the metrics that are
 * judged by themselves, among which counters of ours are as long as they do not vary.
 * least_effect: for all that have none of their own; NAN: it was not given.
 */
struct metric_rule metric_rule_of(const struct sample *base, const struct sample *changed,
				  const struct metric_wish_list *wishes, double least_effect);

/* On command lines: "p50"; what its source calls it, if it is none of ours. */
const char *metric_word(const char *metric);

/* For people: "p50 latency"; what its source calls it, if it is none of ours. */
const char *metric_title(const char *metric);

#endif
