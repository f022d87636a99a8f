/* When requests are due: the distributions' figures, and that fixed arrivals never drift. Random
 * ones have fixed seeds, and bounds of 5 standard errors. */
#include <criterion/criterion.h>
#include <math.h>

#include "base/clock.h"
#include "measure/schedule.h"

#define START_NS 1000000007ull

static struct schedule started(enum arrival arrival, double rate_per_s, uint64_t seed, double phase)
{
	struct schedule schedule;

	schedule_init(&schedule, arrival, rate_per_s, seed, phase);
	schedule_start(&schedule, START_NS);
	return schedule;
}

static uint64_t take(struct schedule *schedule)
{
	uint64_t due_ns = schedule_due_ns(schedule);

	schedule_advance(schedule);
	return due_ns;
}

Test(schedule, fixed_arrivals_have_one_gap)
{
	struct schedule schedule = started(ARRIVAL_FIXED, 10000, 1, 0);

	for (uint64_t k = 0; k < 1000; k++)
		cr_assert_eq(take(&schedule), START_NS + k * 100000);
}

Test(schedule, phase_shifts_by_its_part_of_a_gap)
{
	struct schedule schedule = started(ARRIVAL_FIXED, 1000, 1, 0.25);

	cr_assert_eq(take(&schedule), START_NS + 250000);
	cr_assert_eq(take(&schedule), START_NS + 1250000);
}

static int64_t drift_ns(double rate_per_s, uint64_t count)
{
	struct schedule schedule = started(ARRIVAL_FIXED, rate_per_s, 1, 0);
	uint64_t exact_ns = count * NS_PER_S / (uint64_t)rate_per_s;

	for (uint64_t k = 0; k < count; k++)
		schedule_advance(&schedule);
	return (int64_t)(schedule_due_ns(&schedule) - START_NS) - (int64_t)exact_ns;
}

/* 3 a second make a year of it. */
Test(schedule, awkward_rates_do_not_drift)
{
	static const double rates[] = { 7, 11, 9999, 333333, 7777777 };

	cr_assert(llabs(drift_ns(3, 100000000)) <= 8);
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		cr_expect(llabs(drift_ns(rates[i], 1000000)) <= 1, "%g/s: %lld ns", rates[i],
			  (long long)drift_ns(rates[i], 1000000));
}

Test(schedule, rates_below_one_a_second_are_kept)
{
	struct schedule schedule = started(ARRIVAL_FIXED, 0.25, 1, 0);

	schedule_advance(&schedule);
	cr_assert_eq(schedule_due_ns(&schedule), START_NS + 4 * NS_PER_S);
}

/* Five threads at a fifth of 7/s each, in phase order: 7/s, evenly. */
Test(schedule, phases_interleave_to_an_even_stream)
{
	enum { THREADS = 5 };
	struct schedule schedules[THREADS];

	for (int i = 0; i < THREADS; i++)
		schedules[i] = started(ARRIVAL_FIXED, 7.0 / THREADS, 1, (double)i / THREADS);
	for (uint64_t k = 0; k < 100000; k++) {
		int64_t exact_ns = (int64_t)(START_NS + k * NS_PER_S / 7);
		int64_t due_ns = (int64_t)take(&schedules[k % THREADS]);

		cr_assert(llabs(due_ns - exact_ns) <= 1, "arrival %lu", k);
	}
}

struct gaps {
	double mean, deviation, min, max; /* in mean gaps as they should be */
	double above_mean;		  /* share that is longer than it should be on average */
};

#define GAPS 100000
#define RATE_PER_S 10000.0

static struct gaps measure(enum arrival arrival, uint64_t seed)
{
	struct schedule schedule = started(arrival, RATE_PER_S, seed, 0);
	struct gaps gaps = { .min = INFINITY };
	double squares = 0;
	uint64_t before_ns = START_NS;

	for (int i = 0; i < GAPS; i++) {
		uint64_t due_ns = take(&schedule);
		double gap = (double)(due_ns - before_ns) * RATE_PER_S / (double)NS_PER_S;

		cr_assert(due_ns >= before_ns);
		before_ns = due_ns;
		gaps.mean += gap / GAPS;
		squares += gap * gap / GAPS;
		gaps.min = fmin(gaps.min, gap);
		gaps.max = fmax(gaps.max, gap);
		gaps.above_mean += gap > 1 ? 1.0 / GAPS : 0;
	}
	gaps.deviation = sqrt(squares - gaps.mean * gaps.mean);
	return gaps;
}

static bool is_within(double value, double expected, double standard_error)
{
	return fabs(value - expected) <= 5 * standard_error;
}

/* Exponential gaps: deviation as large as the mean; above it are e^-1 of them. The deviation's own
 * standard error is sqrt((9 - 1) / 4n). */
Test(schedule, poisson_gaps_are_exponential)
{
	const double n = GAPS, above = exp(-1);

	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct gaps gaps = measure(ARRIVAL_POISSON, seed);

		cr_expect(is_within(gaps.mean, 1, 1 / sqrt(n)), "mean %f", gaps.mean);
		cr_expect(is_within(gaps.deviation / gaps.mean, 1, sqrt(2 / n)), "variation %f",
			  gaps.deviation / gaps.mean);
		cr_expect(is_within(gaps.above_mean, above, sqrt(above * (1 - above) / n)),
			  "above the mean %f", gaps.above_mean);
		cr_expect(gaps.max > 7, "the longest of them is %f", gaps.max);
	}
}

Test(schedule, uniform_gaps_lie_between_nothing_and_twice_the_mean)
{
	const double n = GAPS, deviation = 1 / sqrt(3);

	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct gaps gaps = measure(ARRIVAL_UNIFORM, seed);

		cr_expect(is_within(gaps.mean, 1, deviation / sqrt(n)), "mean %f", gaps.mean);
		cr_expect(fabs(gaps.deviation - deviation) < 0.01, "deviation %f", gaps.deviation);
		cr_expect(is_within(gaps.above_mean, 0.5, 0.5 / sqrt(n)), "above the mean %f",
			  gaps.above_mean);
		cr_expect(gaps.min < 0.001 && gaps.max > 1.999 && gaps.max <= 2, "%f to %f",
			  gaps.min, gaps.max);
	}
}

Test(schedule, seed_decides_every_arrival)
{
	static const enum arrival arrivals[] = { ARRIVAL_POISSON, ARRIVAL_UNIFORM };

	for (size_t i = 0; i < sizeof(arrivals) / sizeof(arrivals[0]); i++) {
		struct schedule one = started(arrivals[i], 1000, 42, 0);
		struct schedule same = started(arrivals[i], 1000, 42, 0);
		struct schedule other = started(arrivals[i], 1000, 43, 0);
		int different = 0;

		for (int k = 0; k < 1000; k++) {
			uint64_t due_ns = take(&one);

			cr_assert_eq(due_ns, take(&same));
			different += due_ns != take(&other);
		}
		cr_expect_gt(different, 990);
	}
}

Test(schedule, second_start_begins_there)
{
	struct schedule fixed = started(ARRIVAL_FIXED, 1000, 1, 0.5);
	struct schedule poisson = started(ARRIVAL_POISSON, 1000, 1, 0);

	for (int k = 0; k < 100; k++) {
		schedule_advance(&fixed);
		schedule_advance(&poisson);
	}
	schedule_start(&fixed, 5 * NS_PER_S);
	cr_assert_eq(schedule_due_ns(&fixed), 5 * NS_PER_S + 500000);
	schedule_start(&poisson, 5 * NS_PER_S);
	cr_assert_geq(schedule_due_ns(&poisson), 5 * NS_PER_S);
	cr_assert_lt(schedule_due_ns(&poisson), 5 * NS_PER_S + 20 * NS_PER_MS);
}

Test(schedule, every_arrival_has_a_name)
{
	cr_assert_str_eq(arrival_names[ARRIVAL_FIXED], "fixed");
	cr_assert_str_eq(arrival_names[ARRIVAL_POISSON], "poisson");
	cr_assert_str_eq(arrival_names[ARRIVAL_UNIFORM], "uniform");
	cr_assert_null(arrival_names[ARRIVAL_UNIFORM + 1]);
}
