/*
 * The CPU time that another process takes between two moments of its past: read so often while it
 * runs, and interpolated. The load knows only afterwards when its measured window began.
 */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define METER_SAMPLE_MAX 1024u
#define METER_INTERVAL_NS 5000000ull

struct meter_sample {
	uint64_t at_ns; /* CLOCK_MONOTONIC */
	uint64_t cpu_ns;
};

struct meter {
	clockid_t clock;
	uint32_t count;
	struct meter_sample samples[METER_SAMPLE_MAX];
};

/* Errors: ESRCH. */
int meter_open(pid_t process, struct meter *ret_meter);

/* Read the clock; to be called about every METER_INTERVAL_NS. */
void meter_read(struct meter *meter);

/* CPU nanoseconds between two moments, user and system. Errors: EDOM if the readings do not
 * enclose them. */
int meter_between(const struct meter *meter, uint64_t start_ns, uint64_t end_ns, double *ret_ns);

#endif
