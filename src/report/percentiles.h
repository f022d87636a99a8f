/* The figure of percentiles: latency over 1 / (1 - percentile), as HdrHistogram's plotter draws. */
#ifndef REPORT_PERCENTILES_H
#define REPORT_PERCENTILES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "plot.h"

#define PERCENTILES_CURVES_MAX 12

struct percentile_curve {
	const char *name;
	const json_t *times; /* {"min", ..., "histogram"} */
	bool faint;	     /* one of those that another curve sums up */
};

/* false: there is no histogram with anything in it. */
bool percentiles_known(const json_t *times);

/* Each curve must be known. NULL: no memory. */
struct plot *percentiles_plot(const struct percentile_curve *curves, uint32_t count, bool half,
			      const char *title);

#endif
