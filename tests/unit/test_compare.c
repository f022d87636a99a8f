/* Wishes for metrics, the rules that come of them, the plan of looks, and which metrics match. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "compare/contest.h"
#include "compare/metric.h"
#include "compare/options.h"
#include "compare/side.h"

static struct metric_wish_list wishes;
static struct error reason;
static struct side base = { .word = "base" }, changed = { .word = "new" };
static struct contest_list list;
static json_t *warnings;

static void begin(void)
{
	warnings = json_array();
}

static void finish(void)
{
	contests_finish(&list);
	side_finish(&base);
	side_finish(&changed);
	json_decref(warnings);
}

TestSuite(compare, .init = begin, .fini = finish);

static void wish(const char *text)
{
	cr_assert_eq(metric_wish_parse(text, &wishes, &reason), 0, "%s", reason.text);
}

static void assert_no_wish(const char *text, const char *says)
{
	cr_expect_eq(metric_wish_parse(text, &wishes, &reason), -EINVAL, "%s", text);
	cr_expect(strstr(reason.text, says), "'%s' is not in '%s'", says, reason.text);
	cr_expect_eq(wishes.count, 0);
}

Test(compare, a_wish_has_a_name_a_direction_and_an_effect)
{
	wish("p50");
	wish("rate:lower");
	wish("time:higher:2.5%");
	wish("p99.9:10%:lower");
	cr_expect_str_eq(wishes.items[0].name, "p50");
	cr_expect_eq(wishes.items[0].direction, METRIC_AS_MEASURED);
	cr_expect(isnan(wishes.items[0].least_effect));
	cr_expect_eq(wishes.items[1].direction, METRIC_LOWER);
	cr_expect_eq(wishes.items[2].direction, METRIC_HIGHER);
	cr_expect_float_eq(wishes.items[2].least_effect, 0.025, 1e-12);
	cr_expect_str_eq(wishes.items[3].name, "p99.9");
	cr_expect_eq(wishes.items[3].direction, METRIC_LOWER);
	cr_expect_float_eq(wishes.items[3].least_effect, 0.1, 1e-12);
}

Test(compare, a_wish_that_makes_no_sense_is_refused)
{
	char text[200];

	assert_no_wish("", "NAME");
	assert_no_wish(":lower", "NAME");
	assert_no_wish("p50:", "neither lower nor higher");
	assert_no_wish("p50:lower:lower", "two directions");
	assert_no_wish("p50:1%:2%", "two effects");
	assert_no_wish("p50:%", "percentage");
	assert_no_wish("p50:-1%", "percentage");
	assert_no_wish("p50:100%", "below");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_no_wish(text, "NAME");
}

Test(compare, a_metric_by_two_names_is_there_twice)
{
	wish("p50");
	cr_expect_eq(metric_wish_parse("latency_p50_ns", &wishes, &reason), -EINVAL);
	cr_expect(strstr(reason.text, "twice"));
}

Test(compare, wishes_are_not_endless)
{
	char name[16];

	for (int i = 0; i < METRIC_WISHES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "metric-%d", i);
		wish(name);
	}
	cr_expect_eq(metric_wish_parse("another", &wishes, &reason), -EINVAL);
}

/* Of two samples with this metric and so many equal values. */
static struct metric_rule rule(const char *metric, uint32_t count, bool exact, double least_effect)
{
	double values[] = { 1, 1, 1 };
	const struct sample sample = {
		.metric = (char *)metric, .values = values, .count = count, .exact = exact
	};

	return metric_rule_of(&sample, &sample, &wishes, least_effect);
}

Test(compare, figures_of_ours_have_their_own_rules)
{
	cr_expect(rule("requests_per_s", 3, false, NAN).judged);
	cr_expect_float_eq(rule("requests_per_s", 3, false, NAN).least_effect, 0.03, 1e-12);
	cr_expect(rule("latency_p50_ns", 3, false, NAN).judged);
	cr_expect_float_eq(rule("latency_p50_ns", 3, false, NAN).least_effect, 0.05, 1e-12);
	cr_expect_not(rule("latency_p99_ns", 3, false, NAN).judged);
	cr_expect_float_eq(rule("latency_p99_ns", 3, false, NAN).least_effect, 0.1, 1e-12);
}

Test(compare, metrics_of_others_are_judged_but_for_parts_and_memory)
{
	cr_expect(rule("time", 3, false, NAN).judged);
	cr_expect(rule("ns/op", 3, false, NAN).judged);
	cr_expect_not(rule("user", 3, false, NAN).judged);
	cr_expect_not(rule("memory", 3, false, NAN).judged);
	/* A word of ours is no key: this is another one's CPU time. */
	cr_expect(rule("cpu", 3, false, NAN).judged);
	cr_expect_float_eq(rule("cpu", 3, false, NAN).least_effect, METRIC_LEAST_EFFECT, 1e-12);
}

Test(compare, a_wish_replaces_what_is_judged)
{
	wish("p99:3%");
	cr_expect_not(rule("requests_per_s", 3, false, NAN).judged);
	cr_expect(rule("latency_p99_ns", 3, false, 0.5).judged);
	cr_expect_float_eq(rule("latency_p99_ns", 3, false, 0.5).least_effect, 0.03, 1e-12);
	cr_expect_float_eq(rule("requests_per_s", 3, false, 0.5).least_effect, 0.5, 1e-12);
}

Test(compare, of_an_exact_counter_any_change_matters)
{
	cr_expect(rule("allocs/op", 1, true, NAN).exact);
	cr_expect_float_eq(rule("allocs/op", 1, true, NAN).least_effect, 0, 1e-12);
	cr_expect_float_eq(rule("allocs/op", 1, true, 0.1).least_effect, 0.1, 1e-12);
	/* Ours vary with the work, which a single run cannot show. */
	cr_expect_not(rule("server_system_calls_per_request", 1, true, NAN).exact);
	cr_expect(rule("server_system_calls_per_request", 2, true, NAN).exact);
}

static void assert_looks(uint32_t pairs, uint32_t max_pairs, const uint32_t *looks, uint32_t count)
{
	const struct compare_options options = { .confidence = 0.95,
						 .pairs = pairs,
						 .max_pairs = max_pairs };
	struct decision_plan plan;

	compare_options_plan(&options, &plan);
	cr_expect_eq(plan.pair_count_max, max_pairs, "an early end has its looks as they were");
	cr_assert_eq(plan.look_count, count, "%u of %u: %u looks", pairs, max_pairs,
		     plan.look_count);
	for (uint32_t i = 0; i < count; i++)
		cr_expect_eq(plan.looks[i], looks[i]);
}

Test(compare, looks_begin_with_the_pairs_asked_for_and_end_with_the_most)
{
	assert_looks(12, 40, (const uint32_t[]){ 12, 20, 40 }, 3);
	assert_looks(5, 14, (const uint32_t[]){ 5, 12, 14 }, 3);
	assert_looks(30, 30, (const uint32_t[]){ 30 }, 1);
	assert_looks(30, 50, (const uint32_t[]){ 30, 40, 50 }, 3);
	assert_looks(1, 1, (const uint32_t[]){ 1 }, 1);
	assert_looks(1, 1000, (const uint32_t[]){ 1, 12, 20, 40, 80, 160, 320, 1000 }, 8);
}

static void put(struct side *side, const char *benchmark, const char *metric, uint32_t place,
		double value)
{
	struct sample *sample = sample_set_take(&side->set, benchmark, metric);

	cr_assert_eq(sample_unit(sample, "s"), 0);
	cr_assert_eq(side_put(sample, place, value), 0);
}

static int make(bool paired)
{
	return contests_make(&base, &changed, paired, &wishes, NAN, warnings, &list, &reason);
}

Test(compare, pairs_that_one_side_lacks_are_left_out)
{
	put(&base, "x", "time", 0, 1);
	put(&base, "x", "time", 2, 3);
	put(&base, "x", "time", 3, 4);
	put(&changed, "x", "time", 0, 10);
	put(&changed, "x", "time", 1, 20);
	put(&changed, "x", "time", 2, 30);
	cr_assert_eq(make(true), 0);
	cr_assert_eq(list.count, 1);
	cr_assert_eq(list.items[0].base_count, 2);
	cr_assert_eq(list.items[0].changed_count, 2);
	cr_expect_float_eq(list.items[0].base[1], 3, 1e-12);
	cr_expect_float_eq(list.items[0].changed[1], 30, 1e-12);
}

Test(compare, values_that_are_no_pairs_need_no_partner)
{
	put(&base, "x", "time", 0, 1);
	put(&base, "x", "time", 2, 3);
	put(&changed, "y", "time", 0, 10);
	cr_assert_eq(make(false), 0);
	cr_expect_eq(list.items[0].base_count, 2);
	cr_expect_eq(list.items[0].changed_count, 1);
	cr_expect_str_eq(list.items[0].base_benchmark, "x");
	cr_expect_str_eq(list.items[0].benchmark, "y");
}

Test(compare, benchmarks_match_by_name_and_others_are_told)
{
	put(&base, "x", "time", 0, 1);
	put(&base, "y", "time", 0, 1);
	put(&changed, "z", "time", 0, 1);
	put(&changed, "y", "time", 0, 1);
	cr_assert_eq(make(false), 0);
	cr_assert_eq(list.count, 1);
	cr_expect_str_eq(list.items[0].benchmark, "y");
	cr_assert_eq(json_array_size(warnings), 2);
	cr_expect(strstr(json_string_value(json_array_get(warnings, 0)), "'x'"));
	cr_expect(strstr(json_string_value(json_array_get(warnings, 1)), "'z'"));
}

Test(compare, names_that_are_too_many_are_cut)
{
	char name[40];

	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "a-rather-long-benchmark-%d", i);
		put(&base, name, "time", 0, 1);
	}
	put(&changed, "y", "time", 0, 1);
	cr_assert_eq(make(false), -EINVAL);
	cr_expect(strstr(reason.text, "'a-rather-long-benchmark-0', "));
	cr_expect(strstr(reason.text, ", ..., new has 'y'"), "%s", reason.text);
}

Test(compare, metrics_that_one_side_lacks_are_not_compared)
{
	put(&base, "x", "time", 0, 1);
	put(&base, "x", "cpu", 0, 1);
	put(&changed, "x", "time", 0, 1);
	cr_assert_eq(make(false), 0);
	cr_assert_eq(list.count, 1);
	cr_expect_str_eq(list.items[0].metric, "time");
}

Test(compare, something_has_to_be_judged)
{
	put(&base, "x", "memory", 0, 1);
	put(&changed, "x", "memory", 0, 1);
	cr_assert_eq(make(false), -EINVAL);
	cr_expect(strstr(reason.text, "--metric"));
}

Test(compare, of_a_run_the_median_is_taken_and_a_single_benchmark_keeps_its_name)
{
	struct sample_set run = { 0 };
	double values[] = { 5, 1, 3 };

	for (int i = 0; i < 3; i++)
		cr_assert_eq(sample_add(sample_set_take(&run, "first", "time"), values[i]), 0);
	cr_assert_eq(side_add(&base, &run, 0), 0);
	sample_set_finish(&run);
	cr_assert_eq(sample_add(sample_set_take(&run, "second", "time"), 7), 0);
	cr_assert_eq(side_add(&base, &run, 1), 0);
	sample_set_finish(&run);
	cr_assert_eq(base.set.count, 1);
	cr_assert_eq(base.set.items[0].count, 2);
	cr_expect_float_eq(base.set.items[0].values[0], 3, 1e-12);
	cr_expect_float_eq(base.set.items[0].values[1], 7, 1e-12);
}
