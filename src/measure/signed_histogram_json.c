/* Distributions of differences in result documents. */
#include <errno.h>
#include <math.h>

#include "base/json.h"
#include "measure/signed_histogram.h"

/* What came over a wire may be anything, so no difference may be undefined. */
static int64_t less(int64_t value, int64_t base)
{
	return (int64_t)((uint64_t)value - (uint64_t)base);
}

static int put_percentiles(const struct signed_histogram *histogram, const double *percents,
			   size_t count, int64_t base, json_t *object)
{
	int error = 0;

	for (size_t i = 0; i < count; i++)
		error |= json_put_integer(
			object, percentile_key(percents[i]).text,
			less(signed_histogram_percentile(histogram, percents[i]), base));
	return error;
}

/* signed_histogram_mean() less base; of large offsets a double would lose the last digits. */
static int64_t mean_over(const struct signed_histogram *histogram, int64_t base)
{
	double mean = (double)histogram->sum / (double)signed_histogram_count(histogram);

	return less(llround(mean), less(base, histogram->offset_ns));
}

json_t *signed_histogram_to_json(const struct signed_histogram *histogram,
				 const struct percentile_list *percentiles, int64_t base)
{
	json_t *json;
	int error = 0;

	if (signed_histogram_count(histogram) == 0)
		return json_null();
	json = json_object();
	error |= json_put_unsigned(json, "count", signed_histogram_count(histogram));
	error |= json_put_integer(json, "min", less(signed_histogram_min(histogram), base));
	error |= json_put_integer(json, "mean", mean_over(histogram, base));
	error |= json_put_real(json, "stddev", signed_histogram_stddev(histogram));
	error |= json_put_integer(json, "max", less(signed_histogram_max(histogram), base));
	error |= put_percentiles(histogram, percentiles_standard, PERCENTILES_STANDARD, base, json);
	if (percentiles)
		error |= put_percentiles(histogram, percentiles->percents, percentiles->count, base,
					 json);
	error |= json_put_integer(json, "base", base);
	error |= json_put_value(json, "histogram", histogram_code_to_json(histogram->above));
	error |= json_put_value(json, "histogram_negative",
				histogram_code_to_json(histogram->below));
	error |= json_put_integer(json, "histogram_offset", less(histogram->offset_ns, base));
	return json_complete(json, error);
}

/* Add one half's text to an empty histogram; JSON null adds nothing. */
static int half_read(const json_t *json, const char *key, struct histogram *half,
		     struct error *ret_error)
{
	const json_t *text = json_object_get(json, key);
	struct histogram *decoded;
	int error;

	if (json_is_null(text))
		return 0;
	if (!json_is_string(text))
		return error_set(ret_error, -EINVAL, "has no %s", key);
	error = histogram_decode(json_string_value(text), &decoded);
	if (error == -EINVAL)
		return error_set(ret_error, error, "has a %s that is damaged, or not of ringside",
				 key);
	if (error)
		return error;
	histogram_merge(half, decoded);
	histogram_close(decoded);
	return 0;
}

/* So many, and no sum of thousands of them goes over. */
#define COUNT_MAX (UINT64_C(1) << 48)

/* Minimum, mean and maximum, which the buckets do not tell exactly. */
static int figures_read(const json_t *json, struct signed_histogram *histogram,
			struct error *ret_error)
{
	int64_t offset = json_integer_value(json_object_get(json, "histogram_offset"));
	int64_t min = json_integer_value(json_object_get(json, "min"));
	int64_t max = json_integer_value(json_object_get(json, "max"));
	int64_t mean = json_integer_value(json_object_get(json, "mean"));
	uint64_t count = signed_histogram_count(histogram);

	if (count > COUNT_MAX)
		return error_set(ret_error, -EINVAL, "counts more than can be added up");
	if (json_integer_value(json_object_get(json, "count")) != (json_int_t)count || count == 0 ||
	    min > mean || mean > max)
		return error_set(ret_error, -EINVAL,
				 "has a count, minimum, mean or maximum that its histograms "
				 "contradict");
	histogram->offset_ns = offset;
	histogram->min = less(min, offset);
	histogram->max = less(max, offset);
	histogram->sum = (int64_t)((uint64_t)less(mean, offset) * count);
	return 0;
}

int signed_histogram_from_json(const json_t *json, struct signed_histogram *ret_histogram,
			       struct error *ret_error)
{
	struct signed_histogram histogram;
	int error = signed_histogram_init(&histogram);

	if (error)
		return error;
	if (!json_is_null(json)) {
		error = half_read(json, "histogram", histogram.above, ret_error);
		if (!error)
			error = half_read(json, "histogram_negative", histogram.below, ret_error);
		if (!error)
			error = figures_read(json, &histogram, ret_error);
	}
	if (error)
		signed_histogram_finish(&histogram);
	else
		*ret_histogram = histogram;
	return error;
}
