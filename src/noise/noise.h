/* The experiment of ringside noise: one thing measured twice, side by side. */
#ifndef NOISE_NOISE_H
#define NOISE_NOISE_H

#include <jansson.h>
#include <stdbool.h>

#include "advice.h"
#include "base/error.h"
#include "experiment/experiment.h"
#include "experiment/matrix.h"
#include "floor.h"
#include "options.h"

struct noise {
	const struct noise_options *options;
	struct experiment_plan plan;
	struct experiment experiment; /* two series */
	const char *no_uring;	      /* why io_uring is left out; NULL: it is not */
	/* Known once it has been run. */
	bool is_known[FIGURE_COUNT];
	struct noise_floor floors[FIGURE_COUNT];
	struct advice_facts facts;
	size_t advice_count;
	struct advice advice[ADVICE_MAX];
};

/* Errors: EINVAL and those of the place, with a sentence; ENOMEM. Call noise_finish() also then. */
int noise_init(const struct noise_options *options, struct noise *ret_noise,
	       struct error *ret_error);
void noise_finish(struct noise *noise);

/* Measure, and find the floors and the advice. Errors: ENOMEM. */
int noise_run(struct noise *noise, struct error *ret_error);

/* The document, with "options", "no_uring", "noise", "steal" and "advice". NULL: no memory. */
json_t *noise_to_json(const struct noise *noise, int argc, char **argv);

/* What is measured how; what was found. */
void noise_print_head(const struct noise *noise, FILE *stream);
void noise_print(const struct noise *noise, FILE *stream);

#endif
