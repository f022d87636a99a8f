/* Lines for people while a load runs: one for each interval. */
#ifndef LOAD_LIVE_H
#define LOAD_LIVE_H

#include "measure/interval.h"
#include "page.h"
#include "session.h"

struct live {
	const struct page *page;
	const struct session *session;
	uint64_t requests; /* answered so far in this run */
};

/* A run begins; index counts from 0. */
void live_run(struct live *live, uint32_t index);

/* An interval of it is over. */
void live_interval(struct live *live, const struct interval *interval);

#endif
