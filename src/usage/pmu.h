/*
 * The performance counters of a meter: cycles and instructions of one thread, by
 * perf_event_open(2). When others use the counters too, the kernel gives each its turns, and what
 * was counted is scaled to the whole time.
 */
#ifndef USAGE_PMU_H
#define USAGE_PMU_H

#include <stddef.h>
#include <stdint.h>

#include "usage/thread_usage.h"

/* Fill in the meter, for the calling thread. */
void pmu_open(struct thread_meter *ret_meter);
void pmu_close(struct thread_meter *meter);

/* Running totals; untouched if there are no counters. */
void pmu_read(const struct thread_meter *meter, uint64_t *ret_cycles, uint64_t *ret_instructions);

/* Why perf_event_open() gave error, a negative errno; paranoid is what
 * /proc/sys/kernel/perf_event_paranoid says, "" if that is not known. */
void pmu_refusal(int error, const char *paranoid, char *ret_reason, size_t size);

/* What was counted in running_ns of enabled_ns, for all of that. */
uint64_t pmu_scale(uint64_t count, uint64_t enabled_ns, uint64_t running_ns);

#endif
