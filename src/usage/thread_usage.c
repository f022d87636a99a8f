#include "usage/thread_usage.h"

#include <sys/resource.h>

#include "base/clock.h"
#include "usage/pmu.h"

/* All fields are counters of one type, so the struct can be walked as an array. */
#define FIELD_COUNT (sizeof(struct thread_usage) / sizeof(uint64_t))

static uint64_t timeval_ns(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_usec * NS_PER_US;
}

void thread_meter_open(struct thread_meter *ret_meter)
{
	pmu_open(ret_meter);
}

void thread_meter_close(struct thread_meter *meter)
{
	pmu_close(meter);
}

void thread_meter_read(const struct thread_meter *meter, struct thread_usage *ret_usage)
{
	struct rusage used;

	*ret_usage = (struct thread_usage){ .cpu_ns = clock_cpu_ns(CLOCK_THREAD_CPUTIME_ID) };
	if (getrusage(RUSAGE_THREAD, &used) == 0) {
		ret_usage->user_ns = timeval_ns(&used.ru_utime);
		ret_usage->system_ns = timeval_ns(&used.ru_stime);
		ret_usage->switches_voluntary = (uint64_t)used.ru_nvcsw;
		ret_usage->switches_involuntary = (uint64_t)used.ru_nivcsw;
	}
	pmu_read(meter, &ret_usage->cycles, &ret_usage->instructions);
}

struct thread_usage thread_usage_difference(const struct thread_usage *after,
					    const struct thread_usage *before)
{
	struct thread_usage difference = { 0 };
	const uint64_t *later = (const uint64_t *)after, *earlier = (const uint64_t *)before;
	uint64_t *result = (uint64_t *)&difference;

	for (size_t i = 0; i < FIELD_COUNT; i++)
		result[i] = later[i] > earlier[i] ? later[i] - earlier[i] : 0;
	return difference;
}

void thread_usage_add(struct thread_usage *usage, const struct thread_usage *from)
{
	const uint64_t *values = (const uint64_t *)from;
	uint64_t *sums = (uint64_t *)usage;

	for (size_t i = 0; i < FIELD_COUNT; i++)
		sums[i] += values[i];
}
