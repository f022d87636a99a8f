/* When one looks at a sample that grows. */
#include <assert.h>

#include "measure/decision.h"
#include "measure/sign_test.h"

static_assert(DECISION_LOOKS_MAX < SIGN_TEST_LOOKS_MAX, "a plan and one more look fit");

/* Fewer than 12 pairs tell only large changes; each look costs those after it a little. */
static const uint32_t standard_looks[] = { 12, 20, 40, 80, 160, 320, 640 };

#define STANDARD_COUNT (sizeof(standard_looks) / sizeof(standard_looks[0]))
static_assert(STANDARD_COUNT < DECISION_LOOKS_MAX, "one more look fits behind the standard ones");

void decision_plan_init(double confidence, uint32_t pair_count_max, struct decision_plan *ret_plan)
{
	struct decision_plan plan = { .confidence = confidence, .pair_count_max = pair_count_max };

	for (uint32_t i = 0; i < STANDARD_COUNT && standard_looks[i] < pair_count_max; i++)
		plan.looks[plan.look_count++] = standard_looks[i];
	plan.looks[plan.look_count++] = pair_count_max;
	*ret_plan = plan;
}

void decision_plan_end(struct decision_plan *plan, uint32_t pair_count)
{
	uint32_t look = 0;

	while (look + 1 < DECISION_LOOKS_MAX && look < plan->look_count &&
	       plan->looks[look] < pair_count)
		look++;
	plan->looks[look] = pair_count;
	plan->look_count = look + 1;
}

uint32_t decision_pairs_least(double confidence, uint32_t metric_count)
{
	double error = (1 - confidence) / 2 / (metric_count > 0 ? metric_count : 1);
	uint32_t pairs = 1;

	while (pairs < SIGN_TEST_PAIRS_MAX && sign_test_tail(pairs, 0) > error)
		pairs++;
	return pairs;
}
