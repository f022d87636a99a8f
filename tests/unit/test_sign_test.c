/* The sign test at several looks, against counting every outcome. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>

#include "measure/sign_test.h"

static bool is_near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

/* The share of all 2^pairs outcomes in which a look sees a change; bit i: pair i is wrong. */
static double error_by_counting(const struct sign_test *test)
{
	uint32_t pairs = test->pairs[test->look_count - 1];
	uint64_t seen = 0;

	for (uint64_t outcome = 0; outcome < (uint64_t)1 << pairs; outcome++) {
		bool change = false;

		for (uint32_t look = 0; look < test->look_count; look++) {
			uint64_t part = outcome & (((uint64_t)1 << test->pairs[look]) - 1);

			change |= __builtin_popcountll(part) <= test->wrong_max[look];
		}
		seen += change;
	}
	return (double)seen / (double)((uint64_t)1 << pairs);
}

Test(sign_test, tail_is_that_of_all_outcomes)
{
	for (uint32_t count = 1; count <= 12; count++) {
		for (int64_t wrong = -1; wrong <= count; wrong++) {
			struct sign_test test = { .pairs = { count },
						  .wrong_max = { wrong },
						  .look_count = 1 };

			cr_expect(is_near(sign_test_tail(count, wrong), error_by_counting(&test)),
				  "%u pairs, %ld wrong", count, (long)wrong);
		}
	}
}

Test(sign_test, error_of_all_looks_is_what_was_allowed_and_no_bound_could_be_larger)
{
	static const double errors[] = { 0.1, 0.025, 0.005 };

	for (int i = 0; i < 3; i++) {
		struct sign_test test = { .pairs = { 7, 12, 18 }, .look_count = 3 };
		double power;

		cr_assert_eq(sign_test_plan(&test, errors[i]), 0);
		cr_expect_leq(error_by_counting(&test), errors[i]);
		cr_assert_eq(sign_test_power(&test, 0.5, &power), 0);
		cr_expect(is_near(power, error_by_counting(&test)));
		test.wrong_max[2]++;
		cr_expect_gt(error_by_counting(&test), errors[i]);
	}
}

Test(sign_test, early_looks_do_not_spend_what_is_left_for_later_ones)
{
	struct sign_test test = { .pairs = { 10, 20 }, .look_count = 2 }, first;
	double power;

	cr_assert_eq(sign_test_plan(&test, 0.1), 0);
	first = test;
	first.look_count = 1;
	cr_assert_eq(sign_test_power(&first, 0.5, &power), 0);
	cr_assert_leq(power, 0.05);
}

/* Who ends early may not think otherwise of looks that lie behind. */
Test(sign_test, early_bounds_do_not_depend_on_the_last_look)
{
	struct sign_test planned = { .pairs = { 12, 20, 40 }, .look_count = 3, .pairs_whole = 40 };
	struct sign_test ended = { .pairs = { 12, 20, 23 }, .look_count = 3, .pairs_whole = 40 };
	double power;

	cr_assert_eq(sign_test_plan(&planned, 0.05), 0);
	cr_assert_eq(sign_test_plan(&ended, 0.05), 0);
	cr_assert_eq(planned.wrong_max[0], ended.wrong_max[0]);
	cr_assert_eq(planned.wrong_max[1], ended.wrong_max[1]);
	cr_assert_eq(sign_test_power(&ended, 0.5, &power), 0);
	cr_assert(power <= 0.05 && power > 0.03, "%f", power);
}

/* The steps of the binomial leave so much that two looks more cost nothing. */
Test(sign_test, last_of_the_standard_looks_sees_as_much_as_a_single_one)
{
	struct sign_test looks = { .pairs = { 12, 20, 40 }, .look_count = 3 };
	struct sign_test single = { .pairs = { 40 }, .look_count = 1 };

	cr_assert_eq(sign_test_plan(&looks, 0.025), 0);
	cr_assert_eq(sign_test_plan(&single, 0.025), 0);
	cr_assert_eq(looks.wrong_max[2], single.wrong_max[0]);
	cr_assert_geq(looks.wrong_max[0], 0);
}

Test(sign_test, too_few_pairs_see_nothing)
{
	struct sign_test test = { .pairs = { 5 }, .look_count = 1 };
	double power;

	cr_assert_eq(sign_test_plan(&test, 0.025), 0);
	cr_assert_eq(test.wrong_max[0], -1);
	cr_assert_eq(sign_test_power(&test, 0, &power), 0);
	cr_assert(is_near(power, 0));
}

Test(sign_test, too_many_pairs_are_refused)
{
	struct sign_test test = { .pairs = { SIGN_TEST_PAIRS_MAX + 1 }, .look_count = 1 };

	cr_assert_eq(sign_test_plan(&test, 0.025), -E2BIG);
}
