#include "held.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/touch.h"

struct held_list {
	uint32_t count_max, count;
	struct held *entries;
	uint32_t entry_free;
	uint32_t *heap; /* entries, the one that is due first at 0 */
	uint32_t heap_count;
	uint64_t turns;
	uint32_t block_count, blocks_free;
	uint8_t *blocks;
	uint32_t *block_next; /* in an entry, or in the free list */
	uint32_t block_free;
	uint8_t *staging; /* where an entry's bytes are put together */
};

static void link_free(uint32_t *next, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		next[i] = i + 1 < count ? i + 1 : HELD_NONE;
}

int held_open(uint32_t count_max, uint32_t block_count, uint32_t length_max,
	      struct held_list **ret_list)
{
	struct held_list *list = calloc(1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	*list = (struct held_list){
		.count_max = count_max,
		.block_count = block_count,
		.blocks_free = block_count,
		.entries = calloc_touched(count_max, sizeof(*list->entries)),
		.heap = calloc_touched(count_max, sizeof(*list->heap)),
		.blocks = calloc_touched(block_count, HELD_BLOCK_SIZE),
		.block_next = calloc_touched(block_count, sizeof(*list->block_next)),
		.staging = calloc_touched(1, length_max > 0 ? length_max : 1),
	};
	if (!list->entries || !list->heap || !list->blocks || !list->block_next || !list->staging) {
		held_close(list);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < count_max; i++)
		list->entries[i].next_free = i + 1 < count_max ? i + 1 : HELD_NONE;
	link_free(list->block_next, block_count);
	*ret_list = list;
	return 0;
}

void held_close(struct held_list *list)
{
	if (!list)
		return;
	free(list->entries);
	free(list->heap);
	free(list->blocks);
	free(list->block_next);
	free(list->staging);
	free(list);
}

static uint32_t blocks_needed(uint32_t length)
{
	return (length + HELD_BLOCK_SIZE - 1) / HELD_BLOCK_SIZE;
}

static uint32_t blocks_fill(struct held_list *list, const uint8_t *bytes, uint32_t length)
{
	uint32_t first = HELD_NONE, *link = &first;

	while (length > 0) {
		uint32_t part = length < HELD_BLOCK_SIZE ? length : HELD_BLOCK_SIZE;
		uint32_t block = list->block_free;

		list->block_free = list->block_next[block];
		list->blocks_free--;
		memcpy(list->blocks + (size_t)block * HELD_BLOCK_SIZE, bytes, part);
		*link = block;
		link = &list->block_next[block];
		*link = HELD_NONE;
		bytes += part;
		length -= part;
	}
	return first;
}

uint32_t held_put(struct held_list *list, const struct held *entry, const void *bytes,
		  uint32_t length)
{
	uint32_t number = list->entry_free;
	struct held *kept;

	if (list->count == list->count_max || blocks_needed(length) > list->blocks_free)
		return HELD_NONE;
	kept = &list->entries[number];
	list->entry_free = kept->next_free;
	list->count++;
	*kept = *entry;
	kept->length = length;
	kept->block = blocks_fill(list, bytes, length);
	return number;
}

static bool is_before(const struct held_list *list, uint32_t a, uint32_t b)
{
	const struct held *one = &list->entries[list->heap[a]];
	const struct held *other = &list->entries[list->heap[b]];

	return one->due_ns < other->due_ns ||
	       (one->due_ns == other->due_ns && one->turn < other->turn);
}

static void swap(struct held_list *list, uint32_t a, uint32_t b)
{
	uint32_t entry = list->heap[a];

	list->heap[a] = list->heap[b];
	list->heap[b] = entry;
}

void held_due(struct held_list *list, uint32_t number, uint64_t due_ns)
{
	uint32_t at = list->heap_count++;

	assert(at < list->count);
	list->entries[number].due_ns = due_ns;
	list->entries[number].turn = list->turns++;
	list->heap[at] = number;
	for (; at > 0 && is_before(list, at, (at - 1) / 2); at = (at - 1) / 2)
		swap(list, at, (at - 1) / 2);
}

const struct held *held_at(const struct held_list *list, uint32_t number)
{
	return &list->entries[number];
}

const struct held *held_first(const struct held_list *list)
{
	return list->heap_count > 0 ? &list->entries[list->heap[0]] : NULL;
}

uint8_t *held_bytes(struct held_list *list, const struct held *entry)
{
	uint32_t block = entry->block;

	for (uint32_t at = 0; at < entry->length; at += HELD_BLOCK_SIZE) {
		uint32_t left = entry->length - at;

		memcpy(list->staging + at, list->blocks + (size_t)block * HELD_BLOCK_SIZE,
		       left < HELD_BLOCK_SIZE ? left : HELD_BLOCK_SIZE);
		block = list->block_next[block];
	}
	return list->staging;
}

static void blocks_free(struct held_list *list, uint32_t block)
{
	while (block != HELD_NONE) {
		uint32_t next = list->block_next[block];

		list->block_next[block] = list->block_free;
		list->block_free = block;
		list->blocks_free++;
		block = next;
	}
}

static void sink(struct held_list *list)
{
	uint32_t at = 0;

	for (;;) {
		uint32_t least = at;

		for (uint32_t child = 2 * at + 1; child <= 2 * at + 2; child++)
			if (child < list->heap_count && is_before(list, child, least))
				least = child;
		if (least == at)
			return;
		swap(list, at, least);
		at = least;
	}
}

void held_drop_first(struct held_list *list)
{
	uint32_t number = list->heap[0];

	assert(list->heap_count > 0);
	list->heap[0] = list->heap[--list->heap_count];
	sink(list);
	blocks_free(list, list->entries[number].block);
	list->entries[number].next_free = list->entry_free;
	list->entry_free = number;
	list->count--;
}

uint32_t held_count(const struct held_list *list)
{
	return list->count;
}
