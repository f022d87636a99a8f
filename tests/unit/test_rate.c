/* So much in a second, and then nothing before the next one. */
#include <criterion/criterion.h>

#include "serve/rate.h"

#define START_NS (1000 * NS_PER_S)

static uint32_t allowed(struct rate *rate, uint32_t most, uint32_t asked, uint64_t now_ns)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < asked; i++)
		count += rate_allows(rate, most, now_ns);
	return count;
}

Test(rate, ends_at_its_ceiling)
{
	struct rate rate = { 0 };

	cr_assert_eq(allowed(&rate, 100, 99, START_NS), 99);
	cr_assert_eq(allowed(&rate, 100, 99, START_NS + NS_PER_S - 1), 1);
}

Test(rate, begins_anew_with_each_second)
{
	struct rate rate = { 0 };

	cr_assert_eq(allowed(&rate, 100, 1000, START_NS), 100);
	cr_assert_eq(allowed(&rate, 100, 1000, START_NS + NS_PER_S), 100);
	cr_assert_eq(allowed(&rate, 100, 1000, START_NS + 2 * NS_PER_S - 1), 0);
	cr_assert_eq(allowed(&rate, 100, 1000, START_NS + 9 * NS_PER_S), 100);
}
