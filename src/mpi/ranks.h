/*
 * The processes that mpirun has started, as far as a load needs them: all of MPI that is used. Each
 * function but ranks_told_to_stop() is called by all ranks, in the same order.
 */
#ifndef MPI_RANKS_H
#define MPI_RANKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct ranks {
	int rank; /* ours; 0 is the one that speaks */
	int count;
	char host[64];
	int told;  /* messages that say: stop, sent by us to each other rank: 0 or 1 */
	int heard; /* ... received */
};

/* What a rank says when all are asked, the gravest last. */
enum step {
	STEP_ON,     /* let us go on */
	STEP_DONE,   /* it has nothing more to do, and so it is for all */
	STEP_FAILED, /* it cannot go on */
};

/* Errors: EIO, with a sentence: no MPI. */
int ranks_open(struct ranks *ret_ranks, struct error *ret_error);
void ranks_close(void);

/*
 * Wait, asleep, until each rank has said what it has to say; returns the gravest. Where that is
 * STEP_FAILED all get the same sentence, from reason of the first rank that said so, with its
 * number and host before it.
 */
enum step ranks_agree(const struct ranks *ranks, enum step mine, const struct error *reason,
		      struct error *ret_reason);

/* Return at the same moment everywhere. Whoever waits does so busily: agree first. */
void ranks_meet(void);

/* Without waiting: let the others stop before the next ranks_agree(), or hear that one has asked
 * for it. */
void ranks_tell_to_stop(struct ranks *ranks);
bool ranks_told_to_stop(struct ranks *ranks);

/* Receive what was told and not yet heard; after the last ranks_agree(). */
void ranks_hear_out(struct ranks *ranks);

enum ranks_how { RANKS_ADD, RANKS_LEAST, RANKS_MOST };

/* What all have at each place becomes rank 0's; the others' values stay. */
void ranks_reduce(const struct ranks *ranks, enum ranks_how how, uint64_t *values, int count);
void ranks_add_counts(const struct ranks *ranks, int64_t *counts, int count);

/* Rank 0 gets size bytes from each, in the order of ranks; ret_all may be NULL elsewhere. */
void ranks_gather(const void *mine, int size, void *ret_all);

/* The same for texts; rank 0 frees *ret_texts, one after the other with their zeroes; elsewhere it
 * becomes NULL. Errors: ENOMEM, at rank 0 alone. */
int ranks_gather_texts(const struct ranks *ranks, const char *text, char **ret_texts);

/* What rank 0 has, everywhere. */
int ranks_share(int value);

#endif
