/*
 * Has the rate settled? A line is fitted (least squares) through the rates of the last window; it
 * is steady when the line's change over the window is below a share of their mean. (fio's
 * steadystate does the same for disks.)
 *
 *	slope:1%/5s	the rate changes by less than 1 % within 5 seconds
 */
#ifndef MEASURE_STEADY_H
#define MEASURE_STEADY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define STEADY_SAMPLES 20 /* to a window */

struct steady_rule {
	double change;	    /* 0.01: 1 % */
	uint64_t window_ns; /* 0: no rule */
};

struct steady {
	struct steady_rule rule;
	double rates[STEADY_SAMPLES]; /* a ring */
	uint32_t count;		      /* added so far */
};

#define STEADY_WINDOW_MIN_NS 100000000ull
#define STEADY_WINDOW_MAX_NS 86400000000000ull

/* Changes up to 100 %, windows of 100 ms to a day. Errors: EINVAL with a sentence. */
int steady_rule_parse(const char *text, struct steady_rule *ret_rule, struct error *ret_error);

void steady_init(struct steady *ret_steady, const struct steady_rule *rule);

/* Nanoseconds between two samples. */
uint64_t steady_period_ns(const struct steady *steady);

/* Add the mean rate of the last period. True once the window is full and steady; where nothing
 * happens, nothing has settled. */
bool steady_add(struct steady *steady, double rate);

/* The change over the last full window, as a share of the mean (signed); 0 before. */
double steady_change(const struct steady *steady);

#endif
