/* Histograms in result documents. */
#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "measure/histogram.h"

static json_t *value_to_json(const struct histogram *histogram, uint64_t value)
{
	return histogram_count(histogram) > 0 ? json_integer((json_int_t)value) : json_null();
}

static int put_percentiles(const struct histogram *histogram, const double *percents, size_t count,
			   json_t *object)
{
	int error = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t value = histogram_percentile(histogram, percents[i]);

		error |= json_put_value(object, percentile_key(percents[i]).text,
					value_to_json(histogram, value));
	}
	return error;
}

json_t *histogram_code_to_json(const struct histogram *histogram)
{
	json_t *json;
	char *text;

	if (histogram_count(histogram) == 0)
		return json_null();
	if (histogram_encode(histogram, &text) != 0)
		return NULL;
	json = json_string(text);
	free(text);
	return json;
}

json_t *histogram_to_json(const struct histogram *histogram,
			  const struct percentile_list *percentiles, bool with_histogram)
{
	json_t *json = json_object();
	int error = 0;

	error |= json_put_value(json, "min", value_to_json(histogram, histogram_min(histogram)));
	error |= json_put_value(json, "mean", value_to_json(histogram, histogram_mean(histogram)));
	error |= json_put_value(json, "max", value_to_json(histogram, histogram_max(histogram)));
	error |= put_percentiles(histogram, percentiles_standard, PERCENTILES_STANDARD, json);
	if (percentiles)
		error |= put_percentiles(histogram, percentiles->percents, percentiles->count,
					 json);
	if (with_histogram)
		error |= json_put_value(json, "histogram", histogram_code_to_json(histogram));
	return json_complete(json, error);
}

json_t *histogram_to_json_or_null(const struct histogram *histogram,
				  const struct percentile_list *percentiles, bool with_histogram)
{
	if (histogram_count(histogram) == 0)
		return json_null();
	return histogram_to_json(histogram, percentiles, with_histogram);
}

static uint64_t unsigned_of(const json_t *json, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(json, key));

	return value > 0 ? (uint64_t)value : 0;
}

static bool is_empty(const json_t *json)
{
	return json_is_null(json) || (json_is_null(json_object_get(json, "histogram")) &&
				      json_is_null(json_object_get(json, "p50")));
}

int histogram_from_json(const json_t *json, struct histogram **ret_histogram,
			struct error *ret_error)
{
	const char *text = json_string_value(json_object_get(json, "histogram"));
	struct histogram *histogram;
	int error;

	if (is_empty(json))
		return histogram_open(ret_histogram);
	if (!text)
		return error_set(ret_error, -EINVAL, "has no histogram");
	error = histogram_decode(text, &histogram);
	if (error == -EINVAL)
		return error_set(ret_error, error,
				 "has a histogram that is damaged, or not one of ringside");
	if (error)
		return error;
	error = histogram_set_exact(histogram, unsigned_of(json, "min"), unsigned_of(json, "mean"),
				    unsigned_of(json, "max"));
	if (error) {
		histogram_close(histogram);
		return error_set(ret_error, error,
				 "has a minimum, mean or maximum that its histogram contradicts");
	}
	*ret_histogram = histogram;
	return 0;
}
