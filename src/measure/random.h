/*
 * Pseudo-random numbers of a seed: the same seed gives the same run. splitmix64 (Steele, Lea and
 * Flood, "Fast splittable pseudorandom number generators", 2014): any seed is a good one, and so
 * are seeds that follow each other.
 */
#ifndef MEASURE_RANDOM_H
#define MEASURE_RANDOM_H

#include <stdint.h>

/* The next number; *state is the seed at first. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t word = *state += 0x9e3779b97f4a7c15u;

	word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
	word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
	return word ^ (word >> 31);
}

/* The next one in [0, 1), in steps of 2^-53. */
static inline double random_unit(uint64_t *state)
{
	return (double)(random_next(state) >> 11) * 0x1p-53;
}

#endif
