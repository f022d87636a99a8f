/* Thresholds: what can be written, what is kept and what is broken, and what is refused. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "measure/threshold.h"

/* 1000 requests in 2 s: 989 answers of 100 us and one of 3 ms; 7 lost, 3 errors. */
static struct result result;

static void open_result(void)
{
	cr_assert_eq(result_init(&result), 0);
	result.started_ns = NS_PER_S;
	result.ended_ns = 3 * NS_PER_S;
	result.sent = 1000;
	result.requests = 990;
	result.lost = 7;
	result.errors[RESULT_CORRUPT] = 2;
	result.errors[RESULT_TIMEOUT] = 1;
	for (int i = 0; i < 989; i++)
		histogram_record(result.latency, 100 * NS_PER_US);
	histogram_record(result.latency, 3 * NS_PER_MS);
}

static void close_result(void)
{
	result_finish(&result);
}

TestSuite(threshold, .init = open_result, .fini = close_result);

static struct threshold_outcome checked(const char *text)
{
	struct threshold threshold;
	struct threshold_outcome outcome;
	struct error error = { "" };

	cr_assert_eq(threshold_parse(text, &threshold, &error), 0, "%s: %s", text, error.text);
	cr_assert_str_eq(threshold.text, text);
	threshold_check(&threshold, &result, &outcome);
	return outcome;
}

static const struct {
	const char *text;
	bool kept;
	const char *actual_text;
} rows[] = {
	{ "avg<103us", true, "103 us" },
	{ "avg<102us", false, "103 us" },
	{ "min>=99us", true, "100 us" },
	{ "min>101us", false, "100 us" },
	{ "max<10ms", true, "3.00 ms" },
	{ "max<2.5ms", false, "3.00 ms" },
	{ "med<101us", true, "100 us" },
	{ "med<=99us", false, "100 us" },
	{ "p(50)<101us", true, "100 us" },
	{ "p(99)<101us", true, "100 us" },
	{ "p(99.9)<101us", true, "100 us" },
	{ "p(99.99)<101us", false, "3.00 ms" },
	{ "p(100)>2.9ms", true, "3.00 ms" },
	{ "p(0)<=100us", true, "100 us" },
	{ "max<1s", true, "3.00 ms" },
	{ "min!=0", true, "100 us" },
	{ "rate>494", true, "495/s" },
	{ "rate==495", true, "495/s" },
	{ "rate>1k", false, "495/s" },
	{ "errors==3", true, "3" },
	{ "errors==0", false, "3" },
	{ "errors!=0", true, "3" },
	{ "errors<=2", false, "3" },
	{ "errors<0.3%", false, "0.3 %" },
	{ "errors<=0.3%", true, "0.3 %" },
	{ "errors<1%", true, "0.3 %" },
	{ "loss<10", true, "7" },
	{ "loss<=0.7%", true, "0.7 %" },
	{ "loss==0.7%", true, "0.7 %" },
	{ "loss<0.7%", false, "0.7 %" },
	{ "loss>0%", true, "0.7 %" },
	{ "loss<100%", true, "0.7 %" },
};

Test(threshold, is_kept_or_broken_and_says_by_what)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct threshold_outcome outcome = checked(rows[i].text);

		cr_expect(outcome.known, "%s", rows[i].text);
		cr_expect_eq(outcome.kept, rows[i].kept, "%s: %s", rows[i].text,
			     outcome.actual_text);
		cr_expect_str_eq(outcome.actual_text, rows[i].actual_text, "%s: %s", rows[i].text,
				 outcome.actual_text);
	}
}

Test(threshold, actual_value_is_in_the_unit_of_the_metric)
{
	cr_assert_float_eq(checked("min>1us").actual, 100000, 100);
	cr_assert_float_eq(checked("rate>1").actual, 495, 1e-9);
	cr_assert_float_eq(checked("loss<1%").actual, 0.007, 1e-15);
	cr_assert_float_eq(checked("loss<1").actual, 7, 0);
}

Test(threshold, blanks_may_stand_between_its_parts)
{
	cr_assert(checked(" p(99)  <  200us ").kept);
	cr_assert(checked("loss <= 0.7%").kept);
}

/* Of every share of 1000, as it is written with one decimal. */
Test(threshold, share_that_is_met_exactly_is_equal)
{
	for (unsigned lost = 0; lost <= 1000; lost++) {
		char text[32];

		result.lost = lost;
		(void)snprintf(text, sizeof(text), "loss==%u.%u%%", lost / 10, lost % 10);
		cr_expect(checked(text).kept, "%s", text);
	}
}

Test(threshold, latency_without_any_answer_is_unknown_and_not_kept)
{
	static const char *const texts[] = { "p(99)<1s", "avg<1s", "min<1s",
					     "max<1s",	 "med<1s", "max!=5us" };

	histogram_reset(result.latency);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct threshold_outcome outcome = checked(texts[i]);

		cr_expect_not(outcome.known, "%s", texts[i]);
		cr_expect_not(outcome.kept, "%s", texts[i]);
		cr_expect_str_eq(outcome.actual_text, "unknown");
	}
}

Test(threshold, share_of_nothing_is_unknown_but_a_count_is_not)
{
	result.sent = 0;
	cr_assert_not(checked("errors<100%").known);
	cr_assert_not(checked("errors<100%").kept);
	cr_assert_not(checked("loss<1%").known);
	cr_assert(checked("errors<10").kept);
}

Test(threshold, rate_without_a_window_is_unknown)
{
	result.ended_ns = result.started_ns = 0;
	cr_assert_not(checked("rate<1").known);
	result.ended_ns = NS_PER_S;
	result.requests = 0;
	cr_assert(checked("rate<1").kept);
}

Test(threshold, json_has_what_was_written_and_what_was_found)
{
	struct threshold threshold;
	struct threshold_outcome outcome;
	json_t *object;

	cr_assert_eq(threshold_parse("errors == 3", &threshold, NULL), 0);
	threshold_check(&threshold, &result, &outcome);
	object = threshold_to_json(&threshold, &outcome);
	cr_assert_str_eq(json_string_value(json_object_get(object, "expression")), "errors == 3");
	cr_assert(json_is_true(json_object_get(object, "kept")));
	cr_assert_float_eq(json_number_value(json_object_get(object, "actual")), 3, 0);
	json_decref(object);
	histogram_reset(result.latency);
	cr_assert_eq(threshold_parse("max<1s", &threshold, NULL), 0);
	threshold_check(&threshold, &result, &outcome);
	object = threshold_to_json(&threshold, &outcome);
	cr_assert(json_is_false(json_object_get(object, "kept")));
	cr_assert(json_is_null(json_object_get(object, "actual")));
	json_decref(object);
}

static const struct {
	const char *text, *sentence;
} refused[] = {
	{ "", "'' does not begin with a metric (avg, min, max, med, p(N), rate, errors, loss)" },
	{ "<5", "'<5' does not begin with a metric" },
	{ "latency<1ms", "'latency<1ms' does not begin with a metric" },
	{ "average<1ms", "'average<1ms' does not begin with a metric" },
	{ "P(99)<1ms", "'P(99)<1ms' does not begin with a metric" },
	{ "p99<1ms", "'p99<1ms': p has its percentage in parentheses (0 to 100: p(99.9))" },
	{ "p<1ms", "p has its percentage in parentheses" },
	{ "p()<1ms", "p has its percentage in parentheses" },
	{ "p(99<1ms", "p has its percentage in parentheses" },
	{ "p(101)<1ms", "p has its percentage in parentheses (0 to 100" },
	{ "p(-1)<1ms", "p has its percentage in parentheses" },
	{ "p(99%)<1ms", "p has its percentage in parentheses" },
	{ "avg", "'avg' has no operator behind its metric (<, <=, >, >=, ==, !=)" },
	{ "avg=1ms", "'avg=1ms' has no operator behind its metric" },
	{ "avg=<1ms", "has no operator behind its metric" },
	{ "avg<>1ms", "has no operator behind its metric" },
	{ "avg 1ms", "has no operator behind its metric" },
	{ "avg(5)<1ms", "has no operator behind its metric" },
	{ "avg<", "'avg<' has no value behind its operator" },
	{ "avg<  ", "'avg<  ' has no value behind its operator" },
	{ "p(99)<200", "'p(99)<200': '200' is not a duration with its unit (200us, 1.5ms, 2s)" },
	{ "avg<-1ms", "'-1ms' is not a duration" },
	{ "avg<1 ms", "'1 ms' is not a duration" },
	{ "avg<5%", "'5%' is not a duration" },
	{ "avg<0.5ns", "'0.5ns' is not a duration" },
	{ "rate>fast", "'fast' is not a number of requests a second (100k, 1.5M)" },
	{ "rate>100k/s", "'100k/s' is not a number of requests a second" },
	{ "rate>5%", "'5%' is not a number of requests a second" },
	{ "errors<1ms", "'1ms' is not a count (10, 1k) nor a share (0.1%)" },
	{ "errors<0.1", "'0.1' is not a count" },
	{ "loss<%", "'%' is not between 0% and 100%" },
	{ "loss<101%", "'101%' is not between 0% and 100%" },
	{ "loss<-1%", "'-1%' is not between 0% and 100%" },
	{ "loss<1%%", "'1%%' is not between 0% and 100%" },
	{ "avg<1ms                                                           x",
	  "characters, too many for a threshold (63 at most)" },
};

Test(threshold, malformed_text_is_refused_with_a_sentence)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct threshold threshold = { .metric = 77 };
		struct error error = { "" };

		cr_expect_eq(threshold_parse(refused[i].text, &threshold, &error), -EINVAL, "%s",
			     refused[i].text);
		cr_expect(strstr(error.text, refused[i].sentence), "%s: %s", refused[i].text,
			  error.text);
		cr_expect_eq(threshold.metric, 77);
	}
}
