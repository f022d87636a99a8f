/* The histogram against sorted arrays: exact where it promises to be, within 0.1 % elsewhere. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "measure/histogram.h"

#define SAMPLES 20000

static struct histogram *histogram;

static void open_histogram(void)
{
	cr_assert_eq(histogram_open(&histogram), 0);
}

static void close_histogram(void)
{
	histogram_close(histogram);
}

TestSuite(histogram, .init = open_histogram, .fini = close_histogram);

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Log-uniform from nanoseconds to seconds, so that every bucket size is met. */
static uint64_t next_value(uint64_t *state)
{
	return next_random(state) >> (31 + next_random(state) % 32);
}

static int compare_values(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* The value of which percent of the sorted ones are not larger, the nearest rank. */
static uint64_t sorted_percentile(const uint64_t *sorted, size_t count, double percent)
{
	size_t rank = (size_t)(percent / 100 * (double)count + 0.5);

	return sorted[rank > 0 ? rank - 1 : 0];
}

Test(histogram, empty_one_has_zeroes)
{
	cr_assert_eq(histogram_count(histogram), 0);
	cr_assert_eq(histogram_min(histogram), 0);
	cr_assert_eq(histogram_max(histogram), 0);
	cr_assert_eq(histogram_mean(histogram), 0);
	cr_assert_eq(histogram_percentile(histogram, 50), 0);
}

Test(histogram, one_value_is_every_figure)
{
	histogram_record(histogram, 123456789);
	cr_assert_eq(histogram_count(histogram), 1);
	cr_assert_eq(histogram_min(histogram), 123456789);
	cr_assert_eq(histogram_max(histogram), 123456789);
	cr_assert_eq(histogram_mean(histogram), 123456789);
	cr_assert_eq(histogram_percentile(histogram, 0), 123456789);
	cr_assert_eq(histogram_percentile(histogram, 50), 123456789);
	cr_assert_eq(histogram_percentile(histogram, 99.9), 123456789);
	cr_assert_eq(histogram_percentile(histogram, 100), 123456789);
}

Test(histogram, agrees_with_the_sorted_values)
{
	static const double percents[] = { 0.1, 1, 10, 25, 50, 75, 90, 99, 99.9, 99.99 };
	static uint64_t values[SAMPLES];
	uint64_t state = 1, sum = 0;

	for (size_t i = 0; i < SAMPLES; i++) {
		values[i] = next_value(&state);
		sum += values[i];
		histogram_record(histogram, values[i]);
	}
	qsort(values, SAMPLES, sizeof(values[0]), compare_values);
	cr_assert_eq(histogram_count(histogram), SAMPLES);
	cr_assert_eq(histogram_min(histogram), values[0]);
	cr_assert_eq(histogram_max(histogram), values[SAMPLES - 1]);
	cr_assert_eq(histogram_mean(histogram), (sum + SAMPLES / 2) / SAMPLES);
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		uint64_t truth = sorted_percentile(values, SAMPLES, percents[i]);
		uint64_t told = histogram_percentile(histogram, percents[i]);

		cr_expect(told >= truth && told <= truth + truth / 1000, "p%g: %lu told, %lu true",
			  percents[i], told, truth);
	}
}

Test(histogram, merged_one_is_what_one_recorder_would_have_seen)
{
	struct histogram *parts[3], *merged;
	uint64_t state = 7;

	cr_assert_eq(histogram_open(&merged), 0);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(histogram_open(&parts[i]), 0);
	for (size_t i = 0; i < SAMPLES; i++) {
		uint64_t value = next_value(&state);

		histogram_record(histogram, value);
		histogram_record(parts[i % 3], value);
	}
	for (int i = 0; i < 3; i++) {
		histogram_merge(merged, parts[i]);
		histogram_close(parts[i]);
	}
	cr_assert_eq(histogram_count(merged), histogram_count(histogram));
	cr_assert_eq(histogram_min(merged), histogram_min(histogram));
	cr_assert_eq(histogram_max(merged), histogram_max(histogram));
	cr_assert_eq(histogram_mean(merged), histogram_mean(histogram));
	for (int tenth = 0; tenth <= 1000; tenth++)
		cr_assert_eq(histogram_percentile(merged, tenth / 10.0),
			     histogram_percentile(histogram, tenth / 10.0));
	histogram_close(merged);
}

/* As MPI_Reduce() adds: count by count. */
Test(histogram, parts_added_elsewhere_make_the_merged_one)
{
	uint64_t state = 88172645463325252u;
	struct histogram_parts sum, more;
	struct histogram *other, *merged;

	cr_assert_eq(histogram_open(&other), 0);
	cr_assert_eq(histogram_open(&merged), 0);
	for (int i = 0; i < SAMPLES; i++)
		histogram_record(i % 3 ? histogram : other, next_value(&state));
	histogram_merge(merged, histogram);
	histogram_merge(merged, other);
	histogram_take_apart(histogram, &sum);
	histogram_take_apart(other, &more);
	cr_assert_eq(sum.length, more.length);
	for (uint32_t i = 0; i < sum.length; i++)
		sum.counts[i] += more.counts[i];
	sum.min_ns = sum.min_ns < more.min_ns ? sum.min_ns : more.min_ns;
	sum.max_ns = sum.max_ns > more.max_ns ? sum.max_ns : more.max_ns;
	sum.sum_ns += more.sum_ns;
	histogram_put_together(histogram, &sum);
	cr_assert_eq(histogram_count(histogram), SAMPLES);
	cr_assert_eq(histogram_min(histogram), histogram_min(merged));
	cr_assert_eq(histogram_max(histogram), histogram_max(merged));
	cr_assert_eq(histogram_mean(histogram), histogram_mean(merged));
	for (double percent = 0; percent <= 100; percent += 0.5)
		cr_assert_eq(histogram_percentile(histogram, percent),
			     histogram_percentile(merged, percent));
	histogram_close(other);
	histogram_close(merged);
}

Test(histogram, merging_an_empty_one_changes_nothing)
{
	struct histogram *empty;

	cr_assert_eq(histogram_open(&empty), 0);
	histogram_record(histogram, 1000);
	histogram_merge(histogram, empty);
	cr_assert_eq(histogram_count(histogram), 1);
	cr_assert_eq(histogram_min(histogram), 1000);
	cr_assert_eq(histogram_max(histogram), 1000);
	histogram_close(empty);
}

/* Slower than the histogram can tell, but not hidden. */
Test(histogram, beyond_a_minute_is_counted_and_the_maximum_is_true)
{
	histogram_record(histogram, 5 * HISTOGRAM_VALUE_MAX);
	histogram_record(histogram, 1);
	cr_assert_eq(histogram_count(histogram), 2);
	cr_assert_eq(histogram_max(histogram), 5 * HISTOGRAM_VALUE_MAX);
	cr_assert_geq(histogram_percentile(histogram, 99), HISTOGRAM_VALUE_MAX);
}

Test(histogram, zero_is_a_value)
{
	histogram_record(histogram, 0);
	histogram_record(histogram, 10);
	cr_assert_eq(histogram_min(histogram), 0);
	cr_assert_eq(histogram_percentile(histogram, 50), 0);
	cr_assert_eq(histogram_mean(histogram), 5);
}

Test(histogram, reset_one_is_empty)
{
	histogram_record(histogram, 1000);
	histogram_reset(histogram);
	cr_assert_eq(histogram_count(histogram), 0);
	cr_assert_eq(histogram_max(histogram), 0);
	histogram_record(histogram, 5);
	cr_assert_eq(histogram_min(histogram), 5);
}

Test(histogram, json_has_integer_nanoseconds)
{
	static const char *const names[] = { "min", "mean", "max", "p50", "p90", "p99", "p99.9" };
	json_t *json;

	histogram_record(histogram, 2000);
	json = histogram_to_json(histogram, NULL, false);
	cr_assert_eq(json_object_size(json), 7);
	for (int i = 0; i < 7; i++) {
		json_t *value = json_object_get(json, names[i]);

		cr_assert(json_is_integer(value), "%s", names[i]);
		cr_assert_eq(json_integer_value(value), 2000, "%s", names[i]);
	}
	json_decref(json);
}

Test(histogram, json_of_an_empty_one_has_nulls)
{
	json_t *json = histogram_to_json(histogram, NULL, false);

	cr_assert(json_is_null(json_object_get(json, "p50")));
	cr_assert(json_is_null(json_object_get(json, "min")));
	json_decref(json);
}
