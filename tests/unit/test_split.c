/* Round trips divided. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "measure/split.h"

#define ECHO_POINTS                                                                          \
	(SPLIT_ALL & ~(1u << SPLIT_SERVER_KERNEL_RECEIVE | 1u << SPLIT_SERVER_USER_RECEIVE | \
		       1u << SPLIT_SERVER_SEND))

/* Parts of 1, 20, 300, 4000, 50 and 6 ns: 4377 in all. */
static const struct split_times times = {
	.known = SPLIT_ALL,
	.at_ns = { 1000, 1001, 1021, 1321, 5321, 5371, 5377 },
};

static struct split split;

static void open_split(uint32_t points)
{
	cr_assert_eq(split_init(&split, points), 0);
}

static void close_split(void)
{
	split_finish(&split);
}

TestSuite(split, .fini = close_split);

static int64_t part(enum split_point end)
{
	return signed_histogram_max(&split.parts[end]);
}

Test(split, parts_are_those_between_the_points)
{
	open_split(SPLIT_ALL);
	split_record(&split, &times, 4377);
	cr_assert_eq(split_count(&split), 1);
	cr_assert_eq(part(SPLIT_CLIENT_KERNEL_SEND), 1);
	cr_assert_eq(part(SPLIT_SERVER_KERNEL_RECEIVE), 20);
	cr_assert_eq(part(SPLIT_SERVER_USER_RECEIVE), 300);
	cr_assert_eq(part(SPLIT_SERVER_SEND), 4000);
	cr_assert_eq(part(SPLIT_CLIENT_KERNEL_RECEIVE), 50);
	cr_assert_eq(part(SPLIT_CLIENT_USER_RECEIVE), 6);
	cr_assert_eq(signed_histogram_max(&split.whole), 4377);
}

/* All sets of points: whatever is missing, nothing is lost and nothing counted twice. */
Test(split, parts_of_any_points_sum_to_the_whole)
{
	for (uint32_t points = 0; points <= SPLIT_ALL; points++) {
		int64_t sum = 0;
		int parts = 0;

		open_split(points);
		split_record(&split, &times, 4377);
		for (enum split_point end = split_next(split.points, SPLIT_CLIENT_USER_SEND);
		     end < SPLIT_POINT_COUNT; end = split_next(split.points, end), parts++)
			sum += part(end);
		cr_assert_eq(sum, 4377, "points %x", points);
		cr_assert_eq(parts, __builtin_popcount(split.points) - 1);
		cr_assert_eq(split.unordered, 0);
		split_finish(&split);
	}
}

/* A part of an hour that is 20 ns longer or shorter. */
Test(split, clocks_that_are_hours_apart_do_not_hide_the_ways)
{
	const int64_t hour_ns = 3600 * INT64_C(1000000000);

	open_split(SPLIT_ALL);
	for (int64_t trip = 0; trip < 100; trip++) {
		struct split_times apart = times;

		for (int point = SPLIT_SERVER_KERNEL_RECEIVE; point <= SPLIT_SERVER_SEND; point++)
			apart.at_ns[point] += hour_ns + trip - 50;
		split_record(&split, &apart, 4377);
	}
	cr_assert_eq(signed_histogram_percentile(&split.parts[SPLIT_SERVER_KERNEL_RECEIVE], 50),
		     hour_ns + 20 - 1);
	cr_assert_eq(signed_histogram_percentile(&split.parts[SPLIT_CLIENT_KERNEL_RECEIVE], 50),
		     50 - hour_ns);
	cr_assert_eq(signed_histogram_max(&split.both_ways), 70);
	cr_assert_eq(signed_histogram_max(&split.parts[SPLIT_SERVER_SEND]), 4000);
}

Test(split, points_that_are_missing_make_one_part)
{
	open_split(ECHO_POINTS);
	split_record(&split, &times, 4377);
	cr_assert_eq(part(SPLIT_CLIENT_KERNEL_SEND), 1);
	cr_assert_eq(part(SPLIT_CLIENT_KERNEL_RECEIVE), 4370);
	cr_assert_eq(part(SPLIT_CLIENT_USER_RECEIVE), 6);
	cr_assert_eq(signed_histogram_count(&split.parts[SPLIT_SERVER_SEND]), 0);
	cr_assert_eq(split_begin(split.points, SPLIT_CLIENT_KERNEL_RECEIVE),
		     SPLIT_CLIENT_KERNEL_SEND);
	cr_assert_str_eq(split_part_title(split.points, SPLIT_CLIENT_KERNEL_RECEIVE).text,
			 "way there, server wakes up, server answers, way back");
}

Test(split, title_of_everything_fits)
{
	open_split(0);
	cr_assert_str_eq(split_part_title(split.points, SPLIT_CLIENT_USER_RECEIVE).text,
			 "client sends, way there, server wakes up, server answers, way back, "
			 "client wakes up");
}

Test(split, round_trip_without_a_point_is_left_out)
{
	struct split_times some = times;

	open_split(SPLIT_ALL);
	some.known &= ~(1u << SPLIT_SERVER_SEND);
	split_record(&split, &some, 4377);
	cr_assert_eq(split.incomplete, 1);
	cr_assert_eq(split_count(&split), 0);
	cr_assert_eq(signed_histogram_count(&split.parts[SPLIT_CLIENT_KERNEL_SEND]), 0);
}

Test(split, point_that_the_peer_does_not_tell_is_none)
{
	struct split_times silent = times;
	struct split other;

	open_split(SPLIT_ALL);
	silent.known &= ~SPLIT_TOLD;
	split_record(&split, &silent, 4377);
	cr_assert_eq(split_count(&split), 1);
	cr_assert_eq(split.incomplete, 0);
	cr_assert_eq(part(SPLIT_SERVER_SEND), 4300);
	split_record(&split, &times, 4377);
	cr_assert_eq(split_count(&split), 2);
	/* Another thread's peer has told it: those are other parts. */
	cr_assert_eq(split_init(&other, SPLIT_ALL), 0);
	split_record(&other, &times, 4377);
	split_merge(&split, &other);
	cr_assert_eq(split_count(&split), 2);
	cr_assert_eq(split.incomplete, 1);
	split_reset(&split);
	split_merge(&split, &other);
	cr_assert_eq(split.points, SPLIT_ALL);
	cr_assert_eq(split_count(&split), 1);
	split_record(&split, &silent, 4377);
	cr_assert_eq(split.incomplete, 1);
	split_finish(&other);
}

Test(split, part_below_zero_is_found_once_a_round_trip)
{
	struct split_times wrong = times;

	open_split(SPLIT_ALL);
	wrong.at_ns[SPLIT_SERVER_USER_RECEIVE] = wrong.at_ns[SPLIT_SERVER_KERNEL_RECEIVE] - 1;
	split_record(&split, &wrong, 4377);
	cr_assert_eq(split.unordered, 0, "1 ns is what NTP's fractions may lose");
	cr_assert_eq(signed_histogram_min(&split.parts[SPLIT_SERVER_USER_RECEIVE]), -1);
	wrong.at_ns[SPLIT_SERVER_USER_RECEIVE]--;
	wrong.at_ns[SPLIT_CLIENT_USER_RECEIVE] = wrong.at_ns[SPLIT_CLIENT_KERNEL_RECEIVE] - 9;
	split_record(&split, &wrong, 4362);
	cr_assert_eq(split.unordered, 1);
	cr_assert_eq(split_count(&split), 2);
}

Test(split, step_of_the_clock_is_found_and_left_out)
{
	open_split(SPLIT_ALL);
	split_record(&split, &times, 4377 + SPLIT_MISMATCH_NS);
	cr_assert_eq(split.mismatched, 0);
	split_record(&split, &times, 4378 + SPLIT_MISMATCH_NS);
	cr_assert_eq(split.mismatched, 1);
	cr_assert_eq(split_count(&split), 1);
}

/* 10 s measured on a clock that is slewed by 500 ppm. */
Test(split, slewed_clock_is_no_step)
{
	struct split_times slow = times;

	open_split(0);
	slow.at_ns[SPLIT_CLIENT_USER_RECEIVE] = slow.at_ns[SPLIT_CLIENT_USER_SEND] + 10005000000;
	split_record(&split, &slow, 10000000000);
	cr_assert_eq(split.mismatched, 0);
	slow.at_ns[SPLIT_CLIENT_USER_RECEIVE] -= 20000000;
	split_record(&split, &slow, 10000000000);
	cr_assert_eq(split.mismatched, 1);
}

Test(split, merged_one_has_the_round_trips_of_both)
{
	struct split other;

	open_split(ECHO_POINTS);
	cr_assert_eq(split_init(&other, ECHO_POINTS), 0);
	split_record(&split, &times, 4377);
	split_record(&other, &times, 4377);
	other.unordered = 2;
	other.incomplete = 3;
	other.mismatched = 4;
	split_merge(&split, &other);
	cr_assert_eq(split_count(&split), 2);
	cr_assert_eq(signed_histogram_count(&split.parts[SPLIT_CLIENT_KERNEL_RECEIVE]), 2);
	cr_assert_eq(split_total(&split).sums_ns[SPLIT_CLIENT_KERNEL_RECEIVE], 8740);
	cr_assert_eq(split.unordered, 2);
	cr_assert_eq(split.incomplete, 3);
	cr_assert_eq(split.mismatched, 4);
	split_reset(&split);
	cr_assert_eq(split_count(&split), 0);
	cr_assert_eq(split.unordered, 0);
	cr_assert_eq(split_total(&split).round_trips, 0);
	split_finish(&other);
}

/* The server's clock is an hour ahead: 20 there and 50 back are 70 nevertheless. */
Test(split, both_ways_together_do_without_agreeing_clocks)
{
	struct split_times apart = times;

	open_split(SPLIT_ALL);
	for (int point = SPLIT_SERVER_KERNEL_RECEIVE; point <= SPLIT_SERVER_SEND; point++)
		apart.at_ns[point] += 3600000000000;
	split_record(&split, &apart, 4377);
	cr_assert_eq(signed_histogram_max(&split.both_ways), 70);
	cr_assert(split_is_crossing(split.points, SPLIT_SERVER_KERNEL_RECEIVE));
	cr_assert(split_is_crossing(split.points, SPLIT_CLIENT_KERNEL_RECEIVE));
	cr_assert(!split_is_crossing(split.points, SPLIT_SERVER_SEND));
	split_finish(&split);
	open_split(ECHO_POINTS);
	split_record(&split, &times, 4377);
	cr_assert_eq(signed_histogram_count(&split.both_ways), 0);
}

/* 4377 ns are in the band from 4096 on, 20377 in that from 16384 on. */
Test(split, bands_keep_the_slow_ones_apart)
{
	struct split_times slow = times;
	struct split_band total;

	open_split(SPLIT_ALL);
	split_record(&split, &times, 4377);
	split_record(&split, &times, 4377);
	slow.at_ns[SPLIT_CLIENT_USER_RECEIVE] += 16000;
	split_record(&split, &slow, 20377);
	cr_assert_eq(split.bands[12].round_trips, 2);
	cr_assert_eq(split.bands[12].sums_ns[SPLIT_SERVER_SEND], 8000);
	cr_assert_eq(split.bands[12].sums_ns[SPLIT_CLIENT_USER_RECEIVE], 12);
	cr_assert_eq(split.bands[14].round_trips, 1);
	cr_assert_eq(split.bands[14].sums_ns[SPLIT_CLIENT_USER_RECEIVE], 16006);
	total = split_total(&split);
	cr_assert_eq(total.round_trips, 3);
	cr_assert_eq(total.sums_ns[SPLIT_SERVER_SEND], 12000);
}

Test(split, json_tells_points_parts_and_counts)
{
	json_t *json, *part_json;

	open_split(ECHO_POINTS);
	split_record(&split, &times, 4377);
	json = split_to_json(&split, NULL);
	cr_assert_eq(json_array_size(json_object_get(json, "points")), 4);
	cr_assert_eq(json_array_size(json_object_get(json, "parts")), 3);
	part_json = json_array_get(json_object_get(json, "parts"), 1);
	cr_assert_str_eq(json_string_value(json_object_get(part_json, "from")),
			 "client_kernel_send");
	cr_assert_str_eq(json_string_value(json_object_get(part_json, "to")),
			 "client_kernel_receive");
	cr_assert_eq(
		json_integer_value(json_object_get(json_object_get(part_json, "times_ns"), "p50")),
		4370);
	cr_assert_eq(json_integer_value(json_object_get(json, "round_trips")), 1);
	json_decref(json);
}

Test(split, json_read_again_tells_the_same)
{
	struct split again;
	json_t *json, *second;
	struct error why;

	open_split(SPLIT_ALL);
	split_record(&split, &times, 4377);
	split.incomplete = 1;
	json = split_to_json(&split, NULL);
	cr_assert_eq(split_from_json(json, &again, &why), 0, "%s", why.text);
	second = split_to_json(&again, NULL);
	cr_assert(json_equal(json, second));
	json_decref(json);
	json_decref(second);
	split_finish(&again);
}

Test(split, json_of_something_else_is_refused)
{
	struct split again;
	struct error why;
	json_t *json;

	open_split(SPLIT_ALL);
	split_record(&split, &times, 4377);
	json = split_to_json(&split, NULL);
	json_object_set_new(json_array_get(json_object_get(json, "bands"), 0), "round_trips",
			    json_integer(7));
	cr_assert_eq(split_from_json(json, &again, &why), -EINVAL);
	cr_assert_str_eq(why.text, "has bands that are not of as many round trips as its times");
	json_array_remove(json_object_get(json, "parts"), 2);
	cr_assert_eq(split_from_json(json, &again, &why), -EINVAL);
	cr_assert_str_eq(why.text, "has no part that ends at server_user_receive");
	json_array_append_new(json_object_get(json, "points"), json_string("elsewhere"));
	cr_assert_eq(split_from_json(json, &again, &why), -EINVAL);
	cr_assert_str_eq(why.text, "has points that are not those of a split");
	json_decref(json);
}
