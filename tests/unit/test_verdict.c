/* Who was the bottleneck: from each piece of evidence, at its limit, and with its figures. */
#include <criterion/criterion.h>
#include <string.h>

#include "measure/verdict.h"

/* An open loop in which all is well. */
static const struct evidence well = {
	.generator_busy = 0.401,
	.server_busy = 0.7,
	.timer_error_p99_ns = 12000,
	.slip_p99_ns = 15000,
	.rate_wanted = 100000,
	.rate_sent = 99990,
};

static struct verdict verdict_on(struct evidence evidence)
{
	struct verdict verdict;

	verdict_make(&evidence, &verdict);
	cr_assert_lt(strlen(verdict.reason), VERDICT_REASON_MAX - 1, "%s", verdict.reason);
	return verdict;
}

static void check(struct evidence evidence, enum bottleneck bottleneck, const char *reason)
{
	struct verdict verdict = verdict_on(evidence);

	cr_expect_eq(verdict.bottleneck, bottleneck, "%s: %s", bottleneck_names[verdict.bottleneck],
		     verdict.reason);
	cr_expect_str_eq(verdict.reason, reason, "%s", verdict.reason);
}

Test(verdict, neither_when_all_is_well)
{
	struct evidence evidence = well;

	check(evidence, BOTTLENECK_NEITHER,
	      "the generator's busiest thread was busy for 40.1 % of the time, the server's for "
	      "70.0 %");
	evidence.server_busy = -1;
	check(evidence, BOTTLENECK_NEITHER,
	      "the generator's busiest thread was busy for 40.1 % of the time, what the server's "
	      "was is not known");
	cr_assert(verdict_on(well).rate_held);
}

Test(verdict, busy_generator_is_the_bottleneck)
{
	struct evidence evidence = well;

	evidence.generator_busy = 0.9499;
	cr_assert_eq(verdict_on(evidence).bottleneck, BOTTLENECK_NEITHER);
	evidence.generator_busy = VERDICT_BUSY_SHARE;
	check(evidence, BOTTLENECK_GENERATOR, "its busiest thread was busy for 95.0 % of the time");
}

Test(verdict, late_generator_has_not_lost_more_of_the_rate_than_it_was_late)
{
	struct evidence evidence = well;

	evidence.timer_error_p99_ns = VERDICT_TIMER_ERROR_NS + 1;
	evidence.rate_sent = evidence.rate_wanted / 10;
	evidence.own_delay_max_ns = 4000000;
	evidence.missing_ns = 2 * evidence.own_delay_max_ns;
	cr_assert_eq(verdict_on(evidence).bottleneck, BOTTLENECK_GENERATOR);
	evidence.missing_ns = 900000000;
	cr_assert_eq(verdict_on(evidence).bottleneck, BOTTLENECK_SERVER);
	evidence.own_delay_max_ns = UINT64_MAX;
	cr_assert_eq(verdict_on(evidence).bottleneck, BOTTLENECK_GENERATOR);
}

Test(verdict, late_generator_is_the_bottleneck)
{
	struct evidence evidence = well;

	evidence.timer_error_p99_ns = evidence.slip_p99_ns = VERDICT_TIMER_ERROR_NS;
	cr_assert_eq(verdict_on(evidence).bottleneck, BOTTLENECK_NEITHER);
	evidence.timer_error_p99_ns = evidence.slip_p99_ns = 2100000;
	check(evidence, BOTTLENECK_GENERATOR,
	      "1 % of the requests left 2.10 ms or more late through its own fault");
}

/* Whatever else is wrong: a generator at its end proves nothing about the server. */
Test(verdict, faults_of_the_generator_come_first)
{
	struct evidence evidence = well;

	evidence.generator_busy = 0.99;
	evidence.server_busy = 0.99;
	evidence.rate_sent = 50000;
	cr_assert_eq(verdict_on(evidence).bottleneck, BOTTLENECK_GENERATOR);
	cr_assert_not(verdict_on(evidence).rate_held);
}

Test(verdict, busy_server_is_the_bottleneck)
{
	struct evidence evidence = well;

	evidence.server_busy = 0.987;
	check(evidence, BOTTLENECK_SERVER, "its busiest thread was busy for 98.7 % of the time");
	evidence.rate_wanted = 0;
	check(evidence, BOTTLENECK_SERVER, "its busiest thread was busy for 98.7 % of the time");
}

Test(verdict, rate_that_is_not_held_by_an_idle_generator_is_the_servers_doing)
{
	struct evidence evidence = well;

	evidence.rate_sent = 81234;
	evidence.server_busy = -1;
	check(evidence, BOTTLENECK_SERVER,
	      "81.2k/s of 100k/s were sent and 0 requests skipped, while the generator was busy "
	      "for "
	      "40.1 % of the time");
}

Test(verdict, requests_that_wait_for_the_server_are_its_doing)
{
	struct evidence evidence = well;

	evidence.slip_p99_ns = VERDICT_TIMER_ERROR_NS;
	cr_assert_eq(verdict_on(evidence).bottleneck, BOTTLENECK_NEITHER);
	evidence.slip_p99_ns = 12345678;
	check(evidence, BOTTLENECK_SERVER,
	      "1 % of the requests left 12.3 ms or more late, of which the generator itself was "
	      "late "
	      "12.0 us");
}

Test(verdict, rate_is_held_if_no_more_than_a_hundredth_is_missing)
{
	struct evidence evidence = well;

	evidence.rate_sent = 99000;
	cr_assert(verdict_on(evidence).rate_held);
	evidence.rate_sent = 98999;
	cr_assert_not(verdict_on(evidence).rate_held);
	evidence.rate_sent = 120000;
	cr_assert(verdict_on(evidence).rate_held);
}

Test(verdict, skipped_requests_break_the_rate)
{
	struct evidence evidence = well;

	evidence.skipped = 1;
	cr_assert_not(verdict_on(evidence).rate_held);
	cr_assert_eq(verdict_on(evidence).bottleneck, BOTTLENECK_SERVER);
}

/* It has no rate to hold and no time to be late for. */
Test(verdict, closed_loop_is_judged_by_what_is_busy)
{
	const struct evidence evidence = {
		.generator_busy = 0.5, .server_busy = -1, .rate_sent = 1000, .slip_p99_ns = 1u << 30
	};
	struct verdict verdict = verdict_on(evidence);

	cr_assert(verdict.rate_held);
	cr_assert_eq(verdict.bottleneck, BOTTLENECK_NEITHER);
}

/* Thousands of billions, and no figure is cut. */
Test(verdict, reason_has_room_for_large_figures)
{
	const struct evidence evidence = { .generator_busy = 0.9499,
					   .server_busy = -1,
					   .rate_wanted = 1e15,
					   .rate_sent = 998e12,
					   .skipped = UINT64_MAX };

	cr_assert(strstr(verdict_on(evidence).reason, "busy for 95.0 % of the time"));
}

static const json_t *evidence_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(json_object_get(object, "evidence"), key);

	cr_assert_not_null(value, "%s", key);
	return value;
}

Test(verdict, json_has_the_verdict_and_its_evidence)
{
	struct verdict verdict = verdict_on(well);
	json_t *object = verdict_to_json(&verdict);

	cr_assert_str_eq(json_string_value(json_object_get(object, "bottleneck")), "neither");
	cr_assert(json_is_true(json_object_get(object, "rate_held")));
	cr_assert_str_eq(json_string_value(json_object_get(object, "reason")), verdict.reason);
	cr_assert_float_eq(json_real_value(evidence_of(object, "generator_busy_share")), 0.401, 0);
	cr_assert_float_eq(json_real_value(evidence_of(object, "server_busy_share")), 0.7, 0);
	cr_assert_eq(json_integer_value(evidence_of(object, "timer_error_p99_ns")), 12000);
	cr_assert_eq(json_integer_value(evidence_of(object, "slip_p99_ns")), 15000);
	cr_assert_float_eq(json_real_value(evidence_of(object, "rate_wanted_per_s")), 100000, 0);
	cr_assert_float_eq(json_real_value(evidence_of(object, "rate_sent_per_s")), 99990, 0);
	cr_assert(json_is_integer(evidence_of(object, "skipped")));
	json_decref(object);
}

Test(verdict, json_has_null_for_what_is_not_known)
{
	const struct evidence evidence = { .generator_busy = 0.5, .server_busy = -1 };
	struct verdict verdict = verdict_on(evidence);
	json_t *object = verdict_to_json(&verdict);

	cr_assert(json_is_null(evidence_of(object, "server_busy_share")));
	cr_assert(json_is_null(evidence_of(object, "timer_error_p99_ns")));
	cr_assert(json_is_null(evidence_of(object, "slip_p99_ns")));
	cr_assert(json_is_null(evidence_of(object, "rate_wanted_per_s")));
	json_decref(object);
}
