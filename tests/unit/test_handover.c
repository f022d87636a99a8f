/* Results that change hands between two threads: nothing is lost, nothing is counted twice. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "measure/handover.h"

#define WRITES 100000u

static struct handover handover;
static atomic_bool written;

static void finish(void)
{
	handover_finish(&handover);
}

TestSuite(handover, .fini = finish, .timeout = 60);

Test(handover, parts_go_round)
{
	struct result *first, *second;

	cr_assert_eq(handover_init(&handover), 0);
	first = handover_begin(&handover);
	cr_assert_null(handover_take(&handover));
	second = handover_spare(&handover);
	cr_assert_neq(second, first);
	cr_assert_null(handover_spare(&handover), "the reader has not given one back");
	first->requests = 7;
	handover_give(&handover, first);
	cr_assert_eq(handover_take(&handover), first);
	cr_assert_null(handover_take(&handover));
	handover_return(&handover, first);
	cr_assert_eq(first->requests, 0);
	cr_assert_eq(handover_spare(&handover), first);
}

/* Gives its part away whenever it may, and keeps the last one. */
static void *write_all(void *argument)
{
	struct result *part = handover_begin(&handover);

	for (uint32_t i = 1; i <= WRITES; i++) {
		struct result *empty;

		part->requests++;
		part->bytes += i;
		if (i % 8 == 0)
			histogram_record(part->latency, i);
		empty = handover_spare(&handover);
		if (!empty)
			continue;
		handover_give(&handover, part);
		part = empty;
	}
	*(struct result **)argument = part;
	atomic_store(&written, true);
	return NULL;
}

static uint32_t take_one(struct result *total)
{
	struct result *part = handover_take(&handover);

	if (!part)
		return 0;
	result_merge(total, part);
	handover_return(&handover, part);
	return 1;
}

Test(handover, two_threads_lose_nothing)
{
	struct result total, *last;
	pthread_t thread;
	uint32_t taken = 0;

	cr_assert_eq(handover_init(&handover), 0);
	cr_assert_eq(result_init(&total), 0);
	cr_assert_eq(pthread_create(&thread, NULL, write_all, &last), 0);
	while (!atomic_load(&written)) {
		taken += take_one(&total);
		(void)sched_yield();
	}
	(void)pthread_join(thread, NULL);
	taken += take_one(&total);
	result_merge(&total, last);
	cr_assert_gt(taken, 0);
	cr_assert_eq(total.requests, WRITES);
	cr_assert_eq(total.bytes, (uint64_t)WRITES * (WRITES + 1) / 2);
	cr_assert_eq(histogram_count(total.latency), WRITES / 8);
	cr_assert_eq(histogram_max(total.latency), WRITES);
	result_finish(&total);
}
