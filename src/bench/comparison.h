/* The experiment of ringside bench: every server at every point, a group a point; and which servers
 * are compared with each other. */
#ifndef BENCH_COMPARISON_H
#define BENCH_COMPARISON_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "experiment/experiment.h"
#include "experiment/matrix.h"
#include "options.h"

#define RATIO_MAX 64

/* Two servers; the first is divided by the second. */
struct ratio {
	uint32_t over, under;
};

struct comparison {
	const struct bench_options *options;
	struct experiment_plan plan;
	struct experiment experiment;
	const struct point_list *points;
	struct server_list servers;
	uint32_t ratio_count;
	struct ratio ratios[RATIO_MAX];
};

/* Options and points are the caller's, and stay. Errors: EINVAL and those of the place, with a
 * sentence; ENOMEM. Call comparison_finish() also then. */
int comparison_init(const struct bench_options *options, const struct point_list *points,
		    struct comparison *ret_comparison, struct error *ret_error);
void comparison_finish(struct comparison *comparison);

/* The series of a server at a point; NULL: the server does not take it. */
const struct series *comparison_series(const struct comparison *comparison, uint32_t point,
				       uint32_t server);

/* The document, with "options", "no_uring" and "ratios". NULL: no memory. */
json_t *comparison_to_json(const struct comparison *comparison, int argc, char **argv);

#endif
