/* The detectable effect: is a change of this size really found in 9 of 10 comparisons? */
#include <criterion/criterion.h>
#include <math.h>

#include "measure/decision.h"
#include "measure/random.h"

#define PAIRS_MAX 40
#define KNOWN 400
#define ROUNDS 1000

static double draw(uint64_t *random)
{
	double radius = sqrt(-2 * log(1 - random_unit(random)));

	return radius * cos(2 * M_PI * random_unit(random));
}

static double detectable(double noise, uint32_t known, uint32_t pairs, double least_effect)
{
	double ratios[KNOWN], effect;
	struct decision_plan plan;
	uint64_t random = 23;

	for (uint32_t i = 0; i < known; i++)
		ratios[i] = noise * (draw(&random) - draw(&random));
	decision_plan_init(0.95, pairs, &plan);
	cr_assert_eq(decision_detectable(ratios, known, pairs, least_effect, &plan, &effect), 0);
	return effect;
}

/* The share of comparisons with this effect that end with "regressed". */
static double found(double noise, double effect, uint32_t pairs, double least_effect, bool paired)
{
	double base[PAIRS_MAX], changed[PAIRS_MAX];
	struct decision_case metric = { .base = base,
					.changed = changed,
					.paired = paired,
					.judged = true,
					.least_effect = least_effect };
	struct decision_plan plan;
	uint64_t random = 29;
	uint32_t regressed = 0;

	decision_plan_init(0.95, pairs, &plan);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct decision_outcome outcome = { .decision = DECISION_INCONCLUSIVE };

		for (uint32_t i = 0; i < pairs; i++) {
			base[i] = exp(noise * draw(&random));
			changed[i] = (1 + effect) * exp(noise * draw(&random));
		}
		for (uint32_t look = 0; look < plan.look_count; look++) {
			metric.base_count = metric.changed_count = plan.looks[look];
			cr_assert_eq(decision_make(&metric, 1, &plan, &outcome), 0);
			if (outcome.decision != DECISION_INCONCLUSIVE)
				break;
		}
		regressed += outcome.decision == DECISION_REGRESSED;
	}
	return (double)regressed / ROUNDS;
}

Test(detectable, effect_is_found_in_9_of_10_comparisons)
{
	static const uint32_t pairs[] = { 8, 12, 20, 40 };

	for (int i = 0; i < 4; i++) {
		double effect = detectable(0.03, KNOWN, pairs[i], 0.02), share;

		share = found(0.03, effect, pairs[i], 0.02, true);
		cr_expect(share > 0.86 && share < 0.94, "%u pairs, %f: %f", pairs[i], effect,
			  share);
	}
}

Test(detectable, half_the_noise_and_more_pairs_find_less)
{
	cr_expect_lt(detectable(0.02, KNOWN, 20, 0.02), detectable(0.04, KNOWN, 20, 0.02));
	cr_expect_lt(detectable(0.02, KNOWN, 40, 0.02), detectable(0.02, KNOWN, 20, 0.02));
	cr_expect_gt(detectable(0.001, KNOWN, 40, 0.02), 0.02);
}

Test(detectable, too_few_pairs_or_ratios_tell_nothing)
{
	cr_expect(isnan(detectable(0.02, 5, 20, 0.02)));
	cr_expect(isnan(detectable(0.02, KNOWN, 5, 0.02)));
	cr_expect(isnan(detectable(0.02, KNOWN, 0, 0.02)));
	cr_expect(!isnan(detectable(0.02, 6, 6, 0.02)));
}

static double of_samples_apart(double noise, uint32_t count)
{
	double base[PAIRS_MAX], changed[PAIRS_MAX], sum = 0;
	struct decision_case metric = { .base = base,
					.changed = changed,
					.base_count = count,
					.changed_count = count,
					.judged = true,
					.least_effect = 0.02 };
	const struct decision_plan plan = { .confidence = 0.95 };
	uint64_t random = 31;

	for (int round = 0; round < 200; round++) {
		struct decision_outcome outcome;

		for (uint32_t i = 0; i < count; i++) {
			base[i] = exp(noise * draw(&random));
			changed[i] = exp(noise * draw(&random));
		}
		cr_assert_eq(decision_make(&metric, 1, &plan, &outcome), 0);
		sum += outcome.detectable;
	}
	return sum / 200;
}

/* One comparison knows its noise only so well; on average it is right. */
Test(detectable, samples_apart_know_theirs_too)
{
	double share = found(0.03, of_samples_apart(0.03, 12), 12, 0.02, false);

	cr_expect(share > 0.82 && share < 0.96, "%f", share);
}
