/*
 * What two sides have measured of one metric, as the shift between their logarithms: of pairs the
 * median of their log ratios, of two samples apart that of Hodges and Lehmann. A side of the
 * decision; private to it (decision.c, detectable.c).
 */
#ifndef MEASURE_CONTRAST_H
#define MEASURE_CONTRAST_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/decision.h"
#include "measure/sign_test.h"

struct contrast {
	bool paired;
	uint32_t count;	      /* pairs; not paired: values of changed */
	uint32_t base_count;  /* not paired */
	double *changed;      /* log ratios in ascending order; not paired: logs of changed */
	double *base;	      /* not paired: logs of base */
	double limit;	      /* the least effect, as a log ratio */
	int64_t *wrong_max;   /* paired, index: metrics that the error is shared by, less 1 */
	uint32_t divisor_max; /* as many there are */
	double confidence;
	uint32_t look_count; /* that the error is shared by; not paired */
};

/*
 * divisor_max: how many metrics share the error at most. Errors: EDOM (no values, or one that has
 * no logarithm), E2BIG (more pairs than sign_test.h takes), ENOMEM. Nothing is to be finished then.
 */
int contrast_init(const struct decision_case *metric, const struct decision_plan *plan,
		  uint32_t divisor_max, struct contrast *ret_contrast);
void contrast_finish(struct contrast *contrast);

/* The shift with the interval that is as sure as this look has to be where divisor metrics share
 * the error. *ret_sure is false if there are too few values for that. Errors: ENOMEM. */
int contrast_interval(const struct contrast *contrast, uint32_t divisor, struct estimate *ret_shift,
		      bool *ret_sure);

/* Two-sided: of a shift so far beyond the limit if there were none beyond it. Errors: ENOMEM. */
int contrast_p(const struct contrast *contrast, double *ret_p);

/* What that may be for a change; 0: no value of it suffices. Errors: ENOMEM. */
int contrast_level(const struct contrast *contrast, uint32_t divisor, double *ret_level);

/* The sign test of the plan with a look at count pairs, its errors not planned yet. Gives the place
 * of that look. */
uint32_t contrast_looks(const struct decision_plan *plan, uint32_t count,
			struct sign_test *ret_test);

/* As decision_detectable(), of the shift's own noise and as many runs. */
int contrast_detectable(const struct contrast *contrast, const struct decision_plan *plan,
			double *ret_detectable);

#endif
