/* Two series of one experiment, whose rounds have run one after the other: pairs. */
#ifndef COMPARE_SERIES_H
#define COMPARE_SERIES_H

#include "base/error.h"
#include "duel.h"

/*
 * Read a file into both sides: the series of these names, or all series of the servers of these
 * names, of which each point is a benchmark then. Errors, with a sentence: those of reading; EINVAL
 * (no experiment, no such series).
 */
int series_read(const char *path, const char *base, const char *changed, struct duel *duel,
		struct error *ret_error);

#endif
