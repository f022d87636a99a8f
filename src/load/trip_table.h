/*
 * The round trips of one client: those under way, and the last ones before, found by their number.
 * Four times as many slots as the depth, so that a trip may wait for its departure, and for what
 * the next answers say of it, while others are under way; used again in the order in which they
 * became free, so that each is remembered for as long as can be.
 */
#ifndef LOAD_TRIP_TABLE_H
#define LOAD_TRIP_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "trip.h"

#define TRIP_TABLE_SLOTS 4u /* for each request that may be outstanding */

/* What is allocated for each request that may be outstanding. */
struct trip_slots {
	struct trip trips[TRIP_TABLE_SLOTS];
	uint32_t lists[TRIP_TABLE_SLOTS]; /* heads of the lists of trips, by number */
	uint64_t lost;			  /* a part of the memory for numbers given up */
};

struct trip_table {
	struct trip_slots *slots;
	uint32_t slot_count; /* of trips */
	uint32_t first_free, last_free;
};

/* slots: depth of them, zeroes; they stay the caller's. */
void trip_table_init(struct trip_table *ret_table, struct trip_slots *slots, uint32_t depth);

/* The trip of that number, whatever its state; NULL: it is not remembered. */
struct trip *trip_table_find(const struct trip_table *table, uint32_t number);

/* Slot number index, below slot_count. */
struct trip *trip_table_at(const struct trip_table *table, uint32_t index);

/* The slot that the next trip will get, with what it had before; NULL: all are in use. */
struct trip *trip_table_next(const struct trip_table *table);

/* Use that slot for the trip of this number, OUTSTANDING, the rest of it zeroes. */
struct trip *trip_table_use(struct trip_table *table, uint32_t number);

/* It has ended, in this state, and its slot can be used again. */
void trip_table_end(struct trip_table *table, struct trip *trip, enum trip_state state);

/*
 * Numbers that were given up, remembered beyond their slots: of the last 64 for each request that
 * may be outstanding. A number that is used is not given up yet; taking it back tells whether it
 * was.
 */
void trip_table_note_lost(struct trip_table *table, uint32_t number);
bool trip_table_forget_lost(struct trip_table *table, uint32_t number);

#endif
