/* Recording inside the window, merging over threads, and the JSON that comes out. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "measure/recorder.h"
#include "measure/result_sums.h"

static struct result part;
static struct recorder recorder;

static void open_recorder(void)
{
	cr_assert_eq(result_init(&part), 0);
	recorder_init(&recorder, &part, false);
}

static void close_recorder(void)
{
	result_finish(&part);
}

TestSuite(recorder, .init = open_recorder, .fini = close_recorder);
TestSuite(result, .init = open_recorder, .fini = close_recorder);

Test(recorder, only_the_window_counts)
{
	const struct cost before = { .cpu_ns = 1000, .spins = 5 };
	const struct cost after = { .cpu_ns = 4000, .spins = 8 };

	recorder_sent(&recorder, 0, 1, 64);
	recorder_answer(&recorder, 0, 999, 64, false);
	recorder_lost(&recorder, 9 * NS_PER_S);
	recorder_start(&recorder, 10 * NS_PER_S, &before);
	recorder_sent(&recorder, 0, 3, 192);
	recorder_answer(&recorder, 0, 100, 64, false);
	recorder_answer(&recorder, 0, 300, 64, false);
	recorder_stop(&recorder, 12 * NS_PER_S, &after);
	recorder_answer(&recorder, 13 * NS_PER_S, 999, 64, false);
	cr_assert_eq(part.sent, 3);
	cr_assert_eq(part.requests, 2);
	cr_assert_eq(part.bytes, 128);
	cr_assert_eq(part.lost, 0);
	cr_assert_eq(part.cost.cpu_ns, 3000);
	cr_assert_eq(part.cost.spins, 3);
	cr_assert_eq(histogram_max(part.latency), 300);
	cr_assert_eq(result_cpu_ns_per_request(&part), 1500);
	cr_assert_float_eq(result_requests_per_s(&part), 1, 1e-9);
}

/* Counters that share the processor with others are scaled, and scaling may take some back. */
Test(recorder, a_cost_is_never_negative)
{
	const struct cost before = { .cpu_ns = 10, .cycles = 100, .instructions = 50 };
	const struct cost after = { .cpu_ns = 30, .cycles = 99, .instructions = 51 };
	struct cost cost = cost_difference(&after, &before);

	cr_expect_eq(cost.cpu_ns, 20);
	cr_expect_eq(cost.cycles, 0);
	cr_expect_eq(cost.instructions, 1);
}

Test(recorder, errors_count_in_the_warm_up_too)
{
	recorder_error(&recorder, RESULT_CORRUPT, 0);
	recorder_error(&recorder, RESULT_RESET, -ECONNRESET);
	recorder_error(&recorder, RESULT_RESET, -EPIPE);
	cr_assert_eq(result_errors_total(&part), 3);
	cr_assert_eq(part.errors[RESULT_RESET], 2);
	cr_assert_eq(part.causes[RESULT_RESET], -ECONNRESET);
}

Test(recorder, what_is_lost_while_it_drains_counts)
{
	const struct cost nothing = { 0 };

	recorder_start(&recorder, 1, &nothing);
	recorder_stop(&recorder, 2, &nothing);
	recorder_lost(&recorder, 1);
	recorder_lost(&recorder, 1);
	recorder_late(&recorder);
	recorder_duplicated(&recorder);
	cr_assert_eq(part.lost, 2);
	cr_assert_eq(part.late, 1);
	cr_assert_eq(part.duplicated, 1);
}

Test(result, run_without_a_window_has_no_rate)
{
	cr_assert_eq(result_duration_ns(&part), 0);
	cr_assert_float_eq(result_requests_per_s(&part), 0, 0);
	cr_assert_eq(result_cpu_ns_per_request(&part), 0);
}

Test(result, merged_threads_add_up)
{
	const struct cost nothing = { 0 }, cost = { .cpu_ns = 10, .system_calls = 3 };
	struct recorder other;
	struct result other_part;

	cr_assert_eq(result_init(&other_part), 0);
	recorder_init(&other, &other_part, false);
	recorder_start(&recorder, 100, &nothing);
	recorder_start(&other, 90, &nothing);
	for (int i = 0; i < 10; i++) {
		recorder_sent(&recorder, 0, 1, 8);
		recorder_answer(&recorder, 0, 1000, 8, false);
		recorder_sent(&other, 0, 2, 16);
		recorder_answer(&other, 0, 3000, 8, false);
	}
	recorder_error(&other, RESULT_TIMEOUT, -ETIMEDOUT);
	recorder_stop(&recorder, 200, &cost);
	recorder_stop(&other, 230, &cost);
	result_merge(&part, &other_part);
	result_finish(&other_part);
	cr_assert_eq(part.started_ns, 90);
	cr_assert_eq(part.ended_ns, 230);
	cr_assert_eq(part.sent, 30);
	cr_assert_eq(part.requests, 20);
	cr_assert_eq(part.bytes, 160);
	cr_assert_eq(part.errors[RESULT_TIMEOUT], 1);
	cr_assert_eq(part.causes[RESULT_TIMEOUT], -ETIMEDOUT);
	cr_assert_eq(part.cost.cpu_ns, 20);
	cr_assert_eq(part.cost.system_calls, 6);
	cr_assert_eq(histogram_count(part.latency), 20);
	cr_assert_eq(histogram_mean(part.latency), 2000);
}

/* A thread that could not start must not stretch the window back to the beginning of time. */
Test(result, thread_without_a_window_leaves_the_others_alone)
{
	const struct cost nothing = { 0 };
	struct recorder idle;
	struct result idle_part;

	cr_assert_eq(result_init(&idle_part), 0);
	recorder_init(&idle, &idle_part, false);
	recorder_start(&recorder, 100, &nothing);
	recorder_stop(&recorder, 200, &nothing);
	result_merge(&part, &idle_part);
	result_finish(&idle_part);
	cr_assert_eq(part.started_ns, 100);
	cr_assert_eq(result_duration_ns(&part), 100);
}

Test(result, merged_histograms_stay_apart)
{
	struct result other;

	cr_assert_eq(result_init(&other), 0);
	histogram_record(part.slip, 10);
	histogram_record(other.slip, 30);
	histogram_record(other.timer_error, 40);
	histogram_record(part.connect, 500);
	histogram_record(part.connect, 600);
	histogram_record(other.connect, 700);
	result_merge(&part, &other);
	result_finish(&other);
	cr_assert_eq(histogram_count(part.latency), 0);
	cr_assert_eq(histogram_count(part.slip), 2);
	cr_assert_eq(histogram_min(part.slip), 10);
	cr_assert_eq(histogram_max(part.slip), 30);
	cr_assert_eq(histogram_count(part.timer_error), 1);
	cr_assert_eq(histogram_max(part.timer_error), 40);
	cr_assert_eq(histogram_count(part.connect), 3);
	cr_assert_eq(histogram_mean(part.connect), 600);
}

Test(result, merged_counts_add_up)
{
	struct result other;

	cr_assert_eq(result_init(&other), 0);
	part.lost = 1, other.lost = 2;
	part.late = 3, other.late = 4;
	part.duplicated = 5, other.duplicated = 6;
	part.reordered = 7, other.reordered = 8;
	part.skipped = 9, other.skipped = 10;
	part.connects = 11, other.connects = 12;
	part.bytes_sent = 13, other.bytes_sent = 14;
	result_merge(&part, &other);
	result_finish(&other);
	cr_assert_eq(part.lost, 3);
	cr_assert_eq(part.late, 7);
	cr_assert_eq(part.duplicated, 11);
	cr_assert_eq(part.reordered, 15);
	cr_assert_eq(part.skipped, 19);
	cr_assert_eq(part.connects, 23);
	cr_assert_eq(part.bytes_sent, 27);
}

/* Every member of struct cost is a count, so none can be forgotten here. */
Test(result, merged_costs_add_up_member_by_member)
{
	enum { MEMBERS = sizeof(struct cost) / sizeof(uint64_t) };
	uint64_t members[MEMBERS], merged[MEMBERS];
	struct result other;

	cr_assert_eq(result_init(&other), 0);
	for (uint64_t i = 0; i < MEMBERS; i++)
		members[i] = 100 + i;
	memcpy(&part.cost, members, sizeof(members));
	memcpy(&other.cost, members, sizeof(members));
	result_merge(&part, &other);
	result_finish(&other);
	memcpy(merged, &part.cost, sizeof(merged));
	for (uint64_t i = 0; i < MEMBERS; i++)
		cr_expect_eq(merged[i], 2 * members[i], "member %lu of struct cost", i);
}

static json_int_t integer_at(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	cr_assert(json_is_integer(value), "%s", key);
	return json_integer_value(value);
}

Test(result, json_has_every_figure)
{
	const struct cost nothing = { 0 }, cost = { .cpu_ns = 5000, .spin_ns = 70 };
	json_t *object = json_object();
	const json_t *errors;

	recorder_start(&recorder, 1, &nothing);
	recorder_sent(&recorder, 0, 1, 64);
	recorder_answer(&recorder, 0, 2500, 64, false);
	recorder_error(&recorder, RESULT_SURPLUS, 0);
	recorder_stop(&recorder, 1 + NS_PER_S, &cost);
	cr_assert_eq(result_to_json(&part, NULL, object), 0);
	cr_assert_eq(integer_at(object, "started_ns"), 1);
	cr_assert_eq(integer_at(object, "ended_ns"), (json_int_t)NS_PER_S + 1);
	cr_assert_eq(integer_at(object, "duration_ns"), (json_int_t)NS_PER_S);
	cr_assert_eq(integer_at(object, "requests"), 1);
	cr_assert_eq(integer_at(object, "bytes"), 64);
	cr_assert_eq(integer_at(object, "lost"), 0);
	cr_assert_eq(integer_at(object, "cpu_ns_per_request"), 5000);
	cr_assert_eq(integer_at(json_object_get(object, "latency_ns"), "p99.9"), 2500);
	cr_assert_eq(integer_at(json_object_get(object, "spin"), "spent_ns"), 70);
	cr_assert_float_eq(json_real_value(json_object_get(object, "requests_per_s")), 1, 1e-9);
	errors = json_object_get(object, "errors");
	cr_assert_eq(json_object_size(errors), RESULT_ERROR_COUNT + 1);
	cr_assert_eq(integer_at(errors, "surplus"), 1);
	cr_assert_eq(integer_at(errors, "total"), 1);
	json_decref(object);
}

/* Added elsewhere as result_merge() adds here: each byte of it that is a sum is in the array. */
Test(result, sums_are_all_that_merging_adds)
{
	uint64_t a[RESULT_SUM_COUNT], b[RESULT_SUM_COUNT];
	struct result other, merged;

	cr_assert_eq(result_init(&other), 0);
	cr_assert_eq(result_init(&merged), 0);
	for (size_t i = 0; i < RESULT_SUM_COUNT; i++)
		a[i] = 1000 + i, b[i] = 7 * i;
	result_sums_set(&part, a);
	result_sums_set(&other, b);
	result_merge(&merged, &part);
	result_merge(&merged, &other);
	cr_assert_eq(merged.connects, part.connects + other.connects);
	result_sums_get(&merged, a);
	for (size_t i = 0; i < RESULT_SUM_COUNT; i++)
		cr_assert_eq(a[i], 1000 + 8 * i, "sum %zu", i);
	result_finish(&other);
	result_finish(&merged);
}

/* The members between the window and the causes are counts, but for the gap: all are in it. */
Test(result, sums_leave_no_count_out)
{
	enum { COUNTS = (offsetof(struct result, causes) - offsetof(struct result, sent)) / 8 };
	uint64_t sums[RESULT_SUM_COUNT], ones[COUNTS];

	cr_assert_eq(COUNTS + sizeof(struct cost) / 8, RESULT_SUM_COUNT);
	for (size_t i = 0; i < COUNTS; i++)
		ones[i] = 1;
	memcpy(&part.sent, ones, sizeof(ones));
	result_sums_get(&part, sums);
	for (size_t i = 0; i < COUNTS; i++)
		cr_assert_eq(sums[i], 1, "count %zu", i);
}
