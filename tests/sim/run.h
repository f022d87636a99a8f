/* One seed: its world from the first event to the last, in a process of its own. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include <stdint.h>
#include <stdio.h>

#include "record.h"

struct run_options {
	uint32_t events;  /* of a seed, about */
	FILE *transcript; /* NULL: none */
};

/* Run a seed in a child of this process and wait for it. In *ret_record, which is of memory that
 * both share, is what came of it: .broken is empty if all was well. */
void run_seed(uint64_t seed, const struct run_options *options, struct record *ret_record);

/* Memory for that. NULL: there is none. */
struct record *record_open(void);
void record_close(struct record *record);

#endif
