/* What is due at a time: a heap, the earliest first. */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include <stdbool.h>
#include <stdint.h>

struct event {
	uint64_t due_ns;
	uint64_t order; /* among those due at the same time */
	void (*act)(void *argument);
	void *argument;
	uint32_t slot; /* what its number is made of */
};

/* {0} is empty. */
struct event_heap {
	struct event *events;
	uint32_t count, room;
	/* For each slot: where its event is, or the next free slot; and how often it was used. */
	uint32_t *places, *uses;
	uint32_t free_slot, slot_count;
};

void event_heap_finish(struct event_heap *heap);

/* Returns its number, never 0. Without memory for it the process ends: a simulation that leaves
 * something out proves nothing. */
uint64_t event_add(struct event_heap *heap, const struct event *event);

/* Nothing happens if it is not there any more. */
void event_forget(struct event_heap *heap, uint64_t number);

/* The earliest, or NULL. */
const struct event *event_first(const struct event_heap *heap);

/* The earliest, taken out. There must be one. */
struct event event_take(struct event_heap *heap);

#endif
