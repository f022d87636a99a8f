/* What all seeds of a campaign did together. */
#ifndef SIM_TALLY_H
#define SIM_TALLY_H

#include <stdio.h>

#include "base/error.h"
#include "record.h"

struct tally {
	uint64_t seeds, failed, replayed;
	uint64_t events;
	uint64_t faults[FAULT_COUNT];
};

void tally_add(struct tally *tally, const struct record *record);
void tally_merge(struct tally *tally, const struct tally *from);

/* A table: how often each fault happened. */
void tally_print(const struct tally *tally, FILE *file);

/* Errors: those of json_save(). */
int tally_save(const struct tally *tally, const char *path, struct error *ret_error);

/* The first fault that never happened, or FAULT_COUNT. */
enum fault tally_missing(const struct tally *tally);

#endif
