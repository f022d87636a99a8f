/* The rank-sum test, against counting every order of two samples. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>

#include "measure/mann_whitney.h"
#include "measure/random.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ALL_MAX 12

static bool is_near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

/* Rank i belongs to a if bit i is set: how often a's value is the greater one. */
static uint32_t u_of(uint32_t order, uint32_t all)
{
	uint32_t u = 0, below_b = 0;

	for (uint32_t i = 0; i < all; i++) {
		if (order >> i & 1)
			u += below_b;
		else
			below_b++;
	}
	return u;
}

/* The share of all orders of a_count and b_count values whose u is at most this. */
static double at_most_by_counting(uint32_t a_count, uint32_t b_count, uint32_t u)
{
	uint32_t all = a_count + b_count, orders = 0, held = 0;

	for (uint32_t order = 0; order < (uint32_t)1 << all; order++) {
		if (__builtin_popcount(order) != (int)a_count)
			continue;
		orders++;
		held += u_of(order, all) <= u;
	}
	return (double)held / orders;
}

/* Values 0, 1, 2 ... as the order has them. */
static void deal(uint32_t order, uint32_t all, double *a, double *b)
{
	for (uint32_t i = 0; i < all; i++)
		*(order >> i & 1 ? a++ : b++) = i;
}

Test(mann_whitney, p_is_exact_for_every_order_of_small_samples)
{
	double a[ALL_MAX], b[ALL_MAX], p;

	for (uint32_t a_count = 1; a_count <= 5; a_count++) {
		uint32_t b_count = 9 - a_count, product = a_count * b_count;

		for (uint32_t order = 0; order < 512; order++) {
			uint32_t u = u_of(order, 9), less = u < product - u ? u : product - u;
			double below;

			if (__builtin_popcount(order) != (int)a_count)
				continue;
			deal(order, 9, a, b);
			below = at_most_by_counting(a_count, b_count, less);
			cr_assert_eq(mann_whitney_two_sided(a, a_count, b, b_count, &p), 0);
			cr_expect(is_near(p, fmin(1, 2 * below)), "order %x: %f", order, p);
			below = at_most_by_counting(a_count, b_count, product - u);
			cr_assert_eq(mann_whitney_above(a, a_count, b, b_count, -0.5, &p), 0);
			cr_expect(is_near(p, below), "order %x: %f", order, p);
		}
	}
}

/* The least p of two samples of n is 2 / C(2n, n): no published table says otherwise. */
Test(mann_whitney, samples_that_do_not_overlap_have_the_least_p)
{
	double a[MANN_WHITNEY_EXACT_MAX], b[MANN_WHITNEY_EXACT_MAX], p, orders = 1;

	for (uint32_t n = 1; n <= MANN_WHITNEY_EXACT_MAX; n++) {
		a[n - 1] = 1000 + n;
		b[n - 1] = n;
		orders *= 2.0 * (2.0 * n - 1) / n;
		cr_assert_eq(mann_whitney_two_sided(a, n, b, n, &p), 0);
		cr_expect(fabs(p * orders / 2 - 1) < 1e-9 || n == 1, "%u: %g", n, p);
		cr_assert_eq(mann_whitney_above(a, n, b, n, 0, &p), 0);
		cr_expect(fabs(p * orders - 1) < 1e-9, "%u: %g", n, p);
	}
}

Test(mann_whitney, ties_are_corrected_for)
{
	const double a[] = { 1, 2, 2, 3, 5 }, b[] = { 2, 4, 4, 5, 6 };
	/* u: 0 + .5 + .5 + 1 + 3.5; two groups of 2 and one of 3, with 6 and 24. */
	double u = 5.5, ties = 6 + 24 + 6;
	double deviation = sqrt(25.0 / 12 * (11 - ties / 90));
	double p;

	cr_assert_eq(mann_whitney_two_sided(a, 5, b, 5, &p), 0);
	cr_assert(is_near(p, erfc((12.5 - u - 0.5) / deviation / sqrt(2))), "%f", p);
}

Test(mann_whitney, equal_values_and_no_values_show_nothing)
{
	const double same[] = { 7, 7, 7, 7 };
	double p = 0;

	cr_assert_eq(mann_whitney_two_sided(same, 4, same, 4, &p), 0);
	cr_assert(is_near(p, 1));
	cr_assert_eq(mann_whitney_two_sided(same, 4, NULL, 0, &p), 0);
	cr_assert(is_near(p, 1));
	cr_assert_eq(mann_whitney_above(NULL, 0, same, 4, 0, &p), 0);
	cr_assert(is_near(p, 1));
}

/* Where samples become too large to be counted out, the approximation takes over without a leap. */
Test(mann_whitney, approximation_is_close_to_the_exact_test)
{
	double a[MANN_WHITNEY_EXACT_MAX + 1], b[MANN_WHITNEY_EXACT_MAX + 1], exact, near;
	uint64_t random = 1;

	for (uint32_t i = 0; i < COUNT_OF(a); i++) {
		a[i] = random_unit(&random);
		b[i] = random_unit(&random) + 0.1;
	}
	/* One value more, in the middle, changes what is true of the others very little. */
	a[COUNT_OF(a) - 1] = b[COUNT_OF(b) - 1] = 0.55;
	cr_assert_eq(mann_whitney_two_sided(a, COUNT_OF(a) - 1, b, COUNT_OF(b) - 1, &exact), 0);
	cr_assert_eq(mann_whitney_two_sided(a, COUNT_OF(a), b, COUNT_OF(b), &near), 0);
	cr_assert(fabs(exact - near) < 0.2 * exact, "%f %f", exact, near);
}

Test(mann_whitney, shift_is_the_median_of_all_differences)
{
	const double a[] = { 10, 14, 11 }, b[] = { 1, 2 };
	struct estimate shift;

	/* 8 9 9 10 12 13 */
	cr_assert_eq(mann_whitney_shift(a, 3, b, 2, 0.95, &shift), 0);
	cr_assert(is_near(shift.median, 9.5));
	cr_assert(is_near(shift.low, 8));
	cr_assert(is_near(shift.high, 13));
	cr_assert(is_near(shift.coverage, 0.8), "%f", shift.coverage);
	cr_assert_eq(mann_whitney_shift(a, 3, b, 0, 0.95, &shift), -EDOM);
}

/* A shift lies outside the interval exactly if the test rejects it. */
Test(mann_whitney, interval_and_test_agree)
{
	uint64_t random = 7;

	for (int round = 0; round < 200; round++) {
		double a[8], b[7], p;
		struct estimate shift;

		for (int i = 0; i < 8; i++)
			a[i] = random_unit(&random) + 0.2;
		for (int i = 0; i < 7; i++)
			b[i] = random_unit(&random);
		cr_assert_eq(mann_whitney_shift(a, 8, b, 7, 0.95, &shift), 0);
		cr_assert_geq(shift.coverage, 0.95);
		cr_assert_eq(mann_whitney_above(a, 8, b, 7, shift.low - 1e-9, &p), 0);
		cr_expect_leq(p, 0.025);
		cr_assert_eq(mann_whitney_above(a, 8, b, 7, shift.low + 1e-9, &p), 0);
		cr_expect_gt(p, 0.025);
		cr_assert_eq(mann_whitney_above(b, 7, a, 8, -shift.high - 1e-9, &p), 0);
		cr_expect_leq(p, 0.025);
	}
}
