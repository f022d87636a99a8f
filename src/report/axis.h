/* An axis of a figure: its range, and tics whose labels carry their units. */
#ifndef REPORT_AXIS_H
#define REPORT_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/unit.h"

struct axis {
	char letter;	   /* 'x' or 'y' */
	const char *label; /* of ours, without quotes; how it is scaled is added */
	double origin;	   /* linear: tics are multiples of their step from here on */
	double low, high;  /* of what is to be drawn */
	bool drawn;	   /* is there anything? */
	bool logarithmic;  /* axis_choose() */
	bool tight;	   /* linear: from low to high, not from 0 to the next tic */
	struct unit_text (*text)(double value);
};

/* Make room for a value. */
void axis_take(struct axis *axis, double value);

/* Logarithmic if the values, all above 0, span more than a factor. */
void axis_choose(struct axis *axis, double factor);

/* Tics at these values and nowhere else. */
void axis_tics_write(const struct axis *axis, const double *values, size_t count, FILE *script);

/* The commands for gnuplot. */
void axis_write(const struct axis *axis, FILE *script);

#endif
