/*
 * The experiment of ringside ablate. At each point a group of two series for every feature that has
 * work there, one with it and one without it; and a group for the ladder, whose servers have one
 * feature more each.
 */
#ifndef ABLATE_ABLATION_H
#define ABLATE_ABLATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/choice.h"
#include "experiment/experiment.h"
#include "experiment/matrix.h"
#include "feature_set.h"
#include "options.h"

/* Another server than the base: the features that it works with. */
struct variant {
	uint32_t set;
	char text[FEATURE_TEXT_MAX]; /* for --features */
};

/* What one feature does at one point; numbers of points and series. */
struct effect {
	enum feature_id feature;
	bool added; /* to the base; false: left out of it */
	uint32_t point;
	uint32_t with, without;
	/* Known from here on once effects_evaluate() has been called. */
	char reason[ERROR_TEXT_MAX]; /* why there are no ratios; "": there are */
	uint32_t come, gone;	     /* other features that only the one with, or without it, had */
	uint64_t uses;		     /* how often it did its work, in all trials */
	bool is_known[FIGURE_COUNT];
	struct estimate ratios[FIGURE_COUNT]; /* with it over without it */
};

/* A step of the ladder at a point. */
struct rung {
	uint32_t point;
	enum feature_id feature; /* that it adds; FEATURE_COUNT: none, it is the first */
	struct variant variant;
	char letters[FEATURE_LETTERS_MAX]; /* "none", or one for each in the order of the rungs */
	uint32_t series;
};

struct ablation {
	const struct ablate_options *options;
	struct experiment_plan plan;
	struct experiment experiment;
	struct point_list points;
	struct feature_state states[FEATURE_COUNT]; /* what this kernel has */
	uint32_t tried;			  /* features, at any point where they have work */
	char missing[CHOICE_MISSING_MAX]; /* what of the base was asked for in vain; "": nothing */
	struct variant base;
	struct variant variants[FEATURE_COUNT]; /* of those that are tried */
	uint32_t effect_count, rung_count;
	struct effect *effects; /* those of a point stand together */
	struct rung *rungs;	/* the same */
};

/*
 * Errors: EOPNOTSUPP (there is nothing to be tried here: neither a backend nor features), EINVAL
 * and those of the place; with a sentence. ENOMEM. Call ablation_finish() also then.
 */
int ablation_init(const struct ablate_options *options, struct ablation *ret_ablation,
		  struct error *ret_error);
void ablation_finish(struct ablation *ablation);

/* Why a feature cannot be tried on this kernel with this backend; NULL: it can. */
const char *ablation_refusal(const struct ablation *ablation, enum feature_id id);

/* Features that were to be tried and cannot be. */
uint32_t ablation_unavailable(const struct ablation *ablation);

/* The document, with "options", "base", "effects", "unavailable" and "ladder". NULL: no memory. */
json_t *ablation_to_json(const struct ablation *ablation, int argc, char **argv);

#endif
