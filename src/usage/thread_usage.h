/* What a thread has used of its CPU: running totals, taken by the thread itself. */
#ifndef USAGE_THREAD_USAGE_H
#define USAGE_THREAD_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#define USAGE_REASON_MAX 128

struct thread_usage {
	uint64_t cpu_ns;  /* exact: the thread's CPU clock */
	uint64_t user_ns; /* as getrusage() divides it: by ticks on many kernels */
	uint64_t system_ns;
	uint64_t switches_voluntary;
	uint64_t switches_involuntary;
	uint64_t cycles, instructions; /* 0 where there is no counter: see .pmu_missing of the meter */
};

struct thread_meter {
	int group_fd;	    /* of the performance counters; -1: there are none */
	int instructions_fd;
	char pmu_missing[USAGE_REASON_MAX]; /* why there are none; empty: there are */
};

/* Begin in the calling thread. Cannot fail: where the processor or the kernel gives no performance
 * counters (perf_event_open(2)), .pmu_missing says why. */
void thread_meter_open(struct thread_meter *ret_meter);
void thread_meter_close(struct thread_meter *meter);

/* In the thread that opened it. */
void thread_meter_read(const struct thread_meter *meter, struct thread_usage *ret_usage);

/* after - before, field by field. */
struct thread_usage thread_usage_difference(const struct thread_usage *after,
					    const struct thread_usage *before);

/* Add from to usage, field by field. */
void thread_usage_add(struct thread_usage *usage, const struct thread_usage *from);

#endif
