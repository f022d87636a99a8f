/*
 * The search for the highest rate that is kept, apart from how rates are tried: it says which rate
 * to try next, and is told what came of it.
 *
 *	BRACKET		half the peak; then up from there, or down in larger steps, until one
 *			rate is kept and a higher one is not
 *	BISECT		between the two, until they are as near as asked for
 *	CONFIRM		the lower one again, several times. If more than half keep it, it is the
 *			answer; if not it counts as not kept, the rate goes down a step, and is
 *			confirmed there, each step twice the one before
 *	DOUBT		the higher one again: a disturbance may be why it was not kept. If more
 *			than half of the trials keep it, the search goes on above it. So is the
 *			lowest rate before it is told that not even that is kept
 *	FOUND, NEVER, UNCLEAR
 *
 * A trial that keeps a rate by luck draws a bisection too high, and one that is disturbed, too low:
 * so neither bound is told that was tried only once. Every loop has a limit.
 */
#ifndef FIND_SEARCH_H
#define FIND_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

/* Confirmations that may fail, and upper bounds that may fall, before it is of no use to go on. */
#define SEARCH_FAILED_MAX 6
/* Trials at most, whatever happens. */
#define SEARCH_TRIALS_MAX 200
/* From here on down, as a part of the peak, no lower rate is tried. */
#define SEARCH_LOWEST_PART 512
/* Nor, from here on up, a higher one: a server that is that much faster than its peak has been
 * disturbed when that was measured. */
#define SEARCH_HIGHEST_PART 8

enum search_phase {
	SEARCH_BRACKET,
	SEARCH_BISECT,
	SEARCH_CONFIRM,
	SEARCH_DOUBT,
	SEARCH_FOUND,	/* confirmed is the answer */
	SEARCH_NEVER,	/* not even the lowest rate was kept */
	SEARCH_UNCLEAR, /* confirmations failed again and again */
};

/* Index: enum search_phase, of those that try a rate. */
extern const char *const search_phase_names[];

struct search {
	double precision;	/* as near as the bounds are to be, relative to the lower one */
	uint32_t confirmations; /* trials of each confirmation or doubt */
	enum search_phase phase;
	uint64_t rate;		  /* to be tried next */
	uint64_t low;		  /* the highest rate that was kept; 0: none yet */
	uint64_t high;		  /* the lowest one that was not; 0: none yet */
	uint64_t lowest, highest; /* no rate is tried beyond them */
	uint64_t confirmed;	  /* the highest rate that was confirmed; 0: none yet */
	uint32_t confirmed_kept;  /* how many of its confirmations kept it */
	uint32_t kept, not_kept;  /* trials of a confirmation or doubt so far */
	uint32_t failed;	  /* confirmations as a whole */
	uint32_t fallen;	  /* upper bounds */
	uint32_t trials;
	bool high_is_sure; /* most of several trials did not keep it */
};

/* peak: requests a second of a closed loop, at least 1. least: no lower rate is worth a trial,
 * unless the peak is not far from it. precision: above 0. confirmations: at least 1. */
void search_init(double peak, double least, double precision, uint32_t confirmations,
		 struct search *ret_search);

/* Is there a rate to be tried, search->rate? */
bool search_goes_on(const struct search *search);

/* What came of it. */
void search_note(struct search *search, bool kept);

#endif
