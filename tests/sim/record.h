/* What the process of a seed leaves to its parent, in memory that they share. */
#ifndef SIM_RECORD_H
#define SIM_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/fault.h"

#define RECORD_SENTENCE_MAX 512
#define RECORD_SAID_MAX 4096

struct record {
	uint64_t seed;
	bool ended; /* the seed came to its end */
	uint64_t events;
	uint64_t hash;	     /* of the transcript */
	uint64_t virtual_ns; /* how long it took by the world's clock */
	uint64_t faults[FAULT_COUNT];
	char broken[RECORD_SENTENCE_MAX]; /* "": nothing */
	uint32_t said_length;		  /* what the commands printed: the end of it */
	char said[RECORD_SAID_MAX];
};

#endif
