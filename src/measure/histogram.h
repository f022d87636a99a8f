/*
 * Latencies, counted in buckets that keep three digits from 1 ns to 60 s (HdrHistogram). Count,
 * mean, minimum and maximum are exact; a percentile is at most 0.1 % above the value it stands
 * for. Histograms merge without loss: the merged one is what one recorder alone would have seen.
 */
#ifndef MEASURE_HISTOGRAM_H
#define MEASURE_HISTOGRAM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/percentile.h"

#define HISTOGRAM_VALUE_MAX 60000000000ull
#define HISTOGRAM_DIGITS 3

struct histogram;

/* Open an empty histogram, with all its memory (some 230 KiB) touched. Errors: ENOMEM. */
int histogram_open(struct histogram **ret_histogram);

void histogram_close(struct histogram *histogram);

void histogram_reset(struct histogram *histogram);

/* Some 5 ns. A value above 60 s is counted as 60 s, but the maximum and the mean know it. */
void histogram_record(struct histogram *histogram, uint64_t value_ns);

/* The same value so many times, of which there may be none. */
void histogram_record_many(struct histogram *histogram, uint64_t value_ns, uint64_t count);

/* Add what another histogram holds. */
void histogram_merge(struct histogram *histogram, const struct histogram *from);

uint64_t histogram_count(const struct histogram *histogram);

/* These are 0 for an empty histogram. */
uint64_t histogram_min(const struct histogram *histogram);
uint64_t histogram_max(const struct histogram *histogram);
uint64_t histogram_mean(const struct histogram *histogram);

/* The value that percent of all values do not exceed (0: the minimum; 100: the maximum). */
uint64_t histogram_percentile(const struct histogram *histogram, double percent);

/* All values together; it wraps at 2^64 ns. */
uint64_t histogram_sum(const struct histogram *histogram);

/* The standard deviation, as far as the buckets tell (0.1 %); 0 for an empty histogram. */
double histogram_stddev(const struct histogram *histogram);

/* A bucket in which something was recorded: values from low to high. Those beyond 60 s are in the
 * last one. */
struct histogram_bucket {
	uint64_t low_ns, high_ns;
	uint64_t count;
};

/*
 * The buckets from the lowest value to the highest:
 *
 *	struct histogram_walk walk = { .histogram = histogram };
 *	struct histogram_bucket bucket;
 *
 *	while (histogram_next(&walk, &bucket)) ...
 */
struct histogram_walk {
	const struct histogram *histogram;
	int32_t index;
};

bool histogram_next(struct histogram_walk *walk, struct histogram_bucket *ret_bucket);

/*
 * What a histogram is made of, for those who add up elsewhere, as MPI_Reduce() does: the sum of two
 * has the sums of counts and of sum_ns, the lesser min_ns and the greater max_ns.
 */
struct histogram_parts {
	int64_t *counts; /* of all buckets; they belong to the histogram, and may be changed */
	uint32_t length; /* as many in every histogram */
	uint64_t min_ns; /* empty: UINT64_MAX */
	uint64_t max_ns, sum_ns; /* empty: 0 */
};

void histogram_take_apart(struct histogram *histogram, struct histogram_parts *ret_parts);

/* Its counts have been changed, and these are the figures that belong to them now. */
void histogram_put_together(struct histogram *histogram, const struct histogram_parts *parts);

/*
 * The buckets as text: HdrHistogram's encoding V2, compressed, in base64 ("HISTFAAA..."), which the
 * HdrHistogram libraries of other languages read. The caller frees it. Errors: ENOMEM.
 */
int histogram_encode(const struct histogram *histogram, char **ret_text);

/*
 * A new histogram of such a text, whoever wrote it. Its minimum, mean and maximum are those of the
 * buckets. Errors: EINVAL (not such a text, cut off, or of buckets unlike ours), ENOMEM.
 */
int histogram_decode(const char *text, struct histogram **ret_histogram);

/* What the buckets of a decoded histogram do not tell. Errors: EINVAL (the buckets contradict, or
 * there are none). */
int histogram_set_exact(struct histogram *histogram, uint64_t min_ns, uint64_t mean_ns,
			uint64_t max_ns);

/* The text of histogram_encode(); null, the JSON value, of an empty one. NULL: no memory. */
json_t *histogram_code_to_json(const struct histogram *histogram);

/*
 * {"min", "mean", "max", "p50", "p90", "p99", "p99.9", those of percentiles, and if with_histogram
 * "histogram"}: nanoseconds, and the text of histogram_encode(); null where nothing was recorded.
 * percentiles: NULL is none. NULL: no memory.
 */
json_t *histogram_to_json(const struct histogram *histogram,
			  const struct percentile_list *percentiles, bool with_histogram);

/* The same, but null instead of an object of nulls. */
json_t *histogram_to_json_or_null(const struct histogram *histogram,
				  const struct percentile_list *percentiles, bool with_histogram);

/*
 * A new histogram of what histogram_to_json() gave, with its histogram; JSON null, and an object of
 * nulls, make an empty one. Errors: EINVAL with a clause ("has no histogram"), ENOMEM.
 */
int histogram_from_json(const json_t *json, struct histogram **ret_histogram,
			struct error *ret_error);

#endif
