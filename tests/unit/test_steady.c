/* When a rate has settled: ramps have not, noise around a mean has, and how rules are written. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "measure/random.h"
#include "measure/steady.h"

static const struct steady_rule one_percent = { .change = 0.01, .window_ns = 5 * NS_PER_S };
static const struct steady_rule five_percent = { .change = 0.05, .window_ns = 5 * NS_PER_S };

static struct steady opened(const struct steady_rule *rule)
{
	struct steady steady;

	steady_init(&steady, rule);
	return steady;
}

Test(steady, window_is_sampled_twenty_times)
{
	struct steady steady = opened(&one_percent);

	cr_assert_eq(steady_period_ns(&steady), 250 * NS_PER_MS);
}

Test(steady, constant_rate_is_steady_once_the_window_is_full)
{
	struct steady steady = opened(&one_percent);

	for (int i = 0; i < STEADY_SAMPLES - 1; i++) {
		cr_assert_not(steady_add(&steady, 1000));
		cr_assert_float_eq(steady_change(&steady), 0, 0);
	}
	cr_assert(steady_add(&steady, 1000));
	cr_assert_float_eq(steady_change(&steady), 0, 1e-12);
}

/* From 900 a step of 10 each: the window's mean is 995, its line rises by 20 * 10. */
Test(steady, ramp_is_its_change_over_the_window)
{
	struct steady up = opened(&one_percent), down = opened(&one_percent);

	for (int i = 0; i < STEADY_SAMPLES; i++) {
		cr_assert_not(steady_add(&up, 900 + 10 * i));
		cr_assert_not(steady_add(&down, 1090 - 10 * i));
	}
	cr_assert_float_eq(steady_change(&up), 200.0 / 995, 1e-12);
	cr_assert_float_eq(steady_change(&down), -200.0 / 995, 1e-12);
}

Test(steady, slow_ramp_below_the_limit_is_steady)
{
	struct steady steady = opened(&one_percent);
	bool is_steady = false;

	for (int i = 0; i < 3 * STEADY_SAMPLES; i++)
		is_steady = steady_add(&steady, 1000 + 0.4 * i);
	cr_assert(is_steady);
	cr_assert_float_eq(steady_change(&steady), 0.008, 0.0005);
}

/* A rate that rises as a full bucket does, by e^-1 every 10 samples, settles after the transient
 * and not in it. Samples older than a window are forgotten. */
Test(steady, warm_up_ends_when_its_transient_has_left_the_window)
{
	struct steady steady = opened(&one_percent);
	int first = -1;

	for (int i = 0; i < 200 && first < 0; i++)
		if (steady_add(&steady, 1000 * (1 - exp(-i / 10.0))))
			first = i;
	cr_assert(first > 50 && first < 80, "after %d samples", first);
}

Test(steady, step_is_seen_until_it_is_past)
{
	struct steady steady = opened(&one_percent);
	bool is_steady = false;

	for (int i = 0; i < 2 * STEADY_SAMPLES; i++)
		is_steady = steady_add(&steady, 1000);
	cr_assert(is_steady);
	for (int i = 0; i < STEADY_SAMPLES - 1; i++)
		cr_assert_not(steady_add(&steady, 1200), "sample %d", i);
	cr_assert(steady_add(&steady, 1200));
}

Test(steady, noise_around_a_mean_is_steady)
{
	struct steady steady = opened(&five_percent);
	uint64_t random = 1;
	int steady_count = 0;

	for (int i = 0; i < 1000; i++)
		steady_count += steady_add(&steady, 1000 * (0.95 + 0.1 * random_unit(&random)));
	cr_assert_gt(steady_count, 800);
}

/* Noise that is large against the limit is taken for steady now and then only. */
Test(steady, strong_noise_is_rarely_steady)
{
	struct steady steady = opened(&one_percent);
	uint64_t random = 1;
	int steady_count = 0;

	for (int i = 0; i < 1000; i++)
		steady_count += steady_add(&steady, 1000 * 2 * random_unit(&random));
	cr_assert_lt(steady_count, 100);
}

Test(steady, quick_oscillation_is_steady)
{
	struct steady steady = opened(&one_percent);
	bool is_steady = false;

	for (int i = 0; i < 2 * STEADY_SAMPLES; i++)
		is_steady = steady_add(&steady, i % 2 ? 1010 : 990);
	cr_assert(is_steady);
}

/* A wave four windows long, by a tenth: it rises, falls, and is steady at its crests alone. */
Test(steady, slow_oscillation_is_not)
{
	struct steady steady = opened(&one_percent);
	double most = 0, least = 0;
	int steady_count = 0;

	for (int i = 0; i < 800; i++) {
		double angle = 2 * acos(-1) * i / (4 * STEADY_SAMPLES);

		steady_count += steady_add(&steady, 1000 + 100 * sin(angle));
		most = fmax(most, steady_change(&steady));
		least = fmin(least, steady_change(&steady));
	}
	cr_assert_lt(steady_count, 80);
	cr_assert(most > 0.1 && least < -0.1, "%f, %f", least, most);
}

Test(steady, where_nothing_happens_nothing_has_settled)
{
	struct steady steady = opened(&one_percent);

	for (int i = 0; i < 3 * STEADY_SAMPLES; i++)
		cr_assert_not(steady_add(&steady, 0));
	cr_assert_float_eq(steady_change(&steady), 0, 0);
}

static const struct {
	const char *text;
	double change;
	uint64_t window_ns;
} rules[] = {
	{ "slope:1%/5s", 0.01, 5 * NS_PER_S },
	{ "slope:0.5%/100ms", 0.005, 100 * NS_PER_MS },
	{ "slope:100%/1d", 1, 86400 * NS_PER_S },
	{ "slope:2.5%/10", 0.025, 10 * NS_PER_S },
};

Test(steady, rules_are_read)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct steady_rule rule = { 0 };
		struct error error = { "" };

		cr_expect_eq(steady_rule_parse(rules[i].text, &rule, &error), 0, "%s", error.text);
		cr_expect_float_eq(rule.change, rules[i].change, 1e-15, "%s", rules[i].text);
		cr_expect_eq(rule.window_ns, rules[i].window_ns, "%s", rules[i].text);
	}
}

static const struct {
	const char *text, *sentence;
} refused[] = {
	{ "", "'' is not slope:CHANGE%/WINDOW (for example slope:1%/5s)" },
	{ "slope", "'slope' is not slope:CHANGE%/WINDOW" },
	{ "slope:", "'slope:' is not slope:CHANGE%/WINDOW" },
	{ "slope:1%", "'slope:1%' is not slope:CHANGE%/WINDOW" },
	{ "slope:1/5s", "'slope:1/5s' is not slope:CHANGE%/WINDOW" },
	{ "iops:1%/5s", "'iops:1%/5s' is not slope:CHANGE%/WINDOW" },
	{ "slope:%/5s", "'%' is not a change of the rate (above 0 %, 100 % at most)" },
	{ "slope:0%/5s", "'0%' is not a change of the rate" },
	{ "slope:-1%/5s", "'-1%' is not a change of the rate" },
	{ "slope:101%/5s", "'101%' is not a change of the rate" },
	{ "slope:one%/5s", "'one%' is not a change of the rate" },
	{ "slope:00000000000000000000000000000001%/5s", "is not a change of the rate" },
	{ "slope:1%/", "'' is not a window (seconds, or with ms, s, m: 5s)" },
	{ "slope:1%/soon", "'soon' is not a window" },
	{ "slope:1%/99ms", "a window of 99ms is out of range (100ms to 1d)" },
	{ "slope:1%/0", "a window of 0 is out of range" },
	{ "slope:1%/25h", "a window of 25h is out of range" },
};

Test(steady, malformed_rule_is_refused_with_a_sentence)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct steady_rule rule = { .change = 42, .window_ns = 42 };
		struct error error = { "" };

		cr_expect_eq(steady_rule_parse(refused[i].text, &rule, &error), -EINVAL, "%s",
			     refused[i].text);
		cr_expect(strstr(error.text, refused[i].sentence), "%s: %s", refused[i].text,
			  error.text);
		cr_expect(rule.change == 42 && rule.window_ns == 42);
	}
}
