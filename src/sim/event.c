#include "event.h"

#include <stdio.h>
#include <stdlib.h>

#define ROOM_FIRST 256u
#define SLOT_BITS 32
#define NO_SLOT UINT32_MAX

void event_heap_finish(struct event_heap *heap)
{
	free(heap->events);
	free(heap->places);
	free(heap->uses);
	*heap = (struct event_heap){ 0 };
}

static void *grown(void *memory, uint32_t room, size_t size)
{
	void *larger = reallocarray(memory, room, size);

	if (larger)
		return larger;
	(void)fputs("sim: out of memory for events\n", stderr);
	abort();
}

static void grow(struct event_heap *heap)
{
	heap->room = heap->room ? 2 * heap->room : ROOM_FIRST;
	heap->events = grown(heap->events, heap->room, sizeof(*heap->events));
	heap->places = grown(heap->places, heap->room, sizeof(*heap->places));
	heap->uses = grown(heap->uses, heap->room, sizeof(*heap->uses));
}

/* There are as many slots as there were ever events at a time. */
static uint32_t slot_take(struct event_heap *heap)
{
	uint32_t slot = heap->free_slot;

	if (heap->slot_count > 0 && slot != NO_SLOT) {
		heap->free_slot = heap->places[slot];
		return slot;
	}
	slot = heap->slot_count++;
	heap->uses[slot] = 0;
	heap->free_slot = NO_SLOT;
	return slot;
}

static void slot_release(struct event_heap *heap, uint32_t slot)
{
	heap->uses[slot]++;
	heap->places[slot] = heap->free_slot;
	heap->free_slot = slot;
}

static bool is_before(const struct event *a, const struct event *b)
{
	return a->due_ns < b->due_ns || (a->due_ns == b->due_ns && a->order < b->order);
}

static void put(struct event_heap *heap, uint32_t at, const struct event *event)
{
	heap->events[at] = *event;
	heap->places[event->slot] = at;
}

static void rise(struct event_heap *heap, uint32_t at, const struct event *event)
{
	while (at > 0 && is_before(event, &heap->events[(at - 1) / 2])) {
		put(heap, at, &heap->events[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(heap, at, event);
}

static void sink(struct event_heap *heap, uint32_t at, const struct event *event)
{
	uint32_t child;

	while ((child = 2 * at + 1) < heap->count) {
		if (child + 1 < heap->count &&
		    is_before(&heap->events[child + 1], &heap->events[child]))
			child++;
		if (!is_before(&heap->events[child], event))
			break;
		put(heap, at, &heap->events[child]);
		at = child;
	}
	put(heap, at, event);
}

uint64_t event_add(struct event_heap *heap, const struct event *event)
{
	struct event added = *event;

	if (heap->count == heap->room)
		grow(heap);
	added.slot = slot_take(heap);
	rise(heap, heap->count++, &added);
	return (uint64_t)heap->uses[added.slot] << SLOT_BITS | (added.slot + 1u);
}

static void take_at(struct event_heap *heap, uint32_t at)
{
	struct event last = heap->events[--heap->count];

	slot_release(heap, heap->events[at].slot);
	if (at == heap->count)
		return;
	if (at > 0 && is_before(&last, &heap->events[(at - 1) / 2]))
		rise(heap, at, &last);
	else
		sink(heap, at, &last);
}

void event_forget(struct event_heap *heap, uint64_t number)
{
	uint32_t slot = (uint32_t)number - 1;

	if (number == 0 || slot >= heap->slot_count || heap->uses[slot] != number >> SLOT_BITS)
		return;
	take_at(heap, heap->places[slot]);
}

const struct event *event_first(const struct event_heap *heap)
{
	return heap->count > 0 ? heap->events : NULL;
}

struct event event_take(struct event_heap *heap)
{
	struct event first = heap->events[0];

	take_at(heap, 0);
	return first;
}
