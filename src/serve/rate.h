/* A ceiling on what may happen in a second. */
#ifndef SERVE_RATE_H
#define SERVE_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct rate {
	uint64_t began_ns; /* the second that is counted */
	uint32_t count;
};

/* Once more: is that still below the ceiling? now_ns: clock_now_ns(). */
static inline bool rate_allows(struct rate *rate, uint32_t most, uint64_t now_ns)
{
	if (now_ns - rate->began_ns >= NS_PER_S)
		*rate = (struct rate){ .began_ns = now_ns };
	if (rate->count >= most)
		return false;
	rate->count++;
	return true;
}

#endif
