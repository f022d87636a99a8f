/* Times and errors as protocols write them. */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "wire/wall.h"

#define NS_PER_S 1000000000ll

/* 2036-02-07 06:28:16 UTC, where NTP's seconds begin anew. */
#define ERA_1_S 2085978496ll
#define YEAR_S 31557600ll

TestSuite(wall);

Test(wall, ntp_counts_from_1900_in_fractions)
{
	cr_assert_eq(wall_to_ntp(0), 0x83aa7e8000000000);
	cr_assert_eq(wall_to_ntp(NS_PER_S / 2), 0x83aa7e8080000000);
	cr_assert_eq(wall_to_ntp(NS_PER_S / 4 + NS_PER_S), 0x83aa7e8140000000);
	/* One nanosecond is 4.29 fractions, the last one before a second 2^32 - 4.29. */
	cr_assert_eq(wall_to_ntp(1), 0x83aa7e8000000004);
	cr_assert_eq(wall_to_ntp(NS_PER_S - 1), 0x83aa7e80fffffffb);
}

Test(wall, ntp_begins_anew_in_2036)
{
	cr_assert_eq(wall_to_ntp(ERA_1_S * NS_PER_S - 1), 0xfffffffffffffffb);
	cr_assert_eq(wall_to_ntp(ERA_1_S * NS_PER_S), 0);
	cr_assert_eq(wall_to_ntp((ERA_1_S + 1) * NS_PER_S), 0x0000000100000000);
}

Test(wall, ntp_before_1970)
{
	cr_assert_eq(wall_to_ntp(-NS_PER_S / 2), 0x83aa7e7f80000000);
	cr_assert_eq(wall_from_ntp(0x83aa7e7f80000000, 0), -NS_PER_S / 2);
}

Test(wall, ntp_is_read_in_the_nearest_era)
{
	int64_t era = ERA_1_S * NS_PER_S;
	int64_t year = YEAR_S * NS_PER_S;

	cr_assert_eq(wall_from_ntp(0, era + year), era);
	cr_assert_eq(wall_from_ntp(0, era - year), era);
	cr_assert_eq(wall_from_ntp(0xffffffff00000000, era + 60 * year), era - NS_PER_S);
	cr_assert_eq(wall_from_ntp(0xffffffff00000000, era + 70 * year),
		     era - NS_PER_S + (1ll << 32) * NS_PER_S);
	cr_assert_eq(wall_from_ntp(0x83aa7e8080000000, NS_PER_S), NS_PER_S / 2);
}

Test(wall, ntp_is_read_to_the_nearest_nanosecond)
{
	cr_assert_eq(wall_from_ntp(0x83aa7e8000000002, 0), 0);
	cr_assert_eq(wall_from_ntp(0x83aa7e8000000003, 0), 1);
	cr_assert_eq(wall_from_ntp(0x83aa7e80ffffffff, 0), NS_PER_S);
}

Test(wall, every_nanosecond_survives_ntp)
{
	const int64_t near = 1795346122 * NS_PER_S;

	/* 1,000,003 is a prime: the steps meet all kinds of fractions. */
	for (int64_t ns = 0; ns < NS_PER_S; ns += 1000003)
		for (int64_t more = 0; more < 5; more++) {
			int64_t time = near + ns + more;

			cr_assert_eq(wall_from_ntp(wall_to_ntp(time), near), time, "%" PRId64,
				     time);
		}
}

Test(wall, ptp_is_seconds_and_nanoseconds_of_tai)
{
	cr_assert_eq(wall_to_ptp(0, 37), 0x0000002500000000);
	cr_assert_eq(wall_to_ptp(2 * NS_PER_S + 999999999, 37), 0x000000273b9ac9ff);
	cr_assert_eq(wall_from_ptp(0x000000273b9ac9ff, 37, 0), 2 * NS_PER_S + 999999999);
}

Test(wall, ptp_begins_anew_in_2106)
{
	int64_t wrap = (1ll << 32) * NS_PER_S;

	cr_assert_eq(wall_to_ptp(wrap, 0), 0);
	cr_assert_eq(wall_from_ptp(0, 0, wrap - NS_PER_S), wrap);
	cr_assert_eq(wall_from_ptp(0xffffffff00000000, 0, wrap + NS_PER_S), wrap - NS_PER_S);
}

Test(wall, no_time_is_out_of_range)
{
	static const int64_t extremes[] = { INT64_MIN, -1, 0, 1, INT64_MAX };

	for (size_t i = 0; i < sizeof(extremes) / sizeof(extremes[0]); i++) {
		(void)wall_from_ntp(UINT64_MAX, extremes[i]);
		(void)wall_from_ptp(UINT64_MAX, 37, extremes[i]);
		(void)wall_to_ptp(extremes[i], 37);
		cr_assert_eq(wall_from_ntp(wall_to_ntp(extremes[i]), extremes[i]), extremes[i]);
	}
}

TestSuite(error_estimate);

Test(error_estimate, of_no_error_is_the_smallest_there_is)
{
	cr_assert_eq(error_estimate(0, false, false), 0x0001);
	cr_assert_eq(error_estimate_ns(0x0001), 1);
}

Test(error_estimate, flags_are_the_upper_two_bits)
{
	cr_assert_eq(error_estimate(0, true, false), 0x8001);
	cr_assert_eq(error_estimate(0, false, true), 0x4001);
	cr_assert_eq(error_estimate(0, true, true), 0xc001);
}

/* 16 s, which the kernel says of a clock that nobody keeps: 2^36 units, 128 * 2^29. */
Test(error_estimate, of_sixteen_seconds)
{
	cr_assert_eq(error_estimate(16 * NS_PER_S, false, false), 0x1d80);
	cr_assert_eq(error_estimate_ns(0x1d80), 16 * NS_PER_S);
}

/* 1 us is 4294.97 units: 4295, halved upwards 2148, 1074, 537, 269, 135. */
Test(error_estimate, is_rounded_up)
{
	cr_assert_eq(error_estimate(1000, true, false), 0x8587);
	cr_assert_eq(error_estimate_ns(0x8587), 1006);
}

Test(error_estimate, is_never_less_than_the_error)
{
	for (uint64_t error = 1; error < UINT64_MAX / 3; error = error * 3 + 1)
		cr_assert_geq(error_estimate_ns(error_estimate(error, false, false)), error,
			      "%" PRIu64, error);
	cr_assert_eq(error_estimate_ns(error_estimate(UINT64_MAX, false, false)), UINT64_MAX);
}

Test(error_estimate, is_at_most_one_128th_more)
{
	for (uint64_t error = 100; error < UINT64_MAX / 3; error = error * 3 + 1)
		cr_assert_leq(error_estimate_ns(error_estimate(error, false, false)),
			      error + error / 128 + 1, "%" PRIu64, error);
}

Test(error_estimate, says_nothing_where_the_multiplier_is_zero)
{
	cr_assert_eq(error_estimate_ns(0x9d00), UINT64_MAX);
}

Test(error_estimate, of_the_largest_scale_is_more_than_can_be_told)
{
	cr_assert_eq(error_estimate_ns(0x3fff), UINT64_MAX);
	/* 2^63 * 2^-32 s is 2^31 s. */
	cr_assert_eq(error_estimate_ns(0x3f01), (1ull << 31) * NS_PER_S);
}
