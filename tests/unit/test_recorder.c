/* What belongs to the measured window, in a closed and in an open loop. */
#include <criterion/criterion.h>

#include "measure/recorder.h"

static struct result result, next;
static struct recorder recorder;

static void begin(bool by_intent)
{
	cr_assert_eq(result_init(&result), 0);
	cr_assert_eq(result_init(&next), 0);
	recorder_init(&recorder, &result, by_intent);
}

static void finish(void)
{
	result_finish(&result);
	result_finish(&next);
}

TestSuite(recorder, .fini = finish);

/* The window is 1000 to 2000. */
static void open_window(void)
{
	recorder_start(&recorder, 1000, &(struct cost){ .cpu_ns = 10, .system_calls = 3 });
}

static void close_window(void)
{
	recorder_stop(&recorder, 2000, &(struct cost){ .cpu_ns = 60, .system_calls = 10 });
}

static void send_and_answer(uint64_t intended_ns, uint64_t latency_ns)
{
	recorder_sent(&recorder, intended_ns, 1, 64);
	recorder_answer(&recorder, intended_ns, latency_ns, 64, false);
}

Test(recorder, closed_loop_counts_what_happens_inside)
{
	begin(false);
	send_and_answer(900, 5);
	open_window();
	recorder_answer(&recorder, 990, 20, 64, true);
	send_and_answer(1000, 5);
	recorder_sent(&recorder, 1990, 1, 64);
	close_window();
	recorder_answer(&recorder, 1990, 30, 64, false);
	send_and_answer(2001, 5);
	cr_assert_eq(result.sent, 2);
	cr_assert_eq(result.bytes_sent, 128);
	cr_assert_eq(result.requests, 2);
	cr_assert_eq(result.bytes, 128);
	cr_assert_eq(result.reordered, 1);
	cr_assert_eq(result.answered_after, 1);
	cr_assert_eq(histogram_count(result.latency), 3);
	cr_assert_eq(histogram_max(result.latency), 30);
}

Test(recorder, open_loop_counts_what_was_due_inside)
{
	begin(true);
	send_and_answer(999, 5);
	open_window();
	recorder_answer(&recorder, 999, 5, 64, false);
	send_and_answer(999, 5);
	send_and_answer(1000, 5);
	recorder_sent(&recorder, 1998, 1, 64);
	close_window();
	recorder_answer(&recorder, 1998, 70, 64, true);
	send_and_answer(1999, 90);
	send_and_answer(2001, 5);
	cr_assert_eq(result.sent, 3);
	cr_assert_eq(result.sent_after, 1);
	cr_assert_eq(result.requests, 1);
	cr_assert_eq(result.bytes, 64);
	cr_assert_eq(result.answered_after, 2);
	cr_assert_eq(result.reordered, 1);
	cr_assert_eq(histogram_count(result.latency), 3);
	cr_assert_eq(histogram_max(result.latency), 90);
}

Test(recorder, slips_and_what_was_left_out_are_those_of_the_window)
{
	begin(true);
	recorder_slipped(&recorder, 999, 7, 7);
	recorder_skipped(&recorder, 999);
	open_window();
	recorder_slipped(&recorder, 999, 7, 7);
	recorder_slipped(&recorder, 1000, 9, 3);
	recorder_skipped(&recorder, 1001);
	close_window();
	recorder_skipped(&recorder, 1999);
	recorder_skipped(&recorder, 2001);
	cr_assert_eq(histogram_count(result.slip), 1);
	cr_assert_eq(histogram_max(result.slip), 9);
	cr_assert_eq(histogram_max(result.timer_error), 3);
	cr_assert_eq(result.skipped, 2);
}

Test(recorder, closed_loop_loses_what_was_sent_before_the_end)
{
	begin(false);
	recorder_lost(&recorder, 500);
	cr_assert_eq(result.lost, 0);
	open_window();
	recorder_lost(&recorder, 900);
	close_window();
	recorder_lost(&recorder, 1999);
	recorder_lost(&recorder, 2001);
	cr_assert_eq(result.lost, 2);
	cr_assert_eq(recorder.lost, 2);
}

Test(recorder, open_loop_loses_what_was_due_inside)
{
	begin(true);
	recorder_lost(&recorder, 500);
	open_window();
	recorder_lost(&recorder, 900);
	recorder_lost(&recorder, 1000);
	close_window();
	recorder_lost(&recorder, 1999);
	recorder_lost(&recorder, 2001);
	cr_assert_eq(result.lost, 2);
}

/* Found by fuzzing: it was counted as sent, and as neither answered nor lost. */
Test(recorder, open_loop_keeps_what_was_due_and_left_at_its_end)
{
	begin(true);
	open_window();
	recorder_sent(&recorder, 2000, 2, 128);
	close_window();
	recorder_answer(&recorder, 2000, 50, 64, false);
	recorder_lost(&recorder, 2000);
	cr_assert_eq(result.sent, 2);
	cr_assert_eq(result.answered_after, 1);
	cr_assert_eq(result.lost, 1);
}

Test(recorder, late_and_doubled_answers_count_from_the_begin)
{
	begin(false);
	recorder_late(&recorder);
	recorder_duplicated(&recorder);
	open_window();
	recorder_late(&recorder);
	recorder_duplicated(&recorder);
	close_window();
	recorder_late(&recorder);
	cr_assert_eq(result.late, 2);
	cr_assert_eq(result.duplicated, 1);
}

Test(recorder, errors_and_connections_count_always_and_the_first_cause_stays)
{
	begin(true);
	recorder_error(&recorder, RESULT_RESET, -104);
	recorder_connected(&recorder, 70);
	open_window();
	recorder_error(&recorder, RESULT_RESET, -32);
	close_window();
	recorder_error(&recorder, RESULT_RESET, 0);
	cr_assert_eq(result.errors[RESULT_RESET], 3);
	cr_assert_eq(result.causes[RESULT_RESET], -104);
	cr_assert_eq(result.connects, 1);
	cr_assert_eq(histogram_max(result.connect), 70);
}

Test(recorder, parts_add_up_to_the_whole)
{
	begin(true);
	recorder_error(&recorder, RESULT_CORRUPT, 0);
	open_window();
	send_and_answer(1100, 5);
	recorder_split(&recorder, &next, 1500, &(struct cost){ .cpu_ns = 30, .system_calls = 4 });
	send_and_answer(1200, 400);
	recorder_error(&recorder, RESULT_CORRUPT, 0);
	close_window();
	recorder_answer(&recorder, 1900, 200, 64, false);
	cr_assert_eq(result.started_ns, 1000);
	cr_assert_eq(result.ended_ns, 1500);
	cr_assert_eq(next.started_ns, 1500);
	cr_assert_eq(next.ended_ns, 2000);
	cr_assert_eq(result.cost.cpu_ns, 20);
	cr_assert_eq(next.cost.cpu_ns, 30);
	cr_assert_eq(recorder.errors[RESULT_CORRUPT], 2);
	result_merge(&result, &next);
	cr_assert_eq(result_duration_ns(&result), 1000);
	cr_assert_eq(result.cost.cpu_ns, 50);
	cr_assert_eq(result.cost.system_calls, 7);
	cr_assert_eq(result.sent, 2);
	cr_assert_eq(result.requests + result.answered_after, 3);
	cr_assert_eq(histogram_count(result.latency), 3);
	cr_assert_eq(result.errors[RESULT_CORRUPT], 2);
}

Test(recorder, window_that_never_began_has_no_end)
{
	begin(false);
	close_window();
	cr_assert_eq(result.ended_ns, 0);
	cr_assert_eq(result_duration_ns(&result), 0);
}
