/*
 * Two results that change hands while a thread measures: it writes into one part; when an interval
 * is over it gives that away and goes on in the other, and somebody else adds the full one up,
 * empties it and gives it back. So what a thread measures is never read while it is written, and
 * writing never waits.
 *
 *	spare ─► the writer's ─► full ─► the reader's ─► spare
 */
#ifndef MEASURE_HANDOVER_H
#define MEASURE_HANDOVER_H

#include <stdatomic.h>

#include "measure/result.h"

struct handover {
	struct result parts[2];
	_Atomic(struct result *) spare;
	_Atomic(struct result *) full;
};

/* Errors: ENOMEM. */
int handover_init(struct handover *handover);

/* Give both parts more, before anything is written. Errors: ENOMEM. */
int handover_extend(struct handover *handover, const struct result_extent *extent);

/* Zeroes are fine. */
void handover_finish(struct handover *handover);

/* Writer: the part to begin with. */
struct result *handover_begin(struct handover *handover);

/* Writer: an empty part to go on in, now its own; NULL while the reader has not given one back, and
 * the part that is written covers more than an interval. */
struct result *handover_spare(struct handover *handover);

/* Writer, when it has got one: give the full part away. */
void handover_give(struct handover *handover, struct result *full);

/* Reader: a full part, or NULL. */
struct result *handover_take(struct handover *handover);

/* Reader: empty it and give it back. */
void handover_return(struct handover *handover, struct result *part);

#endif
