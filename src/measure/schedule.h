/*
 * When requests are due in an open loop: a stream of intended times that knows nothing of what
 * becomes of them. Whoever sends takes the next time when it has come, however late that is, and
 * counts latency from it (G. Tene, "How NOT to measure latency": coordinated omission).
 */
#ifndef MEASURE_SCHEDULE_H
#define MEASURE_SCHEDULE_H

#include <stdint.h>

enum arrival {
	ARRIVAL_FIXED,	 /* the same gap between all of them */
	ARRIVAL_POISSON, /* exponential gaps: what many independent users make */
	ARRIVAL_UNIFORM, /* gaps between nothing and twice the mean */
};

/* Index: enum arrival; NULL-terminated. */
extern const char *const arrival_names[];

struct schedule {
	enum arrival arrival;
	double gap_ns;	/* mean */
	double next_ns; /* the next arrival, after the start */
	uint64_t start_ns;
	uint64_t count; /* taken so far */
	double phase;
	uint64_t random; /* the state of random_next() */
};

/*
 * Arrivals at rate_per_s (above 0). phase, in [0, 1): the part of a gap by which fixed arrivals are
 * shifted, so that those of several threads and hosts interleave. Call schedule_start() before the
 * first use.
 */
void schedule_init(struct schedule *ret_schedule, enum arrival arrival, double rate_per_s,
		   uint64_t seed, double phase);

/* Begin (again) at start_ns: there the first gap begins; of fixed arrivals, that of phase 0 is the
 * first one. Random gaps go on from where the seed's numbers are. */
void schedule_start(struct schedule *schedule, uint64_t start_ns);

/* When the next arrival is due, on the clock of start_ns. */
uint64_t schedule_due_ns(const struct schedule *schedule);

/* It is taken; go on to the one after it. Fixed arrivals do not add up rounding errors: the k-th is
 * (k + phase) gaps after the start, within 8 ns for a year. */
void schedule_advance(struct schedule *schedule);

#endif
