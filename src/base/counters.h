/* Structs whose members are counters, uint64_t all of them, so that they can be walked as arrays;
 * size is that of the struct. */
#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

/* Add each of them to those of sum. */
static inline void counters_add(void *sum, const void *from, size_t size)
{
	const uint64_t *values = from;
	uint64_t *sums = sum;

	for (size_t i = 0; i < size / sizeof(*sums); i++)
		sums[i] += values[i];
}

/* after - before; 0 where one seems to have gone back. */
static inline void counters_subtract(const void *after, const void *before, void *ret_difference,
				     size_t size)
{
	const uint64_t *later = after, *earlier = before;
	uint64_t *difference = ret_difference;

	for (size_t i = 0; i < size / sizeof(*difference); i++)
		difference[i] = later[i] > earlier[i] ? later[i] - earlier[i] : 0;
}

#endif
