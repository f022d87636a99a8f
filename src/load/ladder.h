/* Latencies as a ladder: from the lowest over percentiles to the highest, with a bar each. */
#ifndef LOAD_LADDER_H
#define LOAD_LADDER_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/histogram.h"
#include "measure/percentile.h"
#include "page.h"

/* The percentiles that everybody gets, and the lowest and the highest value. */
#define LADDER_STANDARD 7
#define LADDER_RUNGS_MAX (PERCENTILES_MAX + LADDER_STANDARD + 2)

struct rung {
	struct percentile_name name; /* "min", "p50" ... */
	uint64_t value_ns;
};

struct ladder {
	struct rung rungs[LADDER_RUNGS_MAX];
	uint32_t count;
};

/* percentiles: that are wanted too. An empty histogram makes an empty ladder. */
void ladder_make(const struct histogram *histogram, const struct percentile_list *percentiles,
		 struct ladder *ret_ladder);

/* A row each. The bars are logarithmic, from nothing for the lowest to all for the highest: what
 * takes ten times as long is as much longer wherever it stands. */
void ladder_print(const struct ladder *ladder, const struct page *page);

#endif
