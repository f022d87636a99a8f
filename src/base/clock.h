/* The two clocks: MONOTONIC for intervals, REALTIME for what is told to others; and rates. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S 1000000000ull

/* Nanoseconds on CLOCK_MONOTONIC; a vDSO call of some 25 ns. */
static inline uint64_t clock_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Nanoseconds since 1970 on CLOCK_REALTIME. */
static inline int64_t clock_wall_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * (int64_t)NS_PER_S + now.tv_nsec;
}

/*
 * Both clocks at the same moment: whoever was interrupted for long between two readings reads them
 * again, three times at most.
 */
static inline void clock_read_both(uint64_t *ret_now_ns, int64_t *ret_wall_ns)
{
	for (int tries = 0; tries < 3; tries++) {
		*ret_now_ns = clock_now_ns();
		*ret_wall_ns = clock_wall_ns();
		if (clock_now_ns() - *ret_now_ns < 10 * NS_PER_US)
			break;
	}
}

/* CPU time of this thread or of the whole process, user and system, in nanoseconds. */
static inline uint64_t clock_cpu_ns(clockid_t clock)
{
	struct timespec used;

	(void)clock_gettime(clock, &used);
	return (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
}

/* So many in that time are so many a second; 0 if it is none. */
static inline double rate_per_s(uint64_t count, uint64_t duration_ns)
{
	return duration_ns > 0 ? (double)count * (double)NS_PER_S / (double)duration_ns : 0;
}

#endif
