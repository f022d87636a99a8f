/*
 * A witness reads every batch an engine hands out and says whether the story of each connection
 * holds together: opened once, then data, closed once, and its number not given to another one
 * before the program has had its turn.
 */
#ifndef CONTRACT_WITNESS_H
#define CONTRACT_WITNESS_H

#include <ringside/engine.h>
#include <stdbool.h>
#include <stdint.h>

enum { WITNESS_CONNECTION_MAX = 16384 };

struct witness {
	uint64_t batches;
	uint64_t closed_at[WITNESS_CONNECTION_MAX];
	bool open[WITNESS_CONNECTION_MAX];
	char complaint[160]; /* the first thing that was wrong; empty: nothing */
};

void witness_batch(struct witness *witness, struct engine *engine, const struct message *batch,
		   uint32_t count);

#endif
