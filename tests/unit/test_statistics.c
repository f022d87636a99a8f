/* Medians and their intervals, against published tables and against counting every outcome. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>

#include "measure/statistics.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

Test(statistics, median_of_an_odd_count_is_the_middle_value)
{
	double values[] = { 9, 1, 5 };

	cr_assert(is_near(statistics_median(values, 3), 5));
}

Test(statistics, median_of_an_even_count_is_half_way)
{
	double values[] = { 10, 1, 4, 3 };

	cr_assert(is_near(statistics_median(values, 4), 3.5));
}

Test(statistics, median_of_one_value_is_that_value)
{
	double value = 7;

	cr_assert(is_near(statistics_median(&value, 1), 7));
}

/* The ranks printed in textbooks for a 95 % sign-test interval. */
Test(statistics, ranks_agree_with_published_tables)
{
	static const struct {
		size_t count, rank;
		double coverage;
	} rows[] = {
		{ 6, 1, 0.96875 },	    { 7, 1, 0.984375 },	       { 8, 1, 0.9921875 },
		{ 9, 2, 0.9609375 },	    { 10, 2, 0.978515625 },    { 12, 3, 0.96142578125 },
		{ 15, 4, 0.96484375 },	    { 20, 6, 0.958610534668 }, { 25, 8, 0.956714749336 },
		{ 30, 10, 0.957226054743 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t rank;
		double coverage = statistics_median_rank(rows[i].count, 0.95, &rank);

		cr_expect_eq(rank, rows[i].rank, "%zu values: rank %zu", rows[i].count, rank);
		cr_expect(fabs(coverage - rows[i].coverage) < 1e-9, "%zu values: coverage %.12f",
			  rows[i].count, coverage);
	}
}

/* The share of all 2^count ways to fall below or above the median in which the interval of this
 * rank holds it. */
static double coverage_by_counting(size_t count, size_t rank)
{
	size_t outcomes = (size_t)1 << count, held = 0;

	for (size_t outcome = 0; outcome < outcomes; outcome++) {
		size_t below = (size_t)__builtin_popcountll(outcome);

		held += below >= rank && count - below >= rank;
	}
	return (double)held / (double)outcomes;
}

Test(statistics, coverage_is_exact_and_the_interval_the_narrowest)
{
	static const double confidences[] = { 0.5, 0.9, 0.95, 0.99 };

	for (size_t count = 1; count <= 16; count++) {
		for (size_t i = 0; i < COUNT_OF(confidences); i++) {
			size_t rank;
			double coverage = statistics_median_rank(count, confidences[i], &rank);

			cr_expect(is_near(coverage, coverage_by_counting(count, rank)),
				  "%zu values, rank %zu: %.12f", count, rank, coverage);
			cr_expect(rank == 1 || coverage >= confidences[i]);
			cr_expect(coverage_by_counting(count, rank + 1) < confidences[i] ||
					  rank == (count + 1) / 2,
				  "%zu values: rank %zu is too wide", count, rank);
		}
	}
}

Test(statistics, thousands_of_values_do_not_underflow)
{
	size_t rank;
	double coverage = statistics_median_rank(10000, 0.95, &rank);

	/* The normal approximation: 5000 - 1.96 * 50. */
	cr_assert(rank >= 4900 && rank <= 4904, "rank %zu", rank);
	cr_assert(coverage >= 0.95 && coverage < 0.9515, "coverage %f", coverage);
}

Test(statistics, estimate_is_median_and_order_statistics)
{
	double values[] = { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 };
	struct estimate estimate;

	cr_assert_eq(statistics_estimate(values, COUNT_OF(values), 0.95, &estimate), 0);
	cr_assert(is_near(estimate.median, 5.5));
	cr_assert(is_near(estimate.low, 2));
	cr_assert(is_near(estimate.high, 9));
	cr_assert(is_near(estimate.coverage, 0.978515625));
}

Test(statistics, too_few_values_say_how_little_they_cover)
{
	double values[] = { 3, 1, 2 };
	struct estimate estimate;

	cr_assert_eq(statistics_estimate(values, COUNT_OF(values), 0.95, &estimate), 0);
	cr_assert(is_near(estimate.low, 1));
	cr_assert(is_near(estimate.high, 3));
	cr_assert(is_near(estimate.coverage, 0.75));
}

Test(statistics, no_values_are_an_error)
{
	struct estimate estimate;

	cr_assert_eq(statistics_estimate(NULL, 0, 0.95, &estimate), -EDOM);
	cr_assert_eq(statistics_ratio(NULL, NULL, 0, 0.95, &estimate), -EDOM);
}

/* What slows both halves of a pair leaves the pair's ratio alone. */
Test(statistics, ratio_ignores_what_both_halves_suffer)
{
	static const double drift[] = { 1, 3, 0.5, 2, 10, 0.1 };
	double a[COUNT_OF(drift)], b[COUNT_OF(drift)];
	struct estimate ratio;

	for (size_t i = 0; i < COUNT_OF(drift); i++) {
		a[i] = 110 * drift[i];
		b[i] = 100 * drift[i];
	}
	cr_assert_eq(statistics_ratio(a, b, COUNT_OF(drift), 0.95, &ratio), 0);
	cr_assert(is_near(ratio.median, 1.1));
	cr_assert(is_near(ratio.low, 1.1));
	cr_assert(is_near(ratio.high, 1.1));
	cr_assert(is_near(ratio.coverage, 0.96875));
}

Test(statistics, exchanged_sides_give_the_reciprocal)
{
	const double a[] = { 12, 9, 14, 11, 10, 13, 8 };
	const double b[] = { 10, 10, 11, 12, 10, 10, 10 };
	struct estimate forth, back;

	cr_assert_eq(statistics_ratio(a, b, COUNT_OF(a), 0.95, &forth), 0);
	cr_assert_eq(statistics_ratio(b, a, COUNT_OF(a), 0.95, &back), 0);
	cr_assert(is_near(forth.median * back.median, 1));
	cr_assert(is_near(forth.low * back.high, 1));
	cr_assert(is_near(forth.high * back.low, 1));
}

Test(statistics, ratio_of_what_has_none_is_an_error)
{
	const double good[] = { 1, 1 }, zero[] = { 1, 0 }, not_a_number[] = { 1, NAN };
	struct estimate ratio = { .median = 42 };

	cr_assert_eq(statistics_ratio(good, zero, 2, 0.95, &ratio), -EDOM);
	cr_assert_eq(statistics_ratio(not_a_number, good, 2, 0.95, &ratio), -EDOM);
	cr_assert(is_near(ratio.median, 42));
}
