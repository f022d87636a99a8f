#include "measure/histogram.h"

#include <errno.h>
#include <hdr/hdr_histogram.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/json.h"

/* HdrHistogram's own minimum, maximum and mean are those of its buckets; ours are exact. */
struct histogram {
	struct hdr_histogram *buckets;
	uint64_t min, max;
	uint64_t sum;
};

static const struct {
	const char *name;
	double percent;
} percentiles[] = {
	{ .name = "p50", .percent = 50 },
	{ .name = "p90", .percent = 90 },
	{ .name = "p99", .percent = 99 },
	{ .name = "p99.9", .percent = 99.9 },
};

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
	uint64_t counted = value_ns < HISTOGRAM_VALUE_MAX ? value_ns : HISTOGRAM_VALUE_MAX;

	(void)hdr_record_value(histogram->buckets, (int64_t)counted);
	histogram->sum += value_ns;
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

static json_t *value_to_json(const struct histogram *histogram, uint64_t value)
{
	return histogram_count(histogram) > 0 ? json_integer((json_int_t)value) : json_null();
}

json_t *histogram_to_json(const struct histogram *histogram)
{
	json_t *json = json_object();
	int error = 0;

	error |= json_put_value(json, "min", value_to_json(histogram, histogram_min(histogram)));
	error |= json_put_value(json, "mean", value_to_json(histogram, histogram_mean(histogram)));
	error |= json_put_value(json, "max", value_to_json(histogram, histogram_max(histogram)));
	for (size_t i = 0; i < ARRAY_SIZE(percentiles); i++) {
		uint64_t value = histogram_percentile(histogram, percentiles[i].percent);

		error |= json_put_value(json, percentiles[i].name, value_to_json(histogram, value));
	}
	return json_complete(json, error);
}
