/*
 * Polling for a while before sleeping: the largest gain there is for a single connection, since a
 * sleep and a wake-up cost more than the whole message (docs/uring.md). Fixed, or automatic: then
 * each miss doubles the number of waits that go by without polling, and a hit, or a sleep that was
 * shorter than the window, forgives all: an idle or a slow server does not burn its CPU.
 */
#ifndef ENGINE_SPIN_H
#define ENGINE_SPIN_H

#include <stdbool.h>
#include <stdint.h>

#define SPIN_SKIP_MAX 1023

struct spin {
	uint64_t window_ns; /* 0: never poll */
	bool automatic;
	uint32_t skip;	  /* waits to let go by */
	uint32_t penalty; /* what the next miss costs */
	bool let_by;	  /* the present wait is one of those */
};

static inline bool spin_wanted(struct spin *spin)
{
	if (spin->window_ns == 0)
		return false;
	spin->let_by = spin->automatic && spin->skip > 0;
	spin->skip -= spin->let_by;
	return !spin->let_by;
}

/* A wait is over. If it slept, but shorter than the window, polling would have paid. */
static inline void spin_waited(struct spin *spin, uint64_t waited_ns)
{
	if (spin->let_by && waited_ns < spin->window_ns)
		spin->skip = spin->penalty = 0;
	spin->let_by = false;
}

static inline void spin_result(struct spin *spin, bool hit)
{
	spin->penalty = hit ? 0 : spin->penalty * 2 + 1;
	if (spin->penalty > SPIN_SKIP_MAX)
		spin->penalty = SPIN_SKIP_MAX;
	spin->skip = spin->penalty;
}

#endif
