/* Delays in result documents. */
#include <errno.h>

#include "base/json.h"
#include "measure/delays.h"

/* Nothing is known of either way where nobody counts. */
static int put_way(const struct delays *delays, const char *key, uint64_t lost, json_t *object)
{
	if (delays->uncounted && delays->lost_known == 0)
		return json_put_value(object, key, json_null());
	return json_put_unsigned(object, key, lost);
}

json_t *delays_to_json(const struct delays *delays, const struct percentile_list *percentiles,
		       bool same_host)
{
	bool valid = clock_pair_is_one(&delays->clocks, same_host);
	json_t *object = json_object();
	int error = json_put_value(object, "clocks",
				   clock_pair_to_json(&delays->clocks, same_host));

	error |= json_put_boolean(object, "one_way_valid", valid);
	for (int kind = 0; kind < DELAY_KIND_COUNT; kind++) {
		const struct signed_histogram *histogram = &delays->delays[kind];
		bool relative = delay_rows[kind].one_way && !valid;

		error |= json_put_value(
			object, delay_rows[kind].key,
			signed_histogram_to_json(histogram, percentiles,
						 relative ? signed_histogram_min(histogram) : 0));
	}
	error |= json_put_unsigned(object, "lost_known", delays->lost_known);
	error |= put_way(delays, "lost_up", delays->lost_up, object);
	error |= put_way(delays, "lost_down", delays->lost_down, object);
	error |= json_put_unsigned(object, "stamps_missing", delays->stamps_missing);
	return json_complete(object, error);
}

static uint64_t count_of(const json_t *json, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(json, key));

	return value > 0 ? (uint64_t)value : 0;
}

static int kinds_read(const json_t *json, struct delays *delays, struct error *ret_error)
{
	for (int kind = 0; kind < DELAY_KIND_COUNT; kind++) {
		const json_t *figures = json_object_get(json, delay_rows[kind].key);
		struct error why = { "" };
		int error;

		if (!figures)
			return error_set(ret_error, -EINVAL, "has no %s", delay_rows[kind].key);
		error = signed_histogram_from_json(figures, &delays->delays[kind], &why);
		if (error)
			return error_set(ret_error, error, "has a %s that %s", delay_rows[kind].key,
					 why.text);
	}
	return 0;
}

int delays_from_json(const json_t *json, struct delays *ret_delays, bool *ret_same_host,
		     struct error *ret_error)
{
	struct delays delays = { 0 };
	int error = kinds_read(json, &delays, ret_error);

	if (error) {
		delays_finish(&delays);
		return error;
	}
	clock_pair_from_json(json_object_get(json, "clocks"), &delays.clocks, ret_same_host);
	delays.lost_known = count_of(json, "lost_known");
	delays.lost_up = count_of(json, "lost_up");
	delays.lost_down = count_of(json, "lost_down");
	delays.uncounted = json_is_null(json_object_get(json, "lost_up"));
	delays.stamps_missing = count_of(json, "stamps_missing");
	*ret_delays = delays;
	return 0;
}
