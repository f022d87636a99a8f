/* What a thread has used of its CPU: running totals, taken by the thread itself. */
#ifndef USAGE_THREAD_USAGE_H
#define USAGE_THREAD_USAGE_H

#include <stdint.h>

#define USAGE_REASON_MAX 128

struct thread_usage {
	uint64_t cpu_ns;  /* exact: the thread's CPU clock */
	uint64_t user_ns; /* as getrusage() divides it: by ticks on many kernels */
	uint64_t system_ns;
	uint64_t switches_voluntary;
	uint64_t switches_involuntary;
	/* 0 where there is no counter: see .pmu_missing of the meter. */
	uint64_t cycles;
	uint64_t instructions;
};

/* Open files that a meter takes, where there are performance counters. */
#define THREAD_METER_FILES 2

struct thread_meter {
	int group_fd; /* of the counters, cycles first; -1: there are none */
	int instructions_fd;
	char pmu_missing[USAGE_REASON_MAX]; /* why there are none; empty: there are */
	char pmu_note[USAGE_REASON_MAX];    /* what they leave out; empty: nothing */
};

/* Begin in the calling thread. Cannot fail: where the processor or the kernel gives no performance
 * counters (perf_event_open(2)), .pmu_missing says why; where it gives those of user space alone,
 * .pmu_note says so. */
void thread_meter_open(struct thread_meter *ret_meter);

/* Twice is fine. */
void thread_meter_close(struct thread_meter *meter);

/* In the thread that opened it. */
void thread_meter_read(const struct thread_meter *meter, struct thread_usage *ret_usage);

#endif
