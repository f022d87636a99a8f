/* What the trials of an ablation say of each feature. */
#ifndef ABLATE_EFFECT_H
#define ABLATE_EFFECT_H

#include "ablation.h"

/* Find the ratios of all effects, or why there are none: a feature that was not in effect, or had
 * nothing to do, has none whatever the figures say. */
void effects_evaluate(struct ablation *ablation);

/*
 * Those of a point in the order of tables: first those whose ratio of the figure is clear of 1,
 * from what it saves to what it costs, then the others that are known, then those that are not.
 * ret_effects has room for FEATURE_COUNT. Returns how many.
 */
uint32_t effects_sort(const struct ablation *ablation, uint32_t point, enum figure_id figure,
		      const struct effect **ret_effects);

/* Was what a rung adds in effect in all of its trials? The first one adds nothing: true. */
bool rung_is_effective(const struct ablation *ablation, const struct rung *rung);

/* Is there a ratio of the figure? */
bool effect_is_known(const struct effect *effect, enum figure_id figure);

/* Is the interval as sure as it is to be, and without 1 in it? */
bool estimate_is_clear(const struct estimate *ratio);

#endif
