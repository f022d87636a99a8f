/*
 * A distribution of differences, which may be negative: a one-way delay between two clocks, the
 * variation of a delay. Two histograms, of the values from 0 on and of the amounts of those below.
 * Count, minimum, maximum and mean are exact; a percentile is at most 0.1 % of its amount above the
 * value it stands for.
 *
 * Two clocks may be hours apart, and 0.1 % of hours would hide everything that is asked for. So an
 * offset can be taken off every value before it is counted, and is added again to what is told: the
 * 0.1 % are of what remains.
 */
#ifndef MEASURE_SIGNED_HISTOGRAM_H
#define MEASURE_SIGNED_HISTOGRAM_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/histogram.h"
#include "measure/percentile.h"

struct signed_histogram {
	struct histogram *above; /* values less offset_ns: 0 and more */
	struct histogram *below; /* -1 and less, as 1 and more */
	int64_t offset_ns;
	int64_t min, max; /* less offset_ns; empty: INT64_MAX and INT64_MIN */
	int64_t sum;	  /* less offset_ns; it wraps */
};

/* Errors: ENOMEM. Zeroes, and half-initialised ones, can be finished; zeroes can also be reset and
 * asked for their count, which is 0. */
int signed_histogram_init(struct signed_histogram *ret_histogram);
void signed_histogram_finish(struct signed_histogram *histogram);

/* Empty, with an offset of 0. */
void signed_histogram_reset(struct signed_histogram *histogram);

/* Only of an empty one. */
void signed_histogram_set_offset(struct signed_histogram *histogram, int64_t offset_ns);

/*
 * Add what another one holds. Of unlike offsets that of histogram stays, or becomes the other's if
 * it was empty; what comes from the other one is then counted by the middles of its buckets, and
 * minimum, maximum and mean stay exact.
 */
void signed_histogram_merge(struct signed_histogram *histogram,
			    const struct signed_histogram *from);

/* Some 6 ns. */
static inline void signed_histogram_record(struct signed_histogram *histogram, int64_t value)
{
	uint64_t rest = (uint64_t)value - (uint64_t)histogram->offset_ns;
	int64_t counted = (int64_t)rest;

	if (counted >= 0)
		histogram_record(histogram->above, rest);
	else
		histogram_record(histogram->below, 0 - rest);
	histogram->sum = (int64_t)((uint64_t)histogram->sum + rest);
	if (counted < histogram->min)
		histogram->min = counted;
	if (counted > histogram->max)
		histogram->max = counted;
}

uint64_t signed_histogram_count(const struct signed_histogram *histogram);

/* 0 of an empty one. percent: 0 (the minimum) to 100 (the maximum), the nearest rank. The deviation
 * is that of the buckets (0.1 %). */
int64_t signed_histogram_min(const struct signed_histogram *histogram);
int64_t signed_histogram_max(const struct signed_histogram *histogram);
double signed_histogram_mean(const struct signed_histogram *histogram);
double signed_histogram_stddev(const struct signed_histogram *histogram);
int64_t signed_histogram_percentile(const struct signed_histogram *histogram, double percent);

/*
 * {"count", "min", "mean", "stddev", "max", "p50" and the other standard percentiles, those of
 * percentiles (NULL: none), "base", "histogram", "histogram_negative", "histogram_offset"}, all in
 * nanoseconds. base is taken off every figure but the deviation. The histograms are texts as those
 * of histogram_to_json(), or null where there are no such values: of the values from 0 on and of
 * the amounts of those below; histogram_offset and a histogram's value together are the figures'
 * scale. Null, the JSON value, of an empty one. NULL: no memory.
 */
json_t *signed_histogram_to_json(const struct signed_histogram *histogram,
				 const struct percentile_list *percentiles, int64_t base);

/*
 * A new one of what signed_histogram_to_json() gave, on the scale of its figures: the base is not
 * added again. JSON null makes an empty one. Errors: EINVAL with a clause ("has no histogram"),
 * ENOMEM.
 */
int signed_histogram_from_json(const json_t *json, struct signed_histogram *ret_histogram,
			       struct error *ret_error);

#endif
