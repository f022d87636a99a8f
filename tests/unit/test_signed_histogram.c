/* Distributions of differences. Values are small, or counted out by hand. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "measure/signed_histogram.h"

static struct signed_histogram histogram;

static void open_histogram(void)
{
	cr_assert_eq(signed_histogram_init(&histogram), 0);
}

static void close_histogram(void)
{
	signed_histogram_finish(&histogram);
}

TestSuite(signed_histogram, .init = open_histogram, .fini = close_histogram);

static void record_all(struct signed_histogram *to, const int64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		signed_histogram_record(to, values[i]);
}

Test(signed_histogram, empty_one_has_zeroes_and_is_null)
{
	json_t *json = signed_histogram_to_json(&histogram, NULL, 0);

	cr_assert_eq(signed_histogram_count(&histogram), 0);
	cr_assert_eq(signed_histogram_min(&histogram), 0);
	cr_assert_eq(signed_histogram_max(&histogram), 0);
	cr_assert_eq(signed_histogram_mean(&histogram), 0);
	cr_assert_eq(signed_histogram_stddev(&histogram), 0);
	cr_assert_eq(signed_histogram_percentile(&histogram, 50), 0);
	cr_assert(json_is_null(json));
	json_decref(json);
}

Test(signed_histogram, zeroes_count_nothing_and_can_be_finished)
{
	struct signed_histogram zeroes = { 0 };

	cr_assert_eq(signed_histogram_count(&zeroes), 0);
	signed_histogram_merge(&histogram, &zeroes);
	cr_assert_eq(signed_histogram_count(&histogram), 0);
	signed_histogram_reset(&zeroes);
	signed_histogram_finish(&zeroes);
}

/* -30, -20, 0, 10, 90: the sum is 50; squares of the distances from 10: 1600 900 100 0 6400, of
 * which the mean is 1800. */
Test(signed_histogram, figures_are_those_counted_by_hand)
{
	static const int64_t values[] = { 10, -20, 90, 0, -30 };

	record_all(&histogram, values, 5);
	cr_assert_eq(signed_histogram_count(&histogram), 5);
	cr_assert_eq(signed_histogram_min(&histogram), -30);
	cr_assert_eq(signed_histogram_max(&histogram), 90);
	cr_assert_float_eq(signed_histogram_mean(&histogram), 10, 1e-9);
	cr_assert_float_eq(signed_histogram_stddev(&histogram), 42.42640687, 1e-6);
	cr_assert_eq(signed_histogram_percentile(&histogram, 0), -30);
	cr_assert_eq(signed_histogram_percentile(&histogram, 20), -30);
	cr_assert_eq(signed_histogram_percentile(&histogram, 40), -20);
	cr_assert_eq(signed_histogram_percentile(&histogram, 50), 0);
	cr_assert_eq(signed_histogram_percentile(&histogram, 80), 10);
	cr_assert_eq(signed_histogram_percentile(&histogram, 90), 90);
	cr_assert_eq(signed_histogram_percentile(&histogram, 100), 90);
}

Test(signed_histogram, negative_values_alone_are_in_order)
{
	static const int64_t values[] = { -1, -5, -3 };

	record_all(&histogram, values, 3);
	cr_assert_eq(signed_histogram_min(&histogram), -5);
	cr_assert_eq(signed_histogram_percentile(&histogram, 50), -3);
	cr_assert_eq(signed_histogram_max(&histogram), -1);
	cr_assert_float_eq(signed_histogram_mean(&histogram), -3, 1e-9);
}

/* With nothing below 0 it is a histogram as any other. */
Test(signed_histogram, agrees_with_the_plain_histogram)
{
	struct histogram *plain;
	uint64_t state = 1;

	cr_assert_eq(histogram_open(&plain), 0);
	for (int i = 0; i < 20000; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		histogram_record(plain, state >> 40);
		signed_histogram_record(&histogram, (int64_t)(state >> 40));
	}
	for (double percent = 0; percent <= 100; percent += 0.5)
		cr_expect_eq(signed_histogram_percentile(&histogram, percent),
			     (int64_t)histogram_percentile(plain, percent), "p%g", percent);
	cr_assert_float_eq(signed_histogram_stddev(&histogram), histogram_stddev(plain),
			   histogram_stddev(plain) / 1000);
	histogram_close(plain);
}

Test(signed_histogram, merged_one_has_the_values_of_both)
{
	static const int64_t values[] = { 10, -20, 90, 0, -30 };
	struct signed_histogram other;

	cr_assert_eq(signed_histogram_init(&other), 0);
	record_all(&histogram, values, 2);
	record_all(&other, &values[2], 3);
	signed_histogram_merge(&histogram, &other);
	cr_assert_eq(signed_histogram_count(&histogram), 5);
	cr_assert_eq(signed_histogram_min(&histogram), -30);
	cr_assert_eq(signed_histogram_percentile(&histogram, 40), -20);
	cr_assert_eq(signed_histogram_max(&histogram), 90);
	cr_assert_float_eq(signed_histogram_mean(&histogram), 10, 1e-9);
	signed_histogram_finish(&other);
}

/* Clocks a day apart: a value of a day has buckets of a minute, and these differ by 10 ns. */
Test(signed_histogram, offset_keeps_what_is_small_beside_it)
{
	const int64_t day = 86400000000000;

	signed_histogram_set_offset(&histogram, day);
	for (int i = 0; i < 10; i++)
		signed_histogram_record(&histogram, day + 10 * (i - 5));
	cr_assert_eq(signed_histogram_min(&histogram), day - 50);
	cr_assert_eq(signed_histogram_percentile(&histogram, 10), day - 50);
	cr_assert_eq(signed_histogram_percentile(&histogram, 50), day - 10);
	cr_assert_eq(signed_histogram_max(&histogram), day + 40);
	cr_assert_float_eq(signed_histogram_mean(&histogram), (double)(day - 5), 0.1);
	signed_histogram_reset(&histogram);
	cr_assert_eq(histogram.offset_ns, 0);
}

Test(signed_histogram, unlike_offsets_merge_with_exact_ends_and_mean)
{
	struct signed_histogram other;

	cr_assert_eq(signed_histogram_init(&other), 0);
	signed_histogram_set_offset(&histogram, 1000000);
	signed_histogram_set_offset(&other, 1000400);
	signed_histogram_record(&histogram, 1000100);
	signed_histogram_record(&other, 1000300);
	signed_histogram_record(&other, 1000500);
	signed_histogram_record(&other, 999100);
	signed_histogram_merge(&histogram, &other);
	cr_assert_eq(signed_histogram_count(&histogram), 4);
	cr_assert_eq(signed_histogram_min(&histogram), 999100);
	cr_assert_eq(signed_histogram_percentile(&histogram, 50), 1000100);
	cr_assert_eq(signed_histogram_percentile(&histogram, 75), 1000300);
	cr_assert_eq(signed_histogram_max(&histogram), 1000500);
	cr_assert_float_eq(signed_histogram_mean(&histogram), 1000000, 1e-6);
	signed_histogram_finish(&other);
}

Test(signed_histogram, empty_one_takes_the_offset_of_what_is_merged)
{
	struct signed_histogram other;

	cr_assert_eq(signed_histogram_init(&other), 0);
	signed_histogram_set_offset(&other, -7000000);
	signed_histogram_record(&other, -7000003);
	signed_histogram_merge(&histogram, &other);
	cr_assert_eq(histogram.offset_ns, -7000000);
	cr_assert_eq(signed_histogram_min(&histogram), -7000003);
	signed_histogram_finish(&other);
}

Test(signed_histogram, values_at_the_ends_of_their_type_are_harmless)
{
	signed_histogram_record(&histogram, INT64_MIN);
	signed_histogram_record(&histogram, INT64_MAX);
	cr_assert_eq(signed_histogram_min(&histogram), INT64_MIN);
	cr_assert_eq(signed_histogram_max(&histogram), INT64_MAX);
	json_decref(signed_histogram_to_json(&histogram, NULL, INT64_MIN));
}

static json_int_t figure(const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	cr_assert(json_is_integer(value), "%s", key);
	return json_integer_value(value);
}

Test(signed_histogram, json_has_every_figure_less_the_base)
{
	static const int64_t values[] = { 10, -20, 90, 0, -30 };
	const struct percentile_list more = { .count = 1, .percents = { 20 } };
	json_t *json;

	record_all(&histogram, values, 5);
	json = signed_histogram_to_json(&histogram, &more, -30);
	cr_assert_eq(figure(json, "count"), 5);
	cr_assert_eq(figure(json, "min"), 0);
	cr_assert_eq(figure(json, "mean"), 40);
	cr_assert_eq(figure(json, "max"), 120);
	cr_assert_eq(figure(json, "p20"), 0);
	cr_assert_eq(figure(json, "p50"), 30);
	cr_assert_eq(figure(json, "p99.9"), 120);
	cr_assert_eq(figure(json, "base"), -30);
	cr_assert_eq(figure(json, "histogram_offset"), 30);
	cr_assert_float_eq(json_real_value(json_object_get(json, "stddev")), 42.42640687, 1e-6);
	cr_assert(json_is_string(json_object_get(json, "histogram")));
	cr_assert(json_is_string(json_object_get(json, "histogram_negative")));
	json_decref(json);
}

Test(signed_histogram, json_read_again_is_what_it_tells)
{
	static const int64_t values[] = { 10, -20, 90, 0, -30 };
	struct signed_histogram again;
	json_t *json, *second;
	struct error why;

	signed_histogram_set_offset(&histogram, 20);
	record_all(&histogram, values, 5);
	json = signed_histogram_to_json(&histogram, NULL, -30);
	cr_assert_eq(signed_histogram_from_json(json, &again, &why), 0, "%s", why.text);
	cr_assert_eq(signed_histogram_min(&again), 0);
	cr_assert_eq(signed_histogram_percentile(&again, 50), 30);
	second = signed_histogram_to_json(&again, NULL, 0);
	json_object_set_new(json, "base", json_integer(0));
	cr_assert(json_equal(json, second));
	json_decref(json);
	json_decref(second);
	signed_histogram_finish(&again);
}

Test(signed_histogram, json_that_contradicts_itself_is_refused)
{
	struct signed_histogram again;
	struct error why;
	json_t *json;

	signed_histogram_record(&histogram, 5);
	json = signed_histogram_to_json(&histogram, NULL, 0);
	json_object_set_new(json, "count", json_integer(2));
	cr_assert_eq(signed_histogram_from_json(json, &again, &why), -EINVAL);
	cr_assert(strstr(why.text, "contradict"), "%s", why.text);
	json_object_set_new(json, "histogram", json_string("HISTFAAA"));
	cr_assert_eq(signed_histogram_from_json(json, &again, &why), -EINVAL);
	cr_assert(strstr(why.text, "damaged"), "%s", why.text);
	json_object_del(json, "histogram");
	cr_assert_eq(signed_histogram_from_json(json, &again, &why), -EINVAL);
	cr_assert_str_eq(why.text, "has no histogram");
	json_decref(json);
}
