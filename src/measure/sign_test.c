#include "measure/sign_test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Sums of binomial probabilities that are equal to the error they may reach, but for rounding. */
#define ROUNDING 1e-12

double sign_test_tail(uint32_t count, int64_t wrong)
{
	double n = count, sum = 0;

	if (wrong >= count)
		return 1;
	for (int64_t k = 0; k <= wrong; k++)
		sum += exp(lgamma(n + 1) - lgamma((double)k + 1) - lgamma(n - (double)k + 1) -
			   n * log(2));
	return fmin(1, sum);
}

/* The walk: chance[w] is the probability that w pairs were on the wrong side so far, and no look
 * has seen a change. */
static void walk(double *chance, uint32_t from, uint32_t to, double wrong_share)
{
	for (uint32_t pair = from; pair < to; pair++) {
		chance[pair + 1] = chance[pair] * wrong_share;
		for (uint32_t wrong = pair; wrong > 0; wrong--)
			chance[wrong] = chance[wrong] * (1 - wrong_share) +
					chance[wrong - 1] * wrong_share;
		chance[0] *= 1 - wrong_share;
	}
}

/* Whatever has at most wrong_max wrong pairs ends here. Gives its probability. */
static double stop(double *chance, int64_t wrong_max)
{
	double stopped = 0;

	for (int64_t wrong = 0; wrong <= wrong_max; wrong++) {
		stopped += chance[wrong];
		chance[wrong] = 0;
	}
	return stopped;
}

/* As many wrong pairs as the error allows at this look. */
static int64_t bound(const double *chance, uint32_t pairs, double error)
{
	int64_t wrong = -1;
	double sum = 0;

	while (wrong + 1 < pairs && sum + chance[wrong + 1] <= error + ROUNDING)
		sum += chance[++wrong];
	return wrong;
}

static int chance_open(const struct sign_test *test, double **ret_chance)
{
	uint32_t pairs = test->pairs[test->look_count - 1];
	double *chance;

	if (pairs > SIGN_TEST_PAIRS_MAX)
		return -E2BIG;
	chance = calloc(pairs + 1, sizeof(*chance));
	if (!chance)
		return -ENOMEM;
	chance[0] = 1;
	*ret_chance = chance;
	return 0;
}

/* The error that may have been made by this look. */
static double allowed(const struct sign_test *test, uint32_t look, double error)
{
	uint32_t last = test->look_count - 1;
	uint32_t whole = test->pairs_whole > 0 ? test->pairs_whole : test->pairs[last];

	return look == last ? error : error * fmin(1, (double)test->pairs[look] / whole);
}

int sign_test_plan(struct sign_test *test, double error)
{
	uint32_t walked = 0;
	double spent = 0, *chance;
	int result = chance_open(test, &chance);

	if (result)
		return result;
	for (uint32_t look = 0; look < test->look_count; look++) {
		uint32_t pairs = test->pairs[look];

		walk(chance, walked, pairs, 0.5);
		walked = pairs;
		test->wrong_max[look] = bound(chance, pairs, allowed(test, look, error) - spent);
		spent += stop(chance, test->wrong_max[look]);
	}
	free(chance);
	return 0;
}

int sign_test_power(const struct sign_test *test, double wrong_share, double *ret_power)
{
	uint32_t walked = 0;
	double power = 0, *chance;
	int result = chance_open(test, &chance);

	if (result)
		return result;
	for (uint32_t look = 0; look < test->look_count; look++) {
		walk(chance, walked, test->pairs[look], wrong_share);
		walked = test->pairs[look];
		power += stop(chance, test->wrong_max[look]);
	}
	free(chance);
	*ret_power = power;
	return 0;
}
