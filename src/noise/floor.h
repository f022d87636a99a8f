/*
 * How much a figure scatters where nothing was changed, from two series of the same thing: the
 * floor below which no comparison finds anything.
 */
#ifndef NOISE_FLOOR_H
#define NOISE_FLOOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "experiment/experiment.h"
#include "measure/statistics.h"

/* For how many pairs it is said which effect they find. */
#define FLOOR_PAIRS_COUNT 4
extern const uint32_t floor_pairs[FLOOR_PAIRS_COUNT];

/* Two steps, 5 and 10 %, from which on two runs that follow each other differ. */
#define FLOOR_STEPS_COUNT 2
/* Of one figure. What too few runs, or values that are 0, do not tell is NAN. */
struct noise_floor {
	uint32_t runs, pairs;
	struct estimate median; /* of all runs */
	double cv;		/* standard deviation by mean */
	struct estimate ratio;	/* the second series over the first: 1, if all is well */
	double spread;		/* standard deviation of the pairs' log ratios */
	double detectable
		[FLOOR_PAIRS_COUNT]; /* the least effect that so many pairs find, a share */
	double differing
		[FLOOR_STEPS_COUNT]; /* how often a run differs so much from the one before */
	double drift; /* the later half of the runs against the earlier one, a share */
};

/* Errors: EDOM (no run has the figure), ENOMEM, E2BIG (too many pairs). */
int floor_find(const struct series *first, const struct series *second, enum figure_id figure,
	       struct noise_floor *ret_floor);

/* {"median", "cv", "detectable": {"6", ...}, ...}. NULL: no memory. */
json_t *floor_to_json(const struct noise_floor *floor, enum figure_id figure);

/* The effect that is looked for at least, a share. */
double floor_least_effect(enum figure_id figure);

#endif
