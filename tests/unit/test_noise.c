/* The noise of a host: what runs say of their scatter, and what readings say of the machine. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "fake_root.h"
#include "noise/advice.h"
#include "noise/floor.h"

TestSuite(noise, .init = fake_root_make, .fini = fake_root_remove);

static const struct advice_facts nothing_known = { NAN, NAN };

static struct advice find(const char *name, const struct advice_facts *facts)
{
	struct advice advice[ADVICE_MAX] = { 0 };
	size_t count = advice_take(facts, fake_root, advice);
	size_t i = 0;

	while (i < count && strcmp(advice[i].name, name) != 0)
		i++;
	cr_assert_lt(i, count, "no advice on %s", name);
	return advice[i];
}

static void expect(const char *name, enum advice_verdict verdict)
{
	struct advice advice = find(name, &nothing_known);

	cr_expect_eq(advice.verdict, verdict, "%s, %s: %s", name, advice.reading.text,
		     advice_verdicts[advice.verdict]);
	cr_expect_neq(advice.text[0], '\0', "%s", name);
}

/* A reading of a file as it is good, and as it is bad. */
static void check(const char *name, const char *path, const char *good, const char *bad)
{
	expect(name, ADVICE_UNKNOWN);
	fake_root_put(path, good);
	expect(name, ADVICE_GOOD);
	fake_root_put(path, bad);
	expect(name, ADVICE_BAD);
}

#define CPU "/sys/devices/system/cpu/"

Test(noise, readings_are_good_or_bad_and_unknown_without_a_file)
{
	check("governor", CPU "cpu0/cpufreq/scaling_governor", "performance\n", "powersave\n");
	check("turbo", CPU "intel_pstate/no_turbo", "1\n", "0\n");
	check("smt", CPU "smt/active", "0\n", "1\n");
	check("cpus_isolated", CPU "isolated", "2-3\n", "\n");
	check("cpus_nohz_full", CPU "nohz_full", "3\n", " (null)\n");
	check("clock_source", "/sys/devices/system/clocksource/clocksource0/current_clocksource",
	      "tsc\n", "hpet\n");
	check("transparent_huge_pages", "/sys/kernel/mm/transparent_hugepage/enabled",
	      "always [madvise] never\n", "[always] madvise never\n");
	check("load_average", "/proc/loadavg", "0.08 1.00 3.00 1/100 7\n",
	      "1.50 0.00 0.00 1/100 7\n");
	check("memory_pressure", "/proc/pressure/memory",
	      "some avg10=0.12 avg60=9.00 avg300=9.00 total=1\nfull avg10=9.00\n",
	      "some avg10=12.50 avg60=0.00 avg300=0.00 total=1\n");
	check("mitigations", "/proc/cmdline", "quiet\n", "quiet mitigations=off\n");
}

Test(noise, the_other_driver_of_turbo_is_asked_too)
{
	check("turbo", CPU "cpufreq/boost", "0\n", "1\n");
}

Test(noise, one_frequency_is_good)
{
	expect("frequencies", ADVICE_UNKNOWN);
	fake_root_put(CPU "cpu0/cpufreq/scaling_min_freq", "800000\n");
	expect("frequencies", ADVICE_UNKNOWN);
	fake_root_put(CPU "cpu0/cpufreq/scaling_max_freq", "3600000\n");
	expect("frequencies", ADVICE_BAD);
	cr_assert_str_eq(find("frequencies", &nothing_known).reading.text, "800 to 3600 MHz");
	fake_root_put(CPU "cpu0/cpufreq/scaling_min_freq", "3600000\n");
	expect("frequencies", ADVICE_GOOD);
}

Test(noise, interrupts_are_to_keep_off_some_cpus)
{
	fake_root_put("/proc/irq/default_smp_affinity", "00000000,0000000f\n");
	expect("irq_affinity", ADVICE_UNKNOWN);
	fake_root_put(CPU "online", "0-3\n");
	expect("irq_affinity", ADVICE_BAD);
	fake_root_put("/proc/irq/default_smp_affinity", "3\n");
	expect("irq_affinity", ADVICE_GOOD);
}

Test(noise, a_virtual_machine_is_bad)
{
	fake_root_put("/proc/cpuinfo", "flags\t\t: fpu lahf_lm\n");
	expect("virtualisation", ADVICE_GOOD);
	fake_root_put("/proc/cpuinfo", "flags\t\t: fpu hypervisor lahf_lm\n");
	expect("virtualisation", ADVICE_BAD);
}

Test(noise, what_the_runs_have_shown_is_judged_too)
{
	const struct advice_facts quiet = { 0.003, 0 }, busy = { 0.2, 0.05 };

	expect("disturbance", ADVICE_UNKNOWN);
	expect("steal", ADVICE_UNKNOWN);
	cr_assert_eq(find("disturbance", &quiet).verdict, ADVICE_GOOD);
	cr_assert_eq(find("steal", &quiet).verdict, ADVICE_GOOD);
	cr_assert_eq(find("disturbance", &busy).verdict, ADVICE_BAD);
	cr_assert_eq(find("steal", &busy).verdict, ADVICE_BAD);
	cr_assert_str_eq(find("disturbance", &busy).reading.text, "20.0 %");
}

Test(noise, the_verdict_on_this_machine_has_always_a_reading_and_a_line)
{
	struct advice advice[ADVICE_MAX] = { 0 };
	size_t count = advice_take(&nothing_known, "", advice);

	for (size_t i = 0; i < count; i++) {
		cr_expect_neq(advice[i].reading.text[0], '\0', "%s", advice[i].name);
		cr_expect_neq(advice[i].text[0], '\0', "%s", advice[i].name);
	}
}

#define PAIRS_MAX 16

struct pairs {
	struct trial trials[2][PAIRS_MAX];
	struct series series[2];
};

/* The first of a pair is run before the second, as often as not. */
static void pairs_make(struct pairs *pairs, const double *first, const double *second,
		       uint32_t count)
{
	const double *values[] = { first, second };

	for (uint32_t side = 0; side < 2; side++) {
		for (uint32_t i = 0; i < count; i++) {
			struct trial *trial = &pairs->trials[side][i];

			*trial = (struct trial){ .round = i, .sequence = 2 * i + (side + i) % 2 };
			trial->figures[FIGURE_RATE] = values[side][i];
			trial->figures[FIGURE_LOST] = 0;
			trial->figures[FIGURE_CPU] = NAN;
		}
		pairs->series[side] = (struct series){ .trials = pairs->trials[side],
						       .count = count };
	}
}

static struct noise_floor floor_of(const double *first, const double *second, uint32_t count)
{
	struct noise_floor floor;
	struct pairs pairs;

	pairs_make(&pairs, first, second, count);
	cr_assert_eq(floor_find(&pairs.series[0], &pairs.series[1], FIGURE_RATE, &floor), 0);
	return floor;
}

Test(noise, scatter_is_that_of_runs_and_of_pairs)
{
	/* In the order of runs: 100 110, 100 110, 100 110. */
	const double first[] = { 100, 110, 100 }, second[] = { 110, 100, 110 };
	struct noise_floor floor = floor_of(first, second, 3);

	cr_assert_eq(floor.runs, 6);
	cr_assert_eq(floor.pairs, 3);
	cr_assert_float_eq(floor.median.median, 105, 1e-9);
	cr_assert_float_eq(floor.cv, sqrt(6 * 25 / 5.0) / 105, 1e-9);
	cr_assert_float_eq(floor.ratio.median, 1.1, 1e-9);
	/* Log ratios +l, -l, +l: their mean is l/3. */
	cr_assert_float_eq(floor.spread, log(1.1) * sqrt(4 / 3.0), 1e-9);
	cr_assert_float_eq(floor.differing[0], 1, 1e-9);
	cr_assert_float_eq(floor.drift, 0.1, 1e-9);
}

Test(noise, drift_is_the_later_half_against_the_earlier_one)
{
	const double first[] = { 100, 102, 200, 202 }, second[] = { 101, 103, 201, 203 };
	struct noise_floor floor = floor_of(first, second, 4);

	cr_assert_float_eq(floor.drift, 201.5 / 101.5 - 1, 1e-9);
	cr_assert_float_eq(floor.differing[1], 1 / 7.0, 1e-9);
}

Test(noise, more_pairs_find_less)
{
	double first[12], second[12];
	struct noise_floor floor;

	for (uint32_t i = 0; i < 12; i++) {
		first[i] = 1000 + (i * 37 % 12) * 10;
		second[i] = 1000 + (i * 53 % 12) * 10;
	}
	floor = floor_of(first, second, 12);
	for (int i = 0; i < FLOOR_PAIRS_COUNT; i++) {
		cr_assert(floor.detectable[i] >= floor_least_effect(FIGURE_RATE));
		cr_assert(i == 0 || floor.detectable[i] <= floor.detectable[i - 1]);
	}
}

Test(noise, too_few_runs_leave_unknown_what_they_do_not_tell)
{
	const double first[] = { 100 }, second[] = { 110 };
	struct noise_floor floor = floor_of(first, second, 1);

	cr_assert_eq(floor.runs, 2);
	cr_assert(isnan(floor.spread));
	cr_assert(isnan(floor.drift));
	for (int i = 0; i < FLOOR_PAIRS_COUNT; i++)
		cr_assert(isnan(floor.detectable[i]));
}

Test(noise, a_figure_that_is_zero_or_not_known_is_no_crash)
{
	const double values[] = { 1, 2, 3, 4, 5, 6 };
	struct noise_floor floor = { .runs = 42 };
	struct pairs pairs;
	json_t *json;

	pairs_make(&pairs, values, values, 6);
	cr_assert_eq(floor_find(&pairs.series[0], &pairs.series[1], FIGURE_CPU, &floor), -EDOM);
	cr_assert_eq(floor.runs, 42);
	cr_assert_eq(floor_find(&pairs.series[0], &pairs.series[1], FIGURE_LOST, &floor), 0);
	cr_assert_eq(floor.pairs, 0);
	cr_assert_float_eq(floor.differing[0], 0, 1e-9, "nothing is lost in all of them alike");
	json = floor_to_json(&floor, FIGURE_LOST);
	cr_assert(json_is_null(json_object_get(json, "cv")));
	cr_assert(json_is_null(json_object_get(json_object_get(json, "detectable"), "6")));
	json_decref(json);
}
