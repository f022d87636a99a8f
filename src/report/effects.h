/*
 * Estimates with their intervals, a row each: effects as ratios around no change (a forest plot),
 * and figures side by side.
 */
#ifndef REPORT_EFFECTS_H
#define REPORT_EFFECTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/unit.h"
#include "plot.h"

#define EFFECTS_ROWS_MAX 60

struct effect_row {
	char label[160];
	double median, low, high;
	const char *colour; /* of the palette */
	unsigned int shape; /* of gnuplot's points */
};

struct effect_list {
	struct effect_row rows[EFFECTS_ROWS_MAX];
	uint32_t count;
	uint32_t left_out; /* there was no room for so many */
};

/* Add a row from {"median", "low", "high"}. false: it has no median, or there is no room. */
bool effects_add(struct effect_list *list, const json_t *estimate, const char *colour,
		 unsigned int shape, const char *label);

/* The largest change first. */
void effect_list_sort(struct effect_list *list);

struct effect_axis {
	const char *title; /* of the figure */
	const char *label; /* of the axis; of ours, without quotes */
	bool ratio;	   /* then 1 is no change */
	double band;	   /* ratio: below this share nobody cares; 0: not known */
	struct unit_text (*text)(double value); /* what is no ratio */
};

/* NULL: no memory. */
struct plot *effects_plot(const struct effect_list *list, const struct effect_axis *axis);

#endif
