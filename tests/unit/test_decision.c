/* Verdicts: what they rest on, and how often they are wrong. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>

#include "measure/decision.h"
#include "measure/random.h"

#define RUNS_MAX 40

struct runs {
	double base[RUNS_MAX], changed[RUNS_MAX];
};

static bool is_near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

/* A normal number (Box and Muller 1958). */
static double draw(uint64_t *random)
{
	double radius = sqrt(-2 * log(1 - random_unit(random)));

	return radius * cos(2 * M_PI * random_unit(random));
}

/* Runs that scatter by noise around 1000, and around 1000 * ratio. */
static void measure(uint64_t *random, double noise, double ratio, struct runs *ret_runs)
{
	for (int i = 0; i < RUNS_MAX; i++) {
		ret_runs->base[i] = 1000 * exp(noise * draw(random));
		ret_runs->changed[i] = 1000 * ratio * exp(noise * draw(random));
	}
}

static struct decision_case rate(const struct runs *runs, uint32_t count, bool paired)
{
	return (struct decision_case){
		.base = runs->base,
		.changed = runs->changed,
		.base_count = count,
		.changed_count = count,
		.paired = paired,
		.more_is_better = true,
		.judged = true,
		.least_effect = 0.03,
	};
}

static struct decision_outcome decide(const struct decision_case *metric, uint32_t pair_count_max)
{
	struct decision_outcome outcome;
	struct decision_plan plan;

	decision_plan_init(0.95, pair_count_max, &plan);
	cr_assert_eq(decision_make(metric, 1, &plan, &outcome), 0);
	return outcome;
}

static enum decision verdict(double ratio, bool more_is_better, bool paired)
{
	struct decision_case metric;
	struct runs runs;
	uint64_t random = 3;

	measure(&random, 0.005, ratio, &runs);
	metric = rate(&runs, 20, paired);
	metric.more_is_better = more_is_better;
	return decide(&metric, 20).decision;
}

Test(decision, verdict_has_the_direction_of_the_metric)
{
	for (int paired = 0; paired <= 1; paired++) {
		cr_expect_eq(verdict(0.9, true, paired), DECISION_REGRESSED);
		cr_expect_eq(verdict(0.9, false, paired), DECISION_IMPROVED);
		cr_expect_eq(verdict(1.1, true, paired), DECISION_IMPROVED);
		cr_expect_eq(verdict(1.1, false, paired), DECISION_REGRESSED);
		cr_expect_eq(verdict(1, true, paired), DECISION_SAME);
		cr_expect_eq(verdict(1, false, paired), DECISION_SAME);
		cr_expect_eq(verdict(1.03, true, paired), DECISION_INCONCLUSIVE);
	}
}

/* The interval that is shown says what the verdict says, and so does the p; unless there are too
 * few pairs, which is a level of 0. */
static void expect_consistent(const struct decision_outcome *outcome, double least_effect)
{
	double low = 1 / (1 + least_effect), high = 1 + least_effect;
	bool sure = outcome->level > 0;
	bool beyond = sure && (outcome->ratio.low > high || outcome->ratio.high < low);
	bool within = sure && outcome->ratio.low >= low && outcome->ratio.high <= high;
	bool changed = outcome->decision == DECISION_IMPROVED ||
		       outcome->decision == DECISION_REGRESSED;

	cr_expect_eq(changed, beyond, "%s [%f, %f]", decision_names[outcome->decision],
		     outcome->ratio.low, outcome->ratio.high);
	cr_expect_eq(outcome->decision == DECISION_SAME, within, "%s [%f, %f]",
		     decision_names[outcome->decision], outcome->ratio.low, outcome->ratio.high);
	cr_expect_eq(changed, outcome->p <= outcome->level, "%s: p %g, level %g",
		     decision_names[outcome->decision], outcome->p, outcome->level);
	cr_expect(outcome->ratio.low <= outcome->ratio.median &&
		  outcome->ratio.median <= outcome->ratio.high);
}

Test(decision, interval_and_p_agree_with_the_verdict)
{
	static const uint32_t counts[] = { 7, 12, 15, 20, 40 };
	uint64_t random = 11;
	uint32_t told[DECISION_COUNT] = { 0 };

	for (int round = 0; round < 600; round++) {
		struct decision_outcome outcome;
		struct decision_case metric;
		struct runs runs;

		measure(&random, 0.02, 0.9 + 0.2 * random_unit(&random), &runs);
		metric = rate(&runs, counts[round % 5], round % 2);
		outcome = decide(&metric, round % 3 ? 40 : counts[round % 5]);
		expect_consistent(&outcome, metric.least_effect);
		told[outcome.decision]++;
	}
	for (int i = 0; i < DECISION_COUNT; i++)
		cr_expect_geq(told[i], 30, "%s: %u", decision_names[i], told[i]);
}

Test(decision, exchanged_sides_give_the_mirrored_verdict)
{
	uint64_t random = 5;

	for (int round = 0; round < 100; round++) {
		struct decision_case metric, mirrored;
		struct decision_outcome forth, back;
		struct runs runs;

		measure(&random, 0.02, 0.92 + 0.16 * random_unit(&random), &runs);
		metric = mirrored = rate(&runs, 20, round % 2);
		mirrored.base = metric.changed;
		mirrored.changed = metric.base;
		mirrored.more_is_better = false;
		forth = decide(&metric, 20);
		back = decide(&mirrored, 20);
		cr_expect_eq(forth.decision, back.decision);
		cr_expect(is_near(forth.ratio.low * back.ratio.high, 1));
		cr_expect(is_near(forth.mann_whitney_p, back.mann_whitney_p));
	}
}

/* How often of rounds does a comparison that looks at 12, 20 and 40 pairs, and ends with the first
 * verdict, say this of metrics without any change but ratio? */
static uint32_t count_rounds(double noise, double ratio, uint32_t metrics, enum decision wanted,
			     uint32_t rounds)
{
	struct decision_outcome outcomes[4];
	struct decision_case cases[4];
	struct decision_plan plan;
	struct runs runs[4];
	uint64_t random = 17;
	uint32_t told = 0;

	decision_plan_init(0.95, RUNS_MAX, &plan);
	for (uint32_t round = 0; round < rounds; round++) {
		bool seen = false;

		for (uint32_t i = 0; i < metrics; i++)
			measure(&random, noise, ratio, &runs[i]);
		for (uint32_t look = 0; look < plan.look_count; look++) {
			for (uint32_t i = 0; i < metrics; i++)
				cases[i] = rate(&runs[i], plan.looks[look], true);
			cr_assert_eq(decision_make(cases, metrics, &plan, outcomes), 0);
			for (uint32_t i = 0; i < metrics; i++)
				seen |= outcomes[i].decision == wanted;
		}
		told += seen;
	}
	return told;
}

/* The worst case: the change is exactly what is not to be called one yet. Four metrics together
 * and three looks err no more often than one that is tested once. */
Test(decision, error_is_that_of_all_metrics_and_looks)
{
	uint32_t rounds = 3000;

	/* One direction: 2.5 %, and three standard deviations of the simulation. */
	cr_expect_leq(count_rounds(0.1, 1 / 1.03, 1, DECISION_REGRESSED, rounds), 101);
	cr_expect_leq(count_rounds(0.1, 1 / 1.03, 4, DECISION_REGRESSED, rounds / 3), 40);
	cr_expect_leq(count_rounds(0.01, 1 / 1.03, 1, DECISION_SAME, rounds), 101);
	/* They do err that often, or the rule would be blind. */
	cr_expect_geq(count_rounds(0.1, 1 / 1.03, 1, DECISION_REGRESSED, rounds), 40);
}

/* Holm: what is found needs no share of the error any more. */
Test(decision, metric_that_changed_leaves_its_error_to_the_others)
{
	struct decision_case cases[3];
	struct decision_outcome outcomes[3];
	struct decision_plan plan;
	struct runs plain, weak;

	for (int i = 0; i < 10; i++) {
		plain.base[i] = weak.base[i] = 1000;
		plain.changed[i] = 700 + i;
		weak.changed[i] = i < 9 ? 800 + i : 1000;
	}
	/* 10 of 10 pairs: p 2/1024; 9 of 10: 22/1024, more than a third, and less than a half, of
	 * 5 %: Bonferroni's thirds would not let it pass. */
	cases[0] = cases[1] = cases[2] = rate(&plain, 10, true);
	cases[1].changed = weak.changed;
	decision_plan_init(0.95, 10, &plan);
	cr_assert_eq(decision_make(cases, 3, &plan, outcomes), 0);
	cr_expect_eq(outcomes[0].decision, DECISION_REGRESSED);
	cr_expect_eq(outcomes[1].decision, DECISION_REGRESSED);
	cr_expect(is_near(outcomes[0].p, 2 / 1024.0));
	cr_expect(is_near(outcomes[1].p, 22 / 1024.0));
	cases[0].changed = cases[2].changed = plain.base;
	cr_assert_eq(decision_make(cases, 3, &plan, outcomes), 0);
	cr_expect_eq(outcomes[1].decision, DECISION_INCONCLUSIVE);
	cr_expect_lt(outcomes[1].level, outcomes[1].p);
}

Test(decision, metric_that_is_only_shown_costs_the_others_nothing)
{
	struct decision_case cases[3];
	struct decision_outcome outcomes[3];
	struct decision_plan plan;
	struct runs runs;

	for (int i = 0; i < 10; i++) {
		runs.base[i] = 1000;
		runs.changed[i] = i < 9 ? 800 + i : 1000;
	}
	cases[0] = cases[1] = cases[2] = rate(&runs, 10, true);
	cases[1].changed = cases[2].changed = runs.base;
	cases[1].judged = cases[2].judged = false;
	decision_plan_init(0.95, 10, &plan);
	cr_assert_eq(decision_make(cases, 3, &plan, outcomes), 0);
	cr_expect_eq(outcomes[0].decision, DECISION_REGRESSED);
	cr_expect_eq(outcomes[1].decision, DECISION_SAME);
	cases[0].judged = false;
	cr_assert_eq(decision_make(cases, 3, &plan, outcomes), 0);
	cr_expect_eq(outcomes[0].decision, DECISION_REGRESSED);
}

Test(decision, counters_that_never_differ_need_no_test)
{
	double two[] = { 2, 2, 2 }, more[] = { 2.2, 2.2, 2.2 }, none[] = { 0, 0, 0 };
	struct decision_case metric = { .base = two,
					.changed = more,
					.base_count = 1,
					.changed_count = 3,
					.exact = true,
					.judged = true,
					.least_effect = 0.05 };
	struct decision_outcome outcome = decide(&metric, 12);

	cr_expect_eq(outcome.decision, DECISION_REGRESSED);
	cr_expect(outcome.counted && outcome.known && is_near(outcome.ratio.low, 1.1));
	metric.least_effect = 0.11;
	cr_expect_eq(decide(&metric, 12).decision, DECISION_SAME);
	metric.changed = two;
	metric.least_effect = 0;
	cr_expect_eq(decide(&metric, 12).decision, DECISION_SAME);
	metric.changed = none;
	outcome = decide(&metric, 12);
	cr_expect_eq(outcome.decision, DECISION_IMPROVED);
	cr_expect(outcome.counted && !outcome.known);
	metric.base = none;
	cr_expect_eq(decide(&metric, 12).decision, DECISION_SAME);
}

Test(decision, counters_that_differ_are_tested)
{
	double base[] = { 2, 2, 2 }, changed[] = { 3, 3, 3.1 };
	struct decision_case metric = { .base = base,
					.changed = changed,
					.base_count = 3,
					.changed_count = 3,
					.paired = true,
					.exact = true,
					.judged = true };
	struct decision_outcome outcome = decide(&metric, 12);

	cr_expect(!outcome.counted && outcome.known);
	cr_expect_eq(outcome.decision, DECISION_INCONCLUSIVE); /* of three pairs */
	cr_expect(is_near(outcome.level, 0));
}

Test(decision, what_has_no_ratio_is_inconclusive)
{
	double base[] = { 1, 0, 1 }, changed[] = { 1, 1, NAN };
	struct decision_case metric = { .base = base,
					.changed = changed,
					.base_count = 3,
					.changed_count = 3,
					.judged = true };
	struct decision_outcome outcome = decide(&metric, 12);

	cr_expect_eq(outcome.decision, DECISION_INCONCLUSIVE);
	cr_expect(!outcome.known && isnan(outcome.ratio.median));
	metric.base_count = metric.changed_count = 0;
	outcome = decide(&metric, 12);
	cr_expect_eq(outcome.decision, DECISION_INCONCLUSIVE);
	cr_expect(!outcome.known && isnan(outcome.base.median));
}

Test(decision, nothing_is_lost_on_either_side)
{
	double none[] = { 0, 0, 0, 0 };
	struct decision_case metric = {
		.base = none, .changed = none, .base_count = 4, .changed_count = 4, .judged = true
	};

	cr_expect_eq(decide(&metric, 12).decision, DECISION_SAME);
}

Test(decision, plans_look_at_12_20_40_and_at_last)
{
	struct decision_plan plan;

	decision_plan_init(0.95, 8, &plan);
	cr_expect(plan.look_count == 1 && plan.looks[0] == 8);
	decision_plan_init(0.95, 20, &plan);
	cr_expect(plan.look_count == 2 && plan.looks[0] == 12 && plan.looks[1] == 20);
	decision_plan_init(0.95, 50, &plan);
	cr_expect(plan.look_count == 4 && plan.looks[2] == 40 && plan.looks[3] == 50);
	decision_plan_init(0.95, 1000, &plan);
	cr_expect(plan.look_count == DECISION_LOOKS_MAX && plan.looks[7] == 1000);
}

Test(decision, plan_that_ends_early_looks_there_for_the_last_time)
{
	struct decision_plan plan;

	decision_plan_init(0.95, 40, &plan);
	decision_plan_end(&plan, 17);
	cr_expect(plan.look_count == 2 && plan.looks[0] == 12 && plan.looks[1] == 17);
	decision_plan_end(&plan, 12);
	cr_expect(plan.look_count == 1 && plan.looks[0] == 12);
	decision_plan_init(0.95, 40, &plan);
	decision_plan_end(&plan, 5);
	cr_expect(plan.look_count == 1 && plan.looks[0] == 5);
	cr_expect_eq(plan.pair_count_max, 40);
}

/* With one pair fewer even pairs that all agree change nothing. */
Test(decision, fewest_pairs_are_those_that_can_change_something)
{
	for (uint32_t metrics = 1; metrics <= 4; metrics++) {
		uint32_t least = decision_pairs_least(0.95, metrics);
		struct decision_outcome outcomes[4];
		struct decision_case cases[4];
		struct decision_plan plan;
		struct runs runs;

		for (uint32_t i = 0; i < RUNS_MAX; i++) {
			runs.base[i] = 1000 + i;
			runs.changed[i] = i;
		}
		runs.changed[0] = 1;
		for (uint32_t count = least - 1; count <= least; count++) {
			for (uint32_t i = 0; i < 4; i++)
				cases[i] = rate(&runs, count, true);
			decision_plan_init(0.95, count, &plan);
			cr_assert_eq(decision_make(cases, metrics, &plan, outcomes), 0);
			cr_expect_eq(outcomes[0].decision,
				     count == least ? DECISION_REGRESSED : DECISION_INCONCLUSIVE);
		}
	}
}

Test(decision, more_pairs_than_can_be_counted_out_are_refused)
{
	static double values[1001];
	struct decision_case metric = { .base = values,
					.changed = values,
					.base_count = 1001,
					.changed_count = 1001,
					.paired = true,
					.judged = true };
	struct decision_outcome outcome;
	struct decision_plan plan;

	for (int i = 0; i < 1001; i++)
		values[i] = 1 + i;
	decision_plan_init(0.95, 1001, &plan);
	cr_assert_eq(decision_make(&metric, 1, &plan, &outcome), -E2BIG);
}
