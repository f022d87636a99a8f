/* Series of trials: what they say together, and how many rounds there are. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "experiment/experiment.h"

TestSuite(experiment_series, .timeout = 60);

/* Trials of a rate each, in the rounds that are named. */
static struct series series_of(struct trial *trials, const uint32_t *rounds, const double *rates,
			       uint32_t count)
{
	struct series series = { .trials = trials, .count = count };

	for (uint32_t i = 0; i < count; i++) {
		trials[i] = (struct trial){ .round = rounds[i], .sequence = i };
		trials[i].figures[FIGURE_RATE] = rates[i];
	}
	return series;
}

Test(experiment_series, a_figure_is_the_median_of_what_is_known)
{
	struct trial trials[4];
	const struct series series = series_of(trials, (uint32_t[]){ 0, 1, 2, 3 },
					       (double[]){ 30, NAN, 10, 20 }, 4);
	struct estimate estimate;

	cr_assert_eq(series_figure(&series, FIGURE_RATE, &estimate), 0);
	cr_expect_float_eq(estimate.median, 20, 1e-9);
	cr_expect_float_eq(estimate.low, 10, 1e-9);
	cr_expect_float_eq(estimate.high, 30, 1e-9);
}

Test(experiment_series, what_no_trial_has_is_no_figure)
{
	struct trial trials[2];
	const struct series series = series_of(trials, (uint32_t[]){ 0, 1 }, (double[]){ NAN, NAN },
					       2);
	const struct series empty = { .count = 0 };
	struct estimate estimate = { .median = 42 };

	cr_expect_eq(series_figure(&series, FIGURE_RATE, &estimate), -EDOM);
	cr_expect_eq(series_figure(&empty, FIGURE_RATE, &estimate), -EDOM);
	cr_expect_eq(series_ratio(&series, &series, FIGURE_RATE, &estimate), -EDOM);
	cr_expect_eq(series_ratio(&empty, &series, FIGURE_RATE, &estimate), -EDOM);
	cr_expect_float_eq(estimate.median, 42, 1e-9);
}

/* One failed halfway: only rounds that both have are compared, each with its own. */
Test(experiment_series, a_ratio_is_of_trials_of_the_same_round)
{
	struct trial over_trials[4], under_trials[3];
	const struct series over = series_of(over_trials, (uint32_t[]){ 0, 1, 2, 3 },
					     (double[]){ 10, 2000, 30, 4000 }, 4);
	const struct series under = series_of(under_trials, (uint32_t[]){ 0, 2, 4 },
					      (double[]){ 5, 10, 1 }, 3);
	struct estimate ratio;

	cr_assert_eq(series_ratio(&over, &under, FIGURE_RATE, &ratio), 0);
	cr_expect_float_eq(ratio.low, 2, 1e-9);
	cr_expect_float_eq(ratio.high, 3, 1e-9);
	cr_expect_float_eq(ratio.median, sqrt(6), 1e-9);
	cr_assert_eq(series_ratio(&under, &over, FIGURE_RATE, &ratio), 0);
	cr_expect_float_eq(ratio.median, 1 / sqrt(6), 1e-9);
}

Test(experiment_series, a_pair_with_an_unknown_half_is_left_out)
{
	struct trial over_trials[3], under_trials[3];
	const struct series over = series_of(over_trials, (uint32_t[]){ 0, 1, 2 },
					     (double[]){ NAN, 20, 30 }, 3);
	const struct series under = series_of(under_trials, (uint32_t[]){ 0, 1, 2 },
					      (double[]){ 1, 10, NAN }, 3);
	struct estimate ratio;

	cr_assert_eq(series_ratio(&over, &under, FIGURE_RATE, &ratio), 0);
	cr_expect_float_eq(ratio.low, 2, 1e-9);
	cr_expect_float_eq(ratio.high, 2, 1e-9);
}

/* Whatever is tried fails at once: there is no such program. */
static const struct server no_server = { .name = "none",
					 .command = "/nonexistent/server",
					 .threads = 1 };
static const struct point some_point = { .name = "tcp-1", .transport = TRANSPORT_TCP, .size = 1 };

static struct experiment_plan plan_of(uint32_t rounds, uint64_t budget_ns)
{
	return (struct experiment_plan){ .place = { .server_host = "127.0.0.1" },
					 .omit_ns = NS_PER_S,
					 .duration_ns = 4 * NS_PER_S,
					 .round_count = rounds,
					 .budget_ns = budget_ns,
					 .seed = 1 };
}

static void add(struct experiment *experiment, uint32_t group)
{
	cr_assert_eq(experiment_add(experiment, &some_point, &no_server, group), 0);
}

Test(experiment_series, a_round_is_estimated_and_then_measured)
{
	const struct experiment_plan plan = plan_of(9, 0);
	struct experiment experiment;

	experiment_init(&plan, &experiment);
	add(&experiment, 0);
	add(&experiment, 1);
	cr_expect_eq(experiment.group_count, 2);
	cr_expect_geq(experiment_round_ns(&experiment), 10 * NS_PER_S);
	cr_expect_lt(experiment_round_ns(&experiment), 12 * NS_PER_S);
	experiment.rounds = 4;
	experiment.elapsed_ns = 8 * NS_PER_S;
	cr_expect_eq(experiment_round_ns(&experiment), 2 * NS_PER_S);
	experiment_finish(&experiment);
}

Test(experiment_series, a_series_that_fails_is_left_out_with_its_reason)
{
	const struct experiment_plan plan = plan_of(5, 0);
	struct experiment experiment;
	struct error error;

	experiment_init(&plan, &experiment);
	add(&experiment, 0);
	cr_expect_not(experiment_failed(&experiment));
	cr_assert_eq(experiment_run(&experiment, &error), 0);
	cr_expect(experiment_failed(&experiment));
	cr_expect_eq(experiment.rounds, 1, "nothing is left to be tried");
	cr_expect_eq(experiment.series[0].count, 0);
	cr_expect_not_null(strstr(experiment.series[0].reason, "/nonexistent/server"), "%s",
			   experiment.series[0].reason);
	cr_expect_not(experiment.interrupted);
	experiment_finish(&experiment);
	cr_expect_eq(experiment.count, 0);
}

/* Would an experiment that has run so long begin another round? */
static bool begins(uint32_t rounds, uint64_t elapsed_ns, uint64_t budget_ns)
{
	const struct experiment_plan plan = plan_of(5, budget_ns);
	struct experiment experiment;
	struct error error;
	bool tried;

	experiment_init(&plan, &experiment);
	add(&experiment, 0);
	experiment.rounds = rounds;
	experiment.elapsed_ns = elapsed_ns;
	cr_assert_eq(experiment_run(&experiment, &error), 0);
	tried = experiment_failed(&experiment);
	experiment_finish(&experiment);
	return tried;
}

Test(experiment_series, no_round_begins_that_would_end_after_the_budget)
{
	cr_expect(begins(0, 0, 1), "the first one is run anyway");
	cr_expect(begins(2, 2 * NS_PER_S, 3 * NS_PER_S));
	cr_expect_not(begins(2, 2 * NS_PER_S, 3 * NS_PER_S - 1));
	cr_expect(begins(2, 2 * NS_PER_S, 0), "there is no budget");
	cr_expect_not(begins(5, 2 * NS_PER_S, 0), "these are all rounds");
}

Test(experiment_series, a_document_has_series_that_were_never_measured)
{
	const struct experiment_plan plan = plan_of(1, 0);
	char name[] = "ringside bench", *argv[] = { name };
	const json_t *series;
	struct experiment experiment;
	struct error error;
	json_t *document;

	experiment_init(&plan, &experiment);
	add(&experiment, 0);
	cr_assert_eq(experiment_run(&experiment, &error), 0);
	document = experiment_to_json(&experiment, "bench", 1, argv);
	cr_assert_not_null(document);
	cr_expect_str_eq(json_string_value(json_object_get(document, "schema")), EXPERIMENT_SCHEMA);
	series = json_array_get(json_object_get(document, "series"), 0);
	cr_expect_str_eq(json_string_value(json_object_get(series, "name")), "tcp-1/none");
	cr_expect_eq(json_array_size(json_object_get(series, "runs")), 0);
	cr_expect(json_is_null(json_object_get(series, "latency_ns")));
	cr_expect(json_is_string(json_object_get(series, "error")));
	json_decref(document);
	experiment_finish(&experiment);
}
