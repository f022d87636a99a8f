/*
 * Latencies, counted in buckets that keep three digits from 1 ns to 60 s (HdrHistogram). Count,
 * mean, minimum and maximum are exact; a percentile is at most 0.1 % above the value it stands
 * for. Histograms merge without loss: the merged one is what one recorder alone would have seen.
 */
#ifndef MEASURE_HISTOGRAM_H
#define MEASURE_HISTOGRAM_H

#include <jansson.h>
#include <stdint.h>

#define HISTOGRAM_VALUE_MAX 60000000000ull
#define HISTOGRAM_DIGITS 3

struct histogram;

/* Open an empty histogram, with all its memory (some 230 KiB) touched. Errors: ENOMEM. */
int histogram_open(struct histogram **ret_histogram);

void histogram_close(struct histogram *histogram);

void histogram_reset(struct histogram *histogram);

/* Some 5 ns. A value above 60 s is counted as 60 s, but the maximum and the mean know it. */
void histogram_record(struct histogram *histogram, uint64_t value_ns);

/* Add what another histogram holds. */
void histogram_merge(struct histogram *histogram, const struct histogram *from);

uint64_t histogram_count(const struct histogram *histogram);

/* These are 0 for an empty histogram. */
uint64_t histogram_min(const struct histogram *histogram);
uint64_t histogram_max(const struct histogram *histogram);
uint64_t histogram_mean(const struct histogram *histogram);

/* The value that percent of all values do not exceed (0: the minimum; 100: the maximum). */
uint64_t histogram_percentile(const struct histogram *histogram, double percent);

/* {"min", "mean", "max", "p50", "p90", "p99", "p99.9"}, nanoseconds; null where nothing was
 * recorded. NULL without memory. */
json_t *histogram_to_json(const struct histogram *histogram);

#endif
