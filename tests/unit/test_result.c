/* Recording inside the window, merging over threads, and the JSON that comes out. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "measure/recorder.h"

static struct recorder recorder;

static void open_recorder(void)
{
	cr_assert_eq(recorder_init(&recorder), 0);
}

static void close_recorder(void)
{
	recorder_finish(&recorder);
}

TestSuite(recorder, .init = open_recorder, .fini = close_recorder);
TestSuite(result, .init = open_recorder, .fini = close_recorder);

Test(recorder, only_the_window_counts)
{
	const struct cost before = { .cpu_ns = 1000, .spins = 5 };
	const struct cost after = { .cpu_ns = 4000, .spins = 8 };

	recorder_sent(&recorder, 1, 64);
	recorder_answer(&recorder, 999, 64);
	recorder_lost(&recorder, 1);
	recorder_start(&recorder, 10 * NS_PER_S, &before);
	recorder_sent(&recorder, 3, 192);
	recorder_answer(&recorder, 100, 64);
	recorder_answer(&recorder, 300, 64);
	recorder_stop(&recorder, 12 * NS_PER_S, &after);
	recorder_answer(&recorder, 999, 64);
	cr_assert_eq(recorder.result.sent, 3);
	cr_assert_eq(recorder.result.requests, 2);
	cr_assert_eq(recorder.result.bytes, 128);
	cr_assert_eq(recorder.result.lost, 0);
	cr_assert_eq(recorder.result.cost.cpu_ns, 3000);
	cr_assert_eq(recorder.result.cost.spins, 3);
	cr_assert_eq(histogram_max(recorder.result.latency), 300);
	cr_assert_eq(result_cpu_ns_per_request(&recorder.result), 1500);
	cr_assert_float_eq(result_requests_per_s(&recorder.result), 1, 1e-9);
}

Test(recorder, errors_count_in_the_warm_up_too)
{
	recorder_error(&recorder, RESULT_CORRUPT, 0);
	recorder_error(&recorder, RESULT_RESET, -ECONNRESET);
	recorder_error(&recorder, RESULT_RESET, -EPIPE);
	cr_assert_eq(result_errors_total(&recorder.result), 3);
	cr_assert_eq(recorder.result.errors[RESULT_RESET], 2);
	cr_assert_eq(recorder.result.causes[RESULT_RESET], -ECONNRESET);
}

Test(recorder, what_is_lost_while_it_drains_counts)
{
	const struct cost nothing = { 0 };

	recorder_start(&recorder, 1, &nothing);
	recorder_stop(&recorder, 2, &nothing);
	recorder_lost(&recorder, 2);
	recorder_late(&recorder);
	recorder_duplicated(&recorder);
	cr_assert_eq(recorder.result.lost, 2);
	cr_assert_eq(recorder.result.late, 1);
	cr_assert_eq(recorder.result.duplicated, 1);
}

Test(result, run_without_a_window_has_no_rate)
{
	cr_assert_eq(result_duration_ns(&recorder.result), 0);
	cr_assert_float_eq(result_requests_per_s(&recorder.result), 0, 0);
	cr_assert_eq(result_cpu_ns_per_request(&recorder.result), 0);
}

Test(result, merged_threads_add_up)
{
	const struct cost nothing = { 0 }, cost = { .cpu_ns = 10, .system_calls = 3 };
	struct recorder other;

	cr_assert_eq(recorder_init(&other), 0);
	recorder_start(&recorder, 100, &nothing);
	recorder_start(&other, 90, &nothing);
	for (int i = 0; i < 10; i++) {
		recorder_sent(&recorder, 1, 8);
		recorder_answer(&recorder, 1000, 8);
		recorder_sent(&other, 2, 16);
		recorder_answer(&other, 3000, 8);
	}
	recorder_error(&other, RESULT_TIMEOUT, -ETIMEDOUT);
	recorder_stop(&recorder, 200, &cost);
	recorder_stop(&other, 230, &cost);
	result_merge(&recorder.result, &other.result);
	recorder_finish(&other);
	cr_assert_eq(recorder.result.started_ns, 90);
	cr_assert_eq(recorder.result.ended_ns, 230);
	cr_assert_eq(recorder.result.sent, 30);
	cr_assert_eq(recorder.result.requests, 20);
	cr_assert_eq(recorder.result.bytes, 160);
	cr_assert_eq(recorder.result.errors[RESULT_TIMEOUT], 1);
	cr_assert_eq(recorder.result.causes[RESULT_TIMEOUT], -ETIMEDOUT);
	cr_assert_eq(recorder.result.cost.cpu_ns, 20);
	cr_assert_eq(recorder.result.cost.system_calls, 6);
	cr_assert_eq(histogram_count(recorder.result.latency), 20);
	cr_assert_eq(histogram_mean(recorder.result.latency), 2000);
}

/* A thread that could not start must not stretch the window back to the beginning of time. */
Test(result, thread_without_a_window_leaves_the_others_alone)
{
	const struct cost nothing = { 0 };
	struct recorder idle;

	cr_assert_eq(recorder_init(&idle), 0);
	recorder_start(&recorder, 100, &nothing);
	recorder_stop(&recorder, 200, &nothing);
	result_merge(&recorder.result, &idle.result);
	recorder_finish(&idle);
	cr_assert_eq(recorder.result.started_ns, 100);
	cr_assert_eq(result_duration_ns(&recorder.result), 100);
}

Test(result, merged_histograms_stay_apart)
{
	struct result other;

	cr_assert_eq(result_init(&other), 0);
	histogram_record(recorder.result.slip, 10);
	histogram_record(other.slip, 30);
	histogram_record(other.timer_error, 40);
	histogram_record(recorder.result.connect, 500);
	histogram_record(recorder.result.connect, 600);
	histogram_record(other.connect, 700);
	result_merge(&recorder.result, &other);
	result_finish(&other);
	cr_assert_eq(histogram_count(recorder.result.latency), 0);
	cr_assert_eq(histogram_count(recorder.result.slip), 2);
	cr_assert_eq(histogram_min(recorder.result.slip), 10);
	cr_assert_eq(histogram_max(recorder.result.slip), 30);
	cr_assert_eq(histogram_count(recorder.result.timer_error), 1);
	cr_assert_eq(histogram_max(recorder.result.timer_error), 40);
	cr_assert_eq(histogram_count(recorder.result.connect), 3);
	cr_assert_eq(histogram_mean(recorder.result.connect), 600);
}

Test(result, merged_counts_add_up)
{
	struct result other;

	cr_assert_eq(result_init(&other), 0);
	recorder.result.lost = 1, other.lost = 2;
	recorder.result.late = 3, other.late = 4;
	recorder.result.duplicated = 5, other.duplicated = 6;
	recorder.result.reordered = 7, other.reordered = 8;
	recorder.result.skipped = 9, other.skipped = 10;
	recorder.result.connects = 11, other.connects = 12;
	recorder.result.bytes_sent = 13, other.bytes_sent = 14;
	result_merge(&recorder.result, &other);
	result_finish(&other);
	cr_assert_eq(recorder.result.lost, 3);
	cr_assert_eq(recorder.result.late, 7);
	cr_assert_eq(recorder.result.duplicated, 11);
	cr_assert_eq(recorder.result.reordered, 15);
	cr_assert_eq(recorder.result.skipped, 19);
	cr_assert_eq(recorder.result.connects, 23);
	cr_assert_eq(recorder.result.bytes_sent, 27);
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
	memcpy(&recorder.result.cost, members, sizeof(members));
	memcpy(&other.cost, members, sizeof(members));
	result_merge(&recorder.result, &other);
	result_finish(&other);
	memcpy(merged, &recorder.result.cost, sizeof(merged));
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
	recorder_sent(&recorder, 1, 64);
	recorder_answer(&recorder, 2500, 64);
	recorder_error(&recorder, RESULT_SURPLUS, 0);
	recorder_stop(&recorder, 1 + NS_PER_S, &cost);
	cr_assert_eq(result_to_json(&recorder.result, NULL, object), 0);
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
