#include "trip_table.h"

#include <stddef.h>

#define SLOT_NONE UINT32_MAX

/* Of each word of the memory for what was given up. */
#define LOST_BITS 64u

struct trip *trip_table_at(const struct trip_table *table, uint32_t index)
{
	return &table->slots[index / TRIP_TABLE_SLOTS].trips[index % TRIP_TABLE_SLOTS];
}

/* Numbers follow one another, so that lists have one trip nearly always. */
static uint32_t *list_of(const struct trip_table *table, uint32_t number)
{
	uint32_t index = number % table->slot_count;

	return &table->slots[index / TRIP_TABLE_SLOTS].lists[index % TRIP_TABLE_SLOTS];
}

static uint64_t *lost_word(const struct trip_table *table, uint32_t number)
{
	uint32_t words = table->slot_count / TRIP_TABLE_SLOTS;

	return &table->slots[number / LOST_BITS % words].lost;
}

void trip_table_init(struct trip_table *ret_table, struct trip_slots *slots, uint32_t depth)
{
	struct trip_table table = {
		.slots = slots,
		.slot_count = depth * TRIP_TABLE_SLOTS,
		.last_free = depth * TRIP_TABLE_SLOTS - 1,
	};

	for (uint32_t i = 0; i < table.slot_count; i++) {
		*trip_table_at(&table, i) = (struct trip){ .following = i + 1 };
		*list_of(&table, i) = SLOT_NONE;
	}
	trip_table_at(&table, table.last_free)->following = SLOT_NONE;
	*ret_table = table;
}

struct trip *trip_table_find(const struct trip_table *table, uint32_t number)
{
	uint32_t index = *list_of(table, number);

	while (index != SLOT_NONE) {
		struct trip *trip = trip_table_at(table, index);

		if (trip->number == number)
			return trip;
		index = trip->next;
	}
	return NULL;
}

struct trip *trip_table_next(const struct trip_table *table)
{
	return table->first_free == SLOT_NONE ? NULL : trip_table_at(table, table->first_free);
}

/* What the slot remembered is forgotten. */
static void leave_list(struct trip_table *table, uint32_t index)
{
	const struct trip *trip = trip_table_at(table, index);
	uint32_t *place = list_of(table, trip->number);

	if (trip->state == TRIP_FREE)
		return;
	while (*place != index)
		place = &trip_table_at(table, *place)->next;
	*place = trip->next;
}

struct trip *trip_table_use(struct trip_table *table, uint32_t number)
{
	uint32_t index = table->first_free;
	struct trip *trip = trip_table_at(table, index);
	uint32_t *list = list_of(table, number);

	table->first_free = trip->following;
	leave_list(table, index);
	*trip = (struct trip){
		.state = TRIP_OUTSTANDING,
		.number = number,
		.next = *list,
		.following = SLOT_NONE,
	};
	*list = index;
	(void)trip_table_forget_lost(table, number);
	return trip;
}

static uint32_t index_of(const struct trip_table *table, const struct trip *trip)
{
	size_t octets = (size_t)((const char *)trip - (const char *)table->slots);
	uint32_t block = (uint32_t)(octets / sizeof(struct trip_slots));

	return block * TRIP_TABLE_SLOTS + (uint32_t)(trip - table->slots[block].trips);
}

void trip_table_end(struct trip_table *table, struct trip *trip, enum trip_state state)
{
	uint32_t index = index_of(table, trip);

	trip->state = (uint8_t)state;
	trip->following = SLOT_NONE;
	if (table->first_free == SLOT_NONE)
		table->first_free = index;
	else
		trip_table_at(table, table->last_free)->following = index;
	table->last_free = index;
}

void trip_table_note_lost(struct trip_table *table, uint32_t number)
{
	*lost_word(table, number) |= 1ull << number % LOST_BITS;
}

bool trip_table_forget_lost(struct trip_table *table, uint32_t number)
{
	uint64_t bit = 1ull << number % LOST_BITS, *word = lost_word(table, number);
	bool lost = *word & bit;

	*word &= ~bit;
	return lost;
}
