#include "measure/signed_histogram.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>

/* Differences of what came over a wire may be anything, so none of these sums may be undefined. */
static int64_t plus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t minus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

int signed_histogram_init(struct signed_histogram *ret_histogram)
{
	struct signed_histogram histogram = { 0 };
	int error = histogram_open(&histogram.above);

	if (!error)
		error = histogram_open(&histogram.below);
	if (error) {
		signed_histogram_finish(&histogram);
		return error;
	}
	signed_histogram_reset(&histogram);
	*ret_histogram = histogram;
	return 0;
}

void signed_histogram_finish(struct signed_histogram *histogram)
{
	histogram_close(histogram->above);
	histogram_close(histogram->below);
	histogram->above = histogram->below = NULL;
}

void signed_histogram_reset(struct signed_histogram *histogram)
{
	if (histogram->above)
		histogram_reset(histogram->above);
	if (histogram->below)
		histogram_reset(histogram->below);
	histogram->offset_ns = 0;
	histogram->min = INT64_MAX;
	histogram->max = INT64_MIN;
	histogram->sum = 0;
}

void signed_histogram_set_offset(struct signed_histogram *histogram, int64_t offset_ns)
{
	assert(signed_histogram_count(histogram) == 0 && "values have an offset already");
	histogram->offset_ns = offset_ns;
}

static void extremes_merge(struct signed_histogram *histogram, int64_t min, int64_t max)
{
	if (min < histogram->min)
		histogram->min = min;
	if (max > histogram->max)
		histogram->max = max;
}

static int64_t between(int64_t value, int64_t low, int64_t high)
{
	if (value < low)
		return low;
	return value < high ? value : high;
}

static void bucket_add(struct signed_histogram *histogram, int64_t value, uint64_t count)
{
	if (value >= 0)
		histogram_record_many(histogram->above, (uint64_t)value, count);
	else
		histogram_record_many(histogram->below, 0 - (uint64_t)value, count);
}

/* sign: 1, or -1 if the buckets are of amounts below 0. */
static void half_add_shifted(struct signed_histogram *histogram, const struct histogram *half,
			     int64_t sign, int64_t shift, int64_t low, int64_t high)
{
	struct histogram_walk walk = { .histogram = half };
	struct histogram_bucket bucket;

	while (histogram_next(&walk, &bucket)) {
		int64_t middle = (int64_t)((bucket.low_ns + bucket.high_ns) / 2);
		int64_t value = plus(sign * middle, shift);

		bucket_add(histogram, between(value, low, high), bucket.count);
	}
}

static void merge_shifted(struct signed_histogram *histogram, const struct signed_histogram *from)
{
	int64_t shift = minus(from->offset_ns, histogram->offset_ns);
	int64_t low = plus(from->min, shift), high = plus(from->max, shift);
	uint64_t count = signed_histogram_count(from);

	half_add_shifted(histogram, from->above, 1, shift, low, high);
	half_add_shifted(histogram, from->below, -1, shift, low, high);
	extremes_merge(histogram, low, high);
	histogram->sum = (int64_t)((uint64_t)histogram->sum + (uint64_t)from->sum +
				   count * (uint64_t)shift);
}

void signed_histogram_merge(struct signed_histogram *histogram, const struct signed_histogram *from)
{
	if (signed_histogram_count(from) == 0)
		return;
	if (signed_histogram_count(histogram) == 0)
		histogram->offset_ns = from->offset_ns;
	if (from->offset_ns != histogram->offset_ns) {
		merge_shifted(histogram, from);
		return;
	}
	histogram_merge(histogram->above, from->above);
	histogram_merge(histogram->below, from->below);
	extremes_merge(histogram, from->min, from->max);
	histogram->sum = plus(histogram->sum, from->sum);
}

uint64_t signed_histogram_count(const struct signed_histogram *histogram)
{
	if (!histogram->above)
		return 0;
	return histogram_count(histogram->above) + histogram_count(histogram->below);
}

int64_t signed_histogram_min(const struct signed_histogram *histogram)
{
	if (signed_histogram_count(histogram) == 0)
		return 0;
	return plus(histogram->min, histogram->offset_ns);
}

int64_t signed_histogram_max(const struct signed_histogram *histogram)
{
	if (signed_histogram_count(histogram) == 0)
		return 0;
	return plus(histogram->max, histogram->offset_ns);
}

/* Without the offset. */
static double counted_mean(const struct signed_histogram *histogram)
{
	return (double)histogram->sum / (double)signed_histogram_count(histogram);
}

double signed_histogram_mean(const struct signed_histogram *histogram)
{
	if (signed_histogram_count(histogram) == 0)
		return 0;
	return counted_mean(histogram) + (double)histogram->offset_ns;
}

/* The squares of what the values of one half are away from mean. */
static double half_squares(const struct histogram *half, double sign, double mean)
{
	struct histogram_walk walk = { .histogram = half };
	struct histogram_bucket bucket;
	double sum = 0;

	while (histogram_next(&walk, &bucket)) {
		double middle = ((double)bucket.low_ns + (double)bucket.high_ns) / 2;
		double away = sign * middle - mean;

		sum += away * away * (double)bucket.count;
	}
	return sum;
}

double signed_histogram_stddev(const struct signed_histogram *histogram)
{
	uint64_t count = signed_histogram_count(histogram);
	double mean, sum;

	if (count == 0 || histogram->min == histogram->max)
		return 0;
	mean = counted_mean(histogram);
	sum = half_squares(histogram->above, 1, mean) + half_squares(histogram->below, -1, mean);
	return sqrt(sum / (double)count);
}

/* The bucket that has the value of this rank, counted from 1 at the lowest; rank: at most as many
 * as there are. */
static struct histogram_bucket bucket_of_rank(const struct histogram *half, uint64_t rank)
{
	struct histogram_walk walk = { .histogram = half };
	struct histogram_bucket bucket = { 0 };
	uint64_t passed = 0;

	while (passed < rank && histogram_next(&walk, &bucket))
		passed += bucket.count;
	return bucket;
}

/* The upper end of the bucket, as histogram_percentile() has it; below 0 that is the lower one of
 * the amounts. */
static int64_t value_of_rank(const struct signed_histogram *histogram, uint64_t rank)
{
	uint64_t below = histogram_count(histogram->below);
	int64_t value;

	if (rank > below)
		value = (int64_t)bucket_of_rank(histogram->above, rank - below).high_ns;
	else
		value = -(int64_t)bucket_of_rank(histogram->below, below - rank + 1).low_ns;
	return between(value, histogram->min, histogram->max);
}

int64_t signed_histogram_percentile(const struct signed_histogram *histogram, double percent)
{
	uint64_t count = signed_histogram_count(histogram), rank;

	if (count == 0 || percent <= 0)
		return signed_histogram_min(histogram);
	if (percent >= 100)
		return signed_histogram_max(histogram);
	rank = (uint64_t)(percent / 100 * (double)count + 0.5);
	return plus(value_of_rank(histogram, rank > 0 ? rank : 1), histogram->offset_ns);
}
