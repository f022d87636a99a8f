#include "wall.h"

#define NS_PER_S 1000000000
#define SECONDS_1900_TO_1970 2208988800ll

/* How many bits a multiplier of an error estimate has, and its largest scale. */
#define MULTIPLIER_MAX 0xffu
#define SCALE_SHIFT 8
#define SCALE_MASK 0x3fu
#define FRACTION_BITS 32u

/* A point in time as whole seconds, which may be negative, and what is left. */
struct instant {
	int64_t seconds;
	uint32_t ns;
};

static struct instant instant_of(int64_t wall_ns)
{
	int64_t seconds = wall_ns / NS_PER_S;
	int64_t ns = wall_ns % NS_PER_S;

	if (ns < 0) {
		ns += NS_PER_S;
		seconds--;
	}
	return (struct instant){ .seconds = seconds, .ns = (uint32_t)ns };
}

/* The second whose last 32 bits are these and that is nearest to another. */
static int64_t second_near(uint32_t low, int64_t near)
{
	return near + (int32_t)(low - (uint32_t)near);
}

/* Unsigned, so that what lies beyond the years of int64_t wraps and is no error of the program. */
static int64_t to_wall(int64_t seconds, uint64_t ns)
{
	return (int64_t)((uint64_t)seconds * NS_PER_S + ns);
}

uint64_t wall_to_ntp(int64_t wall_ns)
{
	struct instant instant = instant_of(wall_ns);
	uint64_t seconds = (uint64_t)(instant.seconds + SECONDS_1900_TO_1970);
	uint64_t fraction = ((uint64_t)instant.ns << FRACTION_BITS) / NS_PER_S;

	return seconds << FRACTION_BITS | fraction;
}

int64_t wall_from_ntp(uint64_t ntp, int64_t near_ns)
{
	const uint64_t half = 1ull << (FRACTION_BITS - 1);
	int64_t near = instant_of(near_ns).seconds + SECONDS_1900_TO_1970;
	int64_t seconds = second_near((uint32_t)(ntp >> FRACTION_BITS), near);
	uint64_t fraction = (uint32_t)ntp;

	return to_wall(seconds - SECONDS_1900_TO_1970,
		       (fraction * NS_PER_S + half) >> FRACTION_BITS);
}

uint64_t wall_to_ptp(int64_t wall_ns, int32_t tai_offset_s)
{
	struct instant instant = instant_of(wall_ns);

	return (uint64_t)(instant.seconds + tai_offset_s) << 32 | instant.ns;
}

int64_t wall_from_ptp(uint64_t ptp, int32_t tai_offset_s, int64_t near_ns)
{
	int64_t near = instant_of(near_ns).seconds + tai_offset_s;

	return to_wall(second_near((uint32_t)(ptp >> 32), near) - tai_offset_s, (uint32_t)ptp);
}

uint16_t error_estimate(uint64_t error_ns, bool synchronised, bool ptp)
{
	uint64_t seconds = error_ns / NS_PER_S;
	uint64_t rest = error_ns % NS_PER_S;
	uint32_t scale = 0;
	uint64_t units; /* of 2^(scale - 32) s */

	if (seconds < 1ull << (63 - FRACTION_BITS)) {
		units = (seconds << FRACTION_BITS) +
			((rest << FRACTION_BITS) + NS_PER_S - 1) / NS_PER_S;
	} else {
		units = seconds + (rest > 0);
		scale = FRACTION_BITS;
	}
	for (; units > MULTIPLIER_MAX; scale++)
		units = (units + 1) / 2;
	if (units == 0)
		units = 1;
	return (uint16_t)((synchronised ? ERROR_ESTIMATE_SYNCHRONISED : 0u) |
			  (ptp ? ERROR_ESTIMATE_PTP : 0u) | scale << SCALE_SHIFT | units);
}

uint64_t error_estimate_ns(uint16_t estimate)
{
	uint64_t ns = (uint64_t)(estimate & MULTIPLIER_MAX) * NS_PER_S;
	uint32_t scale = estimate >> SCALE_SHIFT & SCALE_MASK;

	if (ns == 0)
		return UINT64_MAX;
	if (scale <= FRACTION_BITS) {
		uint32_t shift = FRACTION_BITS - scale;

		return (ns + (1ull << shift) - 1) >> shift;
	}
	scale -= FRACTION_BITS;
	return ns > UINT64_MAX >> scale ? UINT64_MAX : ns << scale;
}
