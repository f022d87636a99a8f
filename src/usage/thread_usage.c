#include "usage/thread_usage.h"

#include <sys/resource.h>

#include "base/clock.h"
#include "usage/pmu.h"

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
