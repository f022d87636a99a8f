/*
 * A distribution of differences, which may be negative: a one-way delay between two clocks, the
 * variation of a delay. Two histograms, of the values from 0 on and of the amounts of those below.
 */
#ifndef MEASURE_SIGNED_HISTOGRAM_H
#define MEASURE_SIGNED_HISTOGRAM_H

#include <jansson.h>
#include <stdint.h>

#include "measure/histogram.h"
#include "measure/percentile.h"

struct signed_histogram {
	struct histogram *above; /* 0 and more */
	struct histogram *below; /* -1 and less, as 1 and more */
};

/* Errors: ENOMEM. Zeroes, and half-initialised ones, can be finished. */
int signed_histogram_init(struct signed_histogram *ret_histogram);
void signed_histogram_finish(struct signed_histogram *histogram);
void signed_histogram_reset(struct signed_histogram *histogram);
void signed_histogram_merge(struct signed_histogram *histogram,
			    const struct signed_histogram *from);

static inline void signed_histogram_record(struct signed_histogram *histogram, int64_t value)
{
	if (value >= 0)
		histogram_record(histogram->above, (uint64_t)value);
	else
		histogram_record(histogram->below, 0 - (uint64_t)value);
}

uint64_t signed_histogram_count(const struct signed_histogram *histogram);

/* 0 of an empty one. percentile: 0 to 100, the nearest rank. */
int64_t signed_histogram_min(const struct signed_histogram *histogram);
int64_t signed_histogram_max(const struct signed_histogram *histogram);
double signed_histogram_mean(const struct signed_histogram *histogram);
double signed_histogram_stddev(const struct signed_histogram *histogram);
int64_t signed_histogram_percentile(const struct signed_histogram *histogram, double percentile);

/*
 * {"count", "min", "mean", "stddev", "max", "p50" ... as histogram_to_json(), "histogram": the
 * values from 0 on, "histogram_negative": the others or null}. Null, the JSON value, of an empty
 * one. base is taken off every value but the deviation. NULL: no memory.
 */
json_t *signed_histogram_to_json(const struct signed_histogram *histogram,
				 const struct percentile_list *percentiles, int64_t base);

#endif
