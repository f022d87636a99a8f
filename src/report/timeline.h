/* Figures over time: latency and rate of each interval of a load. */
#ifndef REPORT_TIMELINE_H
#define REPORT_TIMELINE_H

#include <jansson.h>
#include <stddef.h>

#include "plot.h"

struct timeline {
	size_t intervals; /* in all */
	size_t silent;	  /* of them: nothing was answered */
	size_t per_point; /* as many of them are one point */
};

struct timeline timeline_of(const json_t *document);

/* Of a document with intervals. NULL: no memory. */
struct plot *timeline_latency(const json_t *document, const struct timeline *timeline);
struct plot *timeline_rate(const json_t *document, const struct timeline *timeline);

#endif
