#include "experiment/order.h"

#include "measure/random.h"

static void reverse(uint32_t *order, uint32_t count)
{
	for (uint32_t i = 0; i < count / 2; i++) {
		uint32_t other = order[count - 1 - i];

		order[count - 1 - i] = order[i];
		order[i] = other;
	}
}

/* Durstenfeld's shuffle (1964); the bias of the remainder is below count / 2^64. */
static void shuffle(uint64_t state, uint32_t *order, uint32_t count)
{
	for (uint32_t left = count; left > 1; left--) {
		uint32_t chosen = (uint32_t)(random_next(&state) % left);
		uint32_t item = order[chosen];

		order[chosen] = order[left - 1];
		order[left - 1] = item;
	}
}

void order_fill(uint64_t seed, uint64_t stream, uint32_t round, uint32_t count, uint32_t *ret_order)
{
	uint64_t state = seed;

	/* Every pair of rounds of every stream has a sequence of its own. */
	state = random_next(&state) ^ stream;
	state = random_next(&state) ^ (round / 2);
	for (uint32_t i = 0; i < count; i++)
		ret_order[i] = i;
	shuffle(state, ret_order, count);
	if (round % 2 == 1)
		reverse(ret_order, count);
}
