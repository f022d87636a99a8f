/* What a scenario and its peers draw: of their own seeds, not of the world's, so that a peer does
 * the same things whatever the order is in which the world lets it. */
#ifndef SIM_CHANCE_H
#define SIM_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/random.h"

struct chance {
	uint64_t state;
};

static inline uint64_t chance_bits(struct chance *chance)
{
	return random_next(&chance->state);
}

/* Below n, which is above 0. */
static inline uint32_t chance_below(struct chance *chance, uint32_t n)
{
	return (uint32_t)((chance_bits(chance) >> 32) * n >> 32);
}

static inline uint32_t chance_between(struct chance *chance, uint32_t least, uint32_t most)
{
	return least + chance_below(chance, most - least + 1);
}

static inline bool chance_is(struct chance *chance, uint32_t percent)
{
	return chance_below(chance, 100) < percent;
}

/* 1 to most; small numbers as often as large ones. */
static inline uint32_t chance_size(struct chance *chance, uint32_t most)
{
	uint32_t bits = chance_below(chance, 32 - (uint32_t)__builtin_clz(most));
	uint32_t size = (1u << bits) + chance_below(chance, 1u << bits);

	return size < most ? size : most;
}

#endif
