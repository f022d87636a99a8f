/* The experiment of ringside sweep: every server at every value, or pair of values. */
#ifndef SWEEP_SWEEP_H
#define SWEEP_SWEEP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "experiment/experiment.h"
#include "experiment/matrix.h"
#include "sweep/options.h"
#include "sweep/parameter.h"

struct sweep {
	const struct sweep_options *options;
	struct experiment_plan plan;
	struct experiment experiment;
	struct point_list points;
	struct server_list servers; /* with every number of threads */
	struct server_list columns; /* the same without regard to threads, if these are swept */
	struct axis axes[AXIS_MAX];
	uint32_t axis_count;
};

/* Errors: EINVAL and those of the place, with a sentence; ENOMEM. Call sweep_finish() also then. */
int sweep_init(const struct sweep_options *options, struct sweep *ret_sweep,
	       struct error *ret_error);
void sweep_finish(struct sweep *sweep);

/* How many values an axis has; one that is not swept has one. */
uint32_t sweep_size(const struct sweep *sweep, uint32_t axis);

/* The series of a column at values, one an axis, by their index; NULL: the server does not take
 * it. */
const struct series *sweep_series(const struct sweep *sweep, uint32_t column,
				  const uint32_t *indexes);

/* What most trials of a series say of their load. */
bool series_held_rate(const struct series *series);
bool series_was_load_bound(const struct series *series);

/*
 * Where a server is at its end, of one axis that saturates: the first value at which its median
 * rate is within 5 % of the highest one.
 */
struct knee {
	uint32_t index;
	double highest; /* a second */
	bool falls;	/* at the last value that was measured it is below that again */
};

enum saturation {
	SATURATION_UNKNOWN, /* nothing was measured, or the axis does not saturate */
	SATURATION_NONE,    /* only the last value is one, so nobody knows what comes after it */
	SATURATION_KNEE,
};

/* The knee is set if there is one. */
enum saturation sweep_knee(const struct sweep *sweep, uint32_t column, struct knee *ret_knee);

/* The document, with "options", "no_uring", "parameters" and "knees". NULL: no memory. */
json_t *sweep_to_json(const struct sweep *sweep, int argc, char **argv);

#endif
