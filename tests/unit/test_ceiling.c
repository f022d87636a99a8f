/* A ceiling: no second has more, wherever it begins and however many threads take part. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>

#include "serve/ceiling.h"

#define START_NS (1000 * NS_PER_S)
#define RATE_HIGHEST 20000

TestSuite(ceiling);

/* Ask at steps of up to step_ns for three seconds; returns how many were allowed. */
static uint32_t press(uint32_t per_second, uint64_t step_ns)
{
	static uint64_t times[4 * RATE_HIGHEST];
	struct ceiling ceiling;
	uint32_t count = 0;

	ceiling_init(&ceiling, per_second);
	for (uint64_t now_ns = START_NS; now_ns < START_NS + 3 * NS_PER_S;
	     now_ns += 1 + (uint64_t)rand() % step_ns) {
		if (!ceiling_allows(&ceiling, now_ns))
			continue;
		cr_assert_lt(count, 4 * RATE_HIGHEST);
		times[count] = now_ns;
		if (count >= per_second)
			cr_assert_geq(now_ns - times[count - per_second], NS_PER_S,
				      "%u of %u a second", per_second + 1, per_second);
		count++;
	}
	return count;
}

Test(ceiling, no_second_has_more)
{
	static const uint32_t rates[] = { 1, 2, 19, 20, 21, 39, 40, 100, 999, RATE_HIGHEST };

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		uint32_t count = press(rates[i], 4000);

		cr_assert_geq(count, 3 * rates[i] * 94 / 100, "%u of %u", count, rates[i]);
	}
}

Test(ceiling, what_was_not_used_is_not_saved)
{
	struct ceiling ceiling;
	uint32_t count = 0;

	ceiling_init(&ceiling, 1000);
	cr_assert(ceiling_allows(&ceiling, START_NS));
	for (int i = 0; i < 10000; i++)
		count += ceiling_allows(&ceiling, START_NS + 3600 * NS_PER_S);
	cr_assert_eq(count, 1000 / CEILING_BURSTS);
}

/* A thread whose clock reading is old gets nothing for that. */
Test(ceiling, a_time_of_before_is_no_way_around_it)
{
	struct ceiling ceiling;
	uint32_t count = 0;

	ceiling_init(&ceiling, 1000);
	for (uint64_t i = 0; i < 10000; i++)
		count += ceiling_allows(&ceiling, START_NS - i * NS_PER_MS);
	cr_assert_leq(count, 1000 / CEILING_BURSTS);
}

static struct ceiling shared;
static _Atomic uint64_t clock_ns;
static atomic_uint allowed;

static void *take_many(void *argument)
{
	(void)argument;
	for (int i = 0; i < 100000; i++) {
		uint64_t now_ns = atomic_fetch_add(&clock_ns, 10000);

		if (ceiling_allows(&shared, now_ns))
			atomic_fetch_add(&allowed, 1);
	}
	return NULL;
}

Test(ceiling, threads_together_have_no_more_than_one)
{
	enum { THREADS = 4, SECONDS = 4 };
	pthread_t threads[THREADS];

	ceiling_init(&shared, 2000);
	atomic_store(&clock_ns, START_NS);
	for (int i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, take_many, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	cr_assert_leq(atomic_load(&allowed), SECONDS * 2000u);
	cr_assert_geq(atomic_load(&allowed), SECONDS * 2000u * 9 / 10);
}
