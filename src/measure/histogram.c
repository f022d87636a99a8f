#include "measure/histogram.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "measure/histogram_struct.h"

int histogram_open(struct histogram **ret_histogram)
{
	struct histogram *histogram = calloc(1, sizeof(*histogram));

	if (!histogram)
		return -ENOMEM;
	if (hdr_init(1, (int64_t)HISTOGRAM_VALUE_MAX, HISTOGRAM_DIGITS, &histogram->buckets) != 0) {
		free(histogram);
		return -ENOMEM;
	}
	histogram_reset(histogram);
	*ret_histogram = histogram;
	return 0;
}

void histogram_close(struct histogram *histogram)
{
	if (!histogram)
		return;
	hdr_close(histogram->buckets);
	free(histogram);
}

void histogram_reset(struct histogram *histogram)
{
	hdr_reset(histogram->buckets);
	histogram->min = UINT64_MAX;
	histogram->max = 0;
	histogram->sum = 0;
}

void histogram_record(struct histogram *histogram, uint64_t value_ns)
{
	histogram_record_many(histogram, value_ns, 1);
}

void histogram_record_many(struct histogram *histogram, uint64_t value_ns, uint64_t count)
{
	uint64_t counted = value_ns < HISTOGRAM_VALUE_MAX ? value_ns : HISTOGRAM_VALUE_MAX;

	if (count == 0)
		return;
	(void)hdr_record_values(histogram->buckets, (int64_t)counted, (int64_t)count);
	histogram->sum += value_ns * count;
	if (value_ns < histogram->min)
		histogram->min = value_ns;
	if (value_ns > histogram->max)
		histogram->max = value_ns;
}

void histogram_merge(struct histogram *histogram, const struct histogram *from)
{
	(void)hdr_add(histogram->buckets, from->buckets);
	histogram->sum += from->sum;
	if (from->min < histogram->min)
		histogram->min = from->min;
	if (from->max > histogram->max)
		histogram->max = from->max;
}

uint64_t histogram_count(const struct histogram *histogram)
{
	return (uint64_t)histogram->buckets->total_count;
}

uint64_t histogram_min(const struct histogram *histogram)
{
	return histogram_count(histogram) > 0 ? histogram->min : 0;
}

uint64_t histogram_max(const struct histogram *histogram)
{
	return histogram->max;
}

uint64_t histogram_mean(const struct histogram *histogram)
{
	uint64_t count = histogram_count(histogram);

	return count > 0 ? (histogram->sum + count / 2) / count : 0;
}

/* A bucket answers with its upper end, which may lie beyond everything that was recorded. */
uint64_t histogram_percentile(const struct histogram *histogram, double percent)
{
	uint64_t value;

	if (percent <= 0)
		return histogram_min(histogram);
	if (percent >= 100)
		return histogram_max(histogram);
	value = (uint64_t)hdr_value_at_percentile(histogram->buckets, percent);
	if (value > histogram->max)
		return histogram->max;
	return value > histogram_min(histogram) ? value : histogram_min(histogram);
}

uint64_t histogram_sum(const struct histogram *histogram)
{
	return histogram->sum;
}

/* Of a bucket, its middle. The library's own sums in integers, which a document's counts exceed. */
static double bucket_value(const struct histogram_bucket *bucket)
{
	uint64_t width = bucket->high_ns - bucket->low_ns + 1;
	uint64_t middle = bucket->low_ns + width / 2;

	return (double)middle;
}

double histogram_stddev(const struct histogram *histogram)
{
	struct histogram_walk walk = { .histogram = histogram };
	double count = (double)histogram_count(histogram), mean = 0, squares = 0;
	struct histogram_bucket bucket;

	while (histogram_next(&walk, &bucket))
		mean += bucket_value(&bucket) * ((double)bucket.count / count);
	for (walk.index = 0; histogram_next(&walk, &bucket);) {
		double distance = bucket_value(&bucket) - mean;

		squares += distance * distance * ((double)bucket.count / count);
	}
	return sqrt(squares);
}

bool histogram_next(struct histogram_walk *walk, struct histogram_bucket *ret_bucket)
{
	const struct hdr_histogram *buckets = walk->histogram->buckets;

	for (; walk->index < buckets->counts_len; walk->index++) {
		int64_t count = hdr_count_at_index(buckets, walk->index), low;

		if (count == 0)
			continue;
		low = hdr_value_at_index(buckets, walk->index++);
		ret_bucket->low_ns = (uint64_t)low;
		ret_bucket->high_ns = (uint64_t)hdr_next_non_equivalent_value(buckets, low) - 1;
		ret_bucket->count = (uint64_t)count;
		return true;
	}
	return false;
}

void histogram_take_apart(struct histogram *histogram, struct histogram_parts *ret_parts)
{
	*ret_parts = (struct histogram_parts){
		.counts = histogram->buckets->counts,
		.length = (uint32_t)histogram->buckets->counts_len,
		.min_ns = histogram->min,
		.max_ns = histogram->max,
		.sum_ns = histogram->sum,
	};
}

void histogram_put_together(struct histogram *histogram, const struct histogram_parts *parts)
{
	hdr_reset_internal_counters(histogram->buckets);
	histogram->min = parts->min_ns;
	histogram->max = parts->max_ns;
	histogram->sum = parts->sum_ns;
}

static bool bucket_holds(const struct histogram_bucket *bucket, uint64_t value_ns)
{
	uint64_t counted = value_ns < HISTOGRAM_VALUE_MAX ? value_ns : HISTOGRAM_VALUE_MAX;

	return counted >= bucket->low_ns && counted <= bucket->high_ns;
}

int histogram_set_exact(struct histogram *histogram, uint64_t min_ns, uint64_t mean_ns,
			uint64_t max_ns)
{
	struct histogram_walk walk = { .histogram = histogram };
	struct histogram_bucket first, last;
	uint64_t sum;

	if (!histogram_next(&walk, &first))
		return -EINVAL;
	last = first;
	while (histogram_next(&walk, &last))
		;
	if (!bucket_holds(&first, min_ns) || !bucket_holds(&last, max_ns) || mean_ns < min_ns ||
	    mean_ns > max_ns || __builtin_mul_overflow(mean_ns, histogram_count(histogram), &sum))
		return -EINVAL;
	histogram->min = min_ns;
	histogram->max = max_ns;
	histogram->sum = sum;
	return 0;
}
