/* The sessions of all ranks become one. */
#ifndef MPI_WHOLE_H
#define MPI_WHOLE_H

#include "load/options.h"
#include "load/session.h"
#include "ranks.h"

/*
 * Called by all ranks, each with what it has measured. At rank 0 the session's total becomes that
 * of all: counts, costs and histograms added; as long as the longest, since all began together;
 * what can be told of one host alone not known; thresholds judged on it, and the verdict that of
 * the worst rank. options, which the session gets, becomes the whole's too: without --share.
 * Elsewhere the session is of no use afterwards.
 */
void whole_make(const struct ranks *ranks, struct session *session, struct load_options *options);

#endif
