/* Intervals of a run. */
#include <criterion/criterion.h>
#include <string.h>

#include "measure/interval.h"

static struct result part;

static void begin(void)
{
	cr_assert_eq(result_init(&part), 0);
	part.started_ns = 5000000000;
	part.ended_ns = 5500000000;
}

static void finish(void)
{
	result_finish(&part);
}

TestSuite(interval, .init = begin, .fini = finish);

Test(interval, is_what_the_part_has)
{
	struct interval interval;

	part.sent = 12;
	part.requests = 10;
	part.bytes = 640;
	part.lost = 1;
	part.connects = 3;
	part.errors[RESULT_CORRUPT] = 1;
	part.errors[RESULT_CLOSED] = 1;
	for (uint64_t ns = 1; ns <= 1000; ns++)
		histogram_record(part.latency, ns);
	interval_make(&part, 4000000000, &interval);
	cr_assert_eq(interval.start_ns, 1000000000);
	cr_assert_eq(interval.duration_ns, 500000000);
	cr_assert_eq(interval.sent, 12);
	cr_assert_eq(interval.errors, 2);
	cr_assert_eq(interval.lost, 1);
	cr_assert_eq(interval.connects, 3);
	cr_assert_eq(interval.min_ns, 1);
	cr_assert_eq(interval.p50_ns, 500);
	cr_assert_eq(interval.p99_ns, 990);
	cr_assert_eq(interval.max_ns, 1000);
	cr_assert_float_eq(interval_requests_per_s(&interval), 20, 1e-9);
}

/* A thread whose window began before that of the first interval's threads. */
Test(interval, does_not_start_before_the_window)
{
	struct interval interval;

	interval_make(&part, part.started_ns + 1, &interval);
	cr_assert_eq(interval.start_ns, 0);
}

Test(interval, without_a_duration_has_no_rate)
{
	const struct interval none = { .requests = 3 };

	cr_assert_eq(interval_requests_per_s(&none), 0);
}

static const json_t *latency_of(json_t *json)
{
	return json_object_get(json_object_get(json, "latency_ns"), "p99");
}

/* Requests of discard are counted, but nothing of them is timed; and what was answered after the
 * window is timed, but not counted in it. */
Test(interval, has_latencies_where_there_are_any)
{
	struct interval interval;
	json_t *json;

	part.requests = 10;
	interval_make(&part, 0, &interval);
	json = interval_to_json(&interval);
	cr_assert(json_is_null(latency_of(json)));
	json_decref(json);
	part.requests = 0;
	histogram_record(part.latency, 77);
	interval_make(&part, 0, &interval);
	json = interval_to_json(&interval);
	cr_assert_eq(json_integer_value(latency_of(json)), 77);
	json_decref(json);
}

Test(interval, list_keeps_order_however_long)
{
	struct interval_list list = { 0 };
	json_t *json;

	for (uint64_t i = 0; i < 1000; i++)
		cr_assert_eq(interval_list_add(&list, &(struct interval){ .requests = i }), 0);
	json = interval_list_to_json(&list);
	cr_assert_eq(json_array_size(json), 1000);
	for (size_t i = 0; i < 1000; i++)
		cr_assert_eq(
			json_integer_value(json_object_get(json_array_get(json, i), "requests")),
			(json_int_t)i);
	json_decref(json);
	interval_list_finish(&list);
	cr_assert_null(list.items);
}
