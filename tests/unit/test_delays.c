/* What the four times of round trips tell; numbers are counted out by hand. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "measure/delays.h"

static struct delays delays;

static void open_delays(void)
{
	cr_assert_eq(delays_init(&delays), 0);
}

static void close_delays(void)
{
	delays_finish(&delays);
}

TestSuite(delays, .init = open_delays, .fini = close_delays);

#define DAY_NS 86400000000000

/* 100 there, 20 with the peer, 300 back; then 150, 30, 280. */
static const struct round_trip first = { 1000, 1100, 1120, 1420 };
static const struct round_trip second = { 2000, 2150, 2180, 2460 };

static int64_t minimum(enum delay_kind kind)
{
	return signed_histogram_min(&delays.delays[kind]);
}

static int64_t maximum(enum delay_kind kind)
{
	return signed_histogram_max(&delays.delays[kind]);
}

static uint64_t count(enum delay_kind kind)
{
	return signed_histogram_count(&delays.delays[kind]);
}

/* The peer's clock is ahead by this much. */
static struct round_trip seen_by(const struct round_trip *trip, int64_t ahead_ns)
{
	struct round_trip seen = *trip;

	seen.received_ns += ahead_ns;
	seen.replied_ns += ahead_ns;
	return seen;
}

Test(delays, one_round_trip_has_four_delays_and_no_variation)
{
	delays_record(&delays, &first, NULL);
	cr_assert_eq(delays_count(&delays), 1);
	cr_assert_eq(minimum(DELAY_ROUND_TRIP), 400);
	cr_assert_eq(minimum(DELAY_SEND), 100);
	cr_assert_eq(minimum(DELAY_RECEIVE), 300);
	cr_assert_eq(minimum(DELAY_RESIDENCE), 20);
	cr_assert_eq(count(DELAY_ROUND_TRIP_IPDV), 0);
	cr_assert_eq(count(DELAY_SEND_IPDV), 0);
	cr_assert_eq(count(DELAY_RECEIVE_IPDV), 0);
}

Test(delays, variation_is_this_less_the_one_before)
{
	delays_record(&delays, &first, NULL);
	delays_record(&delays, &second, &first);
	cr_assert_eq(count(DELAY_SEND_IPDV), 1);
	cr_assert_eq(minimum(DELAY_SEND_IPDV), 50);
	cr_assert_eq(minimum(DELAY_RECEIVE_IPDV), -20);
	cr_assert_eq(minimum(DELAY_ROUND_TRIP_IPDV), 30);
	cr_assert_eq(maximum(DELAY_SEND), 150);
	cr_assert_eq(maximum(DELAY_RESIDENCE), 30);
}

/* Nothing of a day's difference may blur 10 ns. */
Test(delays, clocks_that_are_apart_keep_the_digits)
{
	struct round_trip trip = seen_by(&first, DAY_NS);

	for (int i = 0; i < 9; i++) {
		trip.sent_ns -= 10;
		delays_record(&delays, &trip, NULL);
	}
	cr_assert_eq(minimum(DELAY_SEND), DAY_NS + 110);
	cr_assert_eq(signed_histogram_percentile(&delays.delays[DELAY_SEND], 50), DAY_NS + 150);
	cr_assert_eq(maximum(DELAY_SEND), DAY_NS + 190);
	cr_assert_eq(minimum(DELAY_RECEIVE), 300 - DAY_NS);
	cr_assert_eq(minimum(DELAY_ROUND_TRIP), 410);
}

Test(delays, clocks_that_are_close_are_counted_as_they_are)
{
	delays_record(&delays, &first, NULL);
	cr_assert_eq(delays.delays[DELAY_SEND].offset_ns, 0);
}

Test(delays, threads_with_clocks_apart_merge)
{
	struct round_trip ahead = seen_by(&first, DAY_NS), later = seen_by(&second, DAY_NS);
	struct delays other;

	cr_assert_eq(delays_init(&other), 0);
	delays_record(&delays, &ahead, NULL);
	delays_record(&other, &later, &ahead);
	other.lost_known = 5;
	other.lost_up = 3;
	other.lost_down = 2;
	other.stamps_missing = 1;
	delays_merge(&delays, &other);
	cr_assert_eq(minimum(DELAY_SEND), DAY_NS + 100);
	cr_assert_eq(maximum(DELAY_SEND), DAY_NS + 150);
	cr_assert_eq(minimum(DELAY_RECEIVE), 280 - DAY_NS);
	cr_assert_eq(maximum(DELAY_RECEIVE), 300 - DAY_NS);
	cr_assert_eq(count(DELAY_SEND_IPDV), 1);
	cr_assert_eq(delays.lost_known, 5);
	cr_assert_eq(delays.lost_up, 3);
	cr_assert_eq(delays.lost_down, 2);
	cr_assert_eq(delays.stamps_missing, 1);
	delays_finish(&other);
}

Test(delays, reset_forgets_everything)
{
	struct round_trip ahead = seen_by(&first, DAY_NS);

	delays_record(&delays, &ahead, NULL);
	clock_pair_note_peer(&delays.clocks, true, 7);
	delays.lost_up = 1;
	delays_reset(&delays);
	cr_assert_eq(delays_count(&delays), 0);
	cr_assert_eq(delays.lost_up, 0);
	cr_assert(!delays.clocks.known);
	delays_record(&delays, &first, NULL);
	cr_assert_eq(minimum(DELAY_SEND), 100);
}

Test(delays, worst_word_of_a_clock_is_kept)
{
	struct clock_pair clocks = { 0 };

	clock_pair_note_own(&clocks, true, 5);
	clock_pair_note_own(&clocks, true, 3);
	cr_assert(clocks.own_known && clocks.synchronised);
	cr_assert_eq(clocks.error_ns, 5);
	clock_pair_note_own(&clocks, false, 9);
	clock_pair_note_own(&clocks, true, 1);
	cr_assert(!clocks.synchronised);
	cr_assert_eq(clocks.error_ns, 9);
	cr_assert(!clocks.known, "nobody has told of the peer's");
	clock_pair_note_peer(&clocks, true, 100);
	cr_assert(clocks.known && clocks.peer_synchronised);
	cr_assert_eq(clocks.peer_error_ns, 100);
}

Test(delays, merged_clocks_are_the_worst_of_those_known)
{
	struct clock_pair clocks = { 0 }, other = { 0 };

	clock_pair_note_own(&other, true, 8);
	clock_pair_merge(&clocks, &other);
	cr_assert(clocks.own_known && clocks.synchronised);
	cr_assert(!clocks.known);
	clock_pair_note_peer(&other, false, 2);
	clock_pair_note_peer(&clocks, true, 1);
	clock_pair_merge(&clocks, &other);
	cr_assert(!clocks.peer_synchronised);
	cr_assert_eq(clocks.peer_error_ns, 2);
}

Test(delays, one_way_needs_both_clocks_or_one_host)
{
	cr_assert(!clock_pair_is_one(&delays.clocks, false));
	cr_assert(clock_pair_is_one(&delays.clocks, true));
	clock_pair_note_own(&delays.clocks, true, 1);
	cr_assert(!clock_pair_is_one(&delays.clocks, false), "the peer's is not known");
	clock_pair_note_peer(&delays.clocks, true, 1);
	cr_assert(clock_pair_is_one(&delays.clocks, false));
	clock_pair_note_peer(&delays.clocks, false, 1);
	cr_assert(!clock_pair_is_one(&delays.clocks, false));
}

Test(delays, sentence_says_what_is_to_be_believed)
{
	struct clock_pair clocks = { 0 };

	cr_assert_str_eq(clock_pair_sentence(&clocks, false).text,
			 "one-way delays are from the smallest on: nothing is known of the clock "
			 "there");
	clock_pair_note_peer(&clocks, true, 300000);
	cr_assert_str_eq(clock_pair_sentence(&clocks, false).text,
			 "one-way delays are from the smallest on: the clock here is not "
			 "synchronised");
	clock_pair_note_own(&clocks, true, 1200000);
	cr_assert_str_eq(clock_pair_sentence(&clocks, false).text,
			 "one-way delays: both clocks are synchronised, by their own account to "
			 "1.20 ms here and 300 us there");
	clock_pair_note_peer(&clocks, false, 300000);
	cr_assert_str_eq(clock_pair_sentence(&clocks, false).text,
			 "one-way delays are from the smallest on: the clock there is not "
			 "synchronised");
	cr_assert_str_eq(clock_pair_sentence(&clocks, true).text,
			 "one-way delays: both ends read the clock of one host");
}

static json_int_t figure(const json_t *json, const char *kind, const char *key)
{
	const json_t *value = json_object_get(json_object_get(json, kind), key);

	cr_assert(json_is_integer(value), "%s of %s", key, kind);
	return json_integer_value(value);
}

Test(delays, valid_ones_are_told_as_they_are)
{
	json_t *json;

	delays_record(&delays, &first, NULL);
	delays_record(&delays, &second, &first);
	delays.lost_known = 4;
	delays.lost_up = 3;
	delays.lost_down = 1;
	json = delays_to_json(&delays, NULL, true);
	cr_assert(json_is_true(json_object_get(json, "one_way_valid")));
	cr_assert_eq(figure(json, "send_delay_ns", "min"), 100);
	cr_assert_eq(figure(json, "send_delay_ns", "base"), 0);
	cr_assert_eq(figure(json, "receive_ipdv_ns", "min"), -20);
	cr_assert(json_is_true(json_object_get(json_object_get(json, "clocks"), "same_host")));
	cr_assert(json_is_null(json_object_get(json_object_get(json, "clocks"), "error_ns")));
	cr_assert_eq(json_integer_value(json_object_get(json, "lost_up")), 3);
	json_decref(json);
}

Test(delays, invalid_ones_are_told_from_the_smallest_on)
{
	struct round_trip ahead = seen_by(&first, DAY_NS), later = seen_by(&second, DAY_NS);
	json_t *json;

	delays_record(&delays, &ahead, NULL);
	delays_record(&delays, &later, &ahead);
	json = delays_to_json(&delays, NULL, false);
	cr_assert(json_is_false(json_object_get(json, "one_way_valid")));
	cr_assert_eq(figure(json, "send_delay_ns", "min"), 0);
	cr_assert_eq(figure(json, "send_delay_ns", "mean"), 25);
	cr_assert_eq(figure(json, "send_delay_ns", "max"), 50);
	cr_assert_eq(figure(json, "send_delay_ns", "base"), DAY_NS + 100);
	cr_assert_eq(figure(json, "receive_delay_ns", "max"), 20);
	cr_assert_eq(figure(json, "round_trip_ns", "min"), 400);
	cr_assert_eq(figure(json, "round_trip_ns", "base"), 0);
	cr_assert_eq(figure(json, "residence_ns", "min"), 20);
	json_decref(json);
}

Test(delays, json_read_again_tells_the_same)
{
	struct delays again;
	json_t *json, *second_json;
	struct error why;
	bool same_host;

	delays_record(&delays, &first, NULL);
	delays_record(&delays, &second, &first);
	clock_pair_note_own(&delays.clocks, true, 5);
	clock_pair_note_peer(&delays.clocks, false, 6);
	delays.stamps_missing = 9;
	json = delays_to_json(&delays, NULL, true);
	cr_assert_eq(delays_from_json(json, &again, &same_host, &why), 0, "%s", why.text);
	cr_assert(same_host);
	second_json = delays_to_json(&again, NULL, same_host);
	cr_assert(json_equal(json, second_json));
	delays_make_relative(&again);
	cr_assert_eq(signed_histogram_min(&again.delays[DELAY_SEND]), 0);
	cr_assert_eq(signed_histogram_max(&again.delays[DELAY_SEND]), 50);
	cr_assert_eq(signed_histogram_min(&again.delays[DELAY_ROUND_TRIP]), 400);
	json_decref(json);
	json_decref(second_json);
	delays_finish(&again);
}

Test(delays, json_without_a_part_is_refused_by_name)
{
	struct delays again;
	struct error why;
	bool same_host;
	json_t *json;

	delays_record(&delays, &first, NULL);
	json = delays_to_json(&delays, NULL, true);
	json_object_del(json_object_get(json, "residence_ns"), "histogram");
	cr_assert_eq(delays_from_json(json, &again, &same_host, &why), -EINVAL);
	cr_assert_str_eq(why.text, "has a residence_ns that has no histogram");
	json_object_del(json, "residence_ns");
	cr_assert_eq(delays_from_json(json, &again, &same_host, &why), -EINVAL);
	cr_assert_str_eq(why.text, "has no residence_ns");
	json_decref(json);
}
