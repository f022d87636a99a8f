/*
 * What of a split is shown to people: each part by itself; or, where the clocks of two hosts do not
 * agree, the way there and the way back as one, since neither of them is known.
 */
#ifndef MEASURE_SPLIT_VIEW_H
#define MEASURE_SPLIT_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/split.h"

struct split_shown {
	struct split_title title;
	const struct signed_histogram *times; /* the split's */
	uint32_t ends; /* bits: the points where the parts end that are shown as this one */
};

struct split_view {
	struct split_shown parts[SPLIT_POINT_COUNT];
	uint32_t count;
	bool together;
};

/* clocks_agree: by their own account. Parts that cross and are below 0 in the mean tell otherwise.
 */
void split_view_make(const struct split *split, bool clocks_agree, struct split_view *ret_view);

/* The mean of a shown part over the round trips of a band, which has some; never below 0. */
double split_view_mean(const struct split_shown *part, const struct split_band *band);

#endif
