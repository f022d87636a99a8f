/* Divided round trips in result documents. */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "measure/split.h"

static json_t *points_to_json(uint32_t points)
{
	json_t *array = json_array();
	int error = 0;

	for (int point = 0; point < SPLIT_POINT_COUNT; point++)
		if (points & 1u << point)
			error |= json_append(array, json_string(split_points[point].key));
	return json_complete(array, error);
}

static json_t *part_to_json(const struct split *split, enum split_point end,
			    const struct percentile_list *percentiles)
{
	enum split_point begin = split_begin(split->points, end);
	struct split_title title = split_part_title(split->points, end);
	json_t *object = json_object();
	int error = json_put_string(object, "from", split_points[begin].key);

	error |= json_put_string(object, "to", split_points[end].key);
	error |= json_put_string(object, "title", title.text);
	error |= json_put_boolean(object, "crossing", split_is_crossing(split->points, end));
	error |= json_put_value(object, "times_ns",
				signed_histogram_to_json(&split->parts[end], percentiles, 0));
	return json_complete(object, error);
}

static json_t *parts_to_json(const struct split *split, const struct percentile_list *percentiles)
{
	json_t *array = json_array();
	int error = 0;

	for (enum split_point end = split_next(split->points, SPLIT_CLIENT_USER_SEND);
	     end < SPLIT_POINT_COUNT; end = split_next(split->points, end))
		error |= json_append(array, part_to_json(split, end, percentiles));
	return json_complete(array, error);
}

static json_t *band_to_json(const struct split *split, int index)
{
	const struct split_band *band = &split->bands[index];
	json_t *object = json_object(), *sums = json_array();
	int error = 0;

	for (enum split_point end = split_next(split->points, SPLIT_CLIENT_USER_SEND);
	     end < SPLIT_POINT_COUNT; end = split_next(split->points, end))
		error |= json_append(sums, json_integer(band->sums_ns[end]));
	error |= json_put_integer(object, "from_ns", index > 0 ? INT64_C(1) << index : 0);
	error |= json_put_integer(object, "to_ns", (INT64_C(2) << index) - 1);
	error |= json_put_unsigned(object, "round_trips", band->round_trips);
	error |= json_put_value(object, "sums_ns", sums);
	return json_complete(object, error);
}

static json_t *bands_to_json(const struct split *split)
{
	json_t *array = json_array();
	int error = 0;

	for (int i = 0; i < SPLIT_BANDS; i++)
		if (split->bands[i].round_trips > 0)
			error |= json_append(array, band_to_json(split, i));
	return json_complete(array, error);
}

json_t *split_to_json(const struct split *split, const struct percentile_list *percentiles)
{
	json_t *object = json_object();
	int error = json_put_value(object, "points", points_to_json(split->points));

	error |= json_put_value(object, "parts", parts_to_json(split, percentiles));
	error |= json_put_value(object, "both_ways_ns",
				signed_histogram_to_json(&split->both_ways, percentiles, 0));
	error |= json_put_value(object, "whole_ns",
				signed_histogram_to_json(&split->whole, percentiles, 0));
	error |= json_put_value(object, "bands", bands_to_json(split));
	error |= json_put_unsigned(object, "round_trips", split_count(split));
	error |= json_put_unsigned(object, "followed_up", split->followed_up);
	error |= json_put_unsigned(object, "incomplete", split->incomplete);
	error |= json_put_unsigned(object, "unordered", split->unordered);
	error |= json_put_unsigned(object, "mismatched", split->mismatched);
	return json_complete(object, error);
}

/* The point of this key; SPLIT_POINT_COUNT: none. */
static int point_of(const json_t *key)
{
	int point = 0;

	if (!json_is_string(key))
		return SPLIT_POINT_COUNT;
	while (point < SPLIT_POINT_COUNT &&
	       strcmp(split_points[point].key, json_string_value(key)) != 0)
		point++;
	return point;
}

/* 0: it names none, or something else. */
static uint32_t points_of(const json_t *array)
{
	uint32_t points = 0;
	const json_t *key;
	size_t i;

	json_array_foreach (array, i, key)
		points |= 1u << point_of(key);
	return (points & ~SPLIT_ALL) != 0 ? 0 : points;
}

static int times_read(const json_t *times, const char *name, struct signed_histogram *histogram,
		      struct error *ret_error)
{
	struct error why = { "" };
	int error;

	if (!times)
		return error_set(ret_error, -EINVAL, "has no times of %s", name);
	error = signed_histogram_from_json(times, histogram, &why);
	if (error)
		return error_set(ret_error, error, "has times of %s, and that %s", name, why.text);
	return 0;
}

/* Every part that the points ask for, once, in their order. */
static int parts_read(const json_t *array, struct split *split, struct error *ret_error)
{
	size_t i = 0;

	for (enum split_point end = split_next(split->points, SPLIT_CLIENT_USER_SEND);
	     end < SPLIT_POINT_COUNT; end = split_next(split->points, end)) {
		const json_t *part = json_array_get(array, i++);
		int error;

		if (point_of(json_object_get(part, "to")) != (int)end)
			return error_set(ret_error, -EINVAL, "has no part that ends at %s",
					 split_points[end].key);
		error = times_read(json_object_get(part, "times_ns"), split_points[end].key,
				   &split->parts[end], ret_error);
		if (error)
			return error;
	}
	return 0;
}

static uint64_t count_of(const json_t *json, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(json, key));

	return value > 0 ? (uint64_t)value : 0;
}

static int band_read(const json_t *json, struct split *split, struct error *ret_error)
{
	uint64_t from_ns = count_of(json, "from_ns");
	int index = from_ns > 1 ? 63 - __builtin_clzll(from_ns) : 0;
	const json_t *sums = json_object_get(json, "sums_ns");
	size_t i = 0;

	if (index >= SPLIT_BANDS || split->bands[index].round_trips > 0)
		return error_set(ret_error, -EINVAL, "has bands that are not those of a split");
	split->bands[index].round_trips = count_of(json, "round_trips");
	for (enum split_point end = split_next(split->points, SPLIT_CLIENT_USER_SEND);
	     end < SPLIT_POINT_COUNT; end = split_next(split->points, end))
		split->bands[index].sums_ns[end] = json_integer_value(json_array_get(sums, i++));
	return 0;
}

static int bands_read(const json_t *array, struct split *split, struct error *ret_error)
{
	const json_t *band;
	size_t i;

	json_array_foreach (array, i, band) {
		int error = band_read(band, split, ret_error);

		if (error)
			return error;
	}
	if (split_total(split).round_trips != split_count(split))
		return error_set(ret_error, -EINVAL,
				 "has bands that are not of as many round trips as its times");
	return 0;
}

static int all_read(const json_t *json, struct split *split, struct error *ret_error)
{
	int error = parts_read(json_object_get(json, "parts"), split, ret_error);

	if (!error)
		error = times_read(json_object_get(json, "both_ways_ns"), "both ways",
				   &split->both_ways, ret_error);
	if (!error)
		error = times_read(json_object_get(json, "whole_ns"), "the whole", &split->whole,
				   ret_error);
	if (!error)
		error = bands_read(json_object_get(json, "bands"), split, ret_error);
	return error;
}

int split_from_json(const json_t *json, struct split *ret_split, struct error *ret_error)
{
	struct split split = { .points = points_of(json_object_get(json, "points")) };
	int error;

	if ((split.points & SPLIT_ENDS) != SPLIT_ENDS)
		return error_set(ret_error, -EINVAL, "has points that are not those of a split");
	error = all_read(json, &split, ret_error);
	if (error) {
		split_finish(&split);
		return error;
	}
	split.followed_up = count_of(json, "followed_up");
	split.incomplete = count_of(json, "incomplete");
	split.unordered = count_of(json, "unordered");
	split.mismatched = count_of(json, "mismatched");
	split.wanted = split.points;
	*ret_split = split;
	return 0;
}
