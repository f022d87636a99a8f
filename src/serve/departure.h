/*
 * The last that happens to an answer before it is sent: its service writes when it leaves, and a
 * fault that was made on purpose is put where it belongs, since a service that signs its answers
 * would mend it.
 */
#ifndef SERVE_DEPARTURE_H
#define SERVE_DEPARTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/service.h>

#define FLAW_MAX 4

/* Bytes that are to be wrong. All zeroes: none. */
struct flaws {
	uint32_t count;
	struct flaw {
		uint32_t at;
		uint8_t with; /* exclusive or */
	} items[FLAW_MAX];
};

/* False: there are too many. */
bool flaws_add(struct flaws *flaws, uint32_t at, uint8_t with);

/* Of one thread. */
struct departures {
	struct service_state *states; /* index: listener; the caller's */
	bool once;		      /* the clock is read once a batch */
	int64_t wall_ns;	      /* what it said in this one; 0: not read yet */
};

/* A batch begins, or what was held is sent. */
void departures_begin(struct departures *departures);

/* An answer of a listener leaves. flaws: NULL: none. */
void departures_leave(struct departures *departures, uint16_t listener, uint8_t *answer,
		      uint32_t length, const struct flaws *flaws);

#endif
