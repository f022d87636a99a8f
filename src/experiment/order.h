/*
 * The order in which things that are compared take turns: at random, and every other time in
 * reverse, so that whoever comes second does so as often as first (ABBA), and drift hits all alike.
 */
#ifndef EXPERIMENT_ORDER_H
#define EXPERIMENT_ORDER_H

#include <stdint.h>

/* The order of count things in a round: their indexes. The same seed and stream give the same one;
 * round 2k + 1 is round 2k in reverse. stream tells groups of one experiment apart. */
void order_fill(uint64_t seed, uint64_t stream, uint32_t round, uint32_t count,
		uint32_t *ret_order);

/* A seed that is easily typed again: another one each time. */
uint64_t order_seed_choose(void);

#endif
