/* Answers that are held until they are due: in order, whole, and no more than there is room for. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "serve/held.h"

enum { COUNT = 64, BLOCKS = 100, LENGTH_MAX = 8 * HELD_BLOCK_SIZE };

static struct held_list *list;

static void init(void)
{
	cr_assert_eq(held_open(COUNT, BLOCKS, LENGTH_MAX, &list), 0);
}

static void finish(void)
{
	held_close(list);
}

TestSuite(held, .init = init, .fini = finish);

static uint32_t put(uint32_t name, uint32_t length)
{
	uint8_t bytes[LENGTH_MAX];

	for (uint32_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)(name + i * 7 + i / 251);
	return held_put(list, &(struct held){ .connection = name }, bytes, length);
}

static void expect(uint32_t name, uint32_t length)
{
	const struct held *first = held_first(list);
	const uint8_t *bytes;

	cr_assert_not_null(first);
	cr_assert_eq(first->connection, name, "%u comes before %u", first->connection, name);
	cr_assert_eq(first->length, length);
	bytes = held_bytes(list, first);
	for (uint32_t i = 0; i < length; i++)
		cr_assert_eq(bytes[i], (uint8_t)(name + i * 7 + i / 251), "byte %u", i);
	held_drop_first(list);
}

Test(held, what_is_due_first_comes_first_and_equals_in_their_order)
{
	static const uint64_t due[] = { 50, 10, 30, 10, 50, 20, 10 };
	static const uint32_t order[] = { 1, 3, 6, 5, 2, 0, 4 };

	for (uint32_t i = 0; i < 7; i++)
		held_due(list, put(i, i * 300), due[i]);
	for (uint32_t i = 0; i < 7; i++)
		expect(order[i], order[i] * 300);
	cr_assert_null(held_first(list));
	cr_assert_eq(held_count(list), 0);
}

Test(held, many_in_any_order_come_sorted)
{
	uint64_t last = 0;

	srand(1);
	for (int round = 0; round < 1000; round++) {
		while (held_count(list) < COUNT / 2)
			held_due(list, put(1, 10), last + (uint64_t)(rand() % 1000));
		for (int i = 0; i < 10; i++) {
			cr_assert_geq(held_first(list)->due_ns, last);
			last = held_first(list)->due_ns;
			expect(1, 10);
		}
	}
}

Test(held, without_a_time_it_waits)
{
	uint32_t number = put(1, 5);

	cr_assert_null(held_first(list));
	cr_assert_eq(held_count(list), 1);
	held_due(list, number, 0);
	expect(1, 5);
}

Test(held, what_does_not_fit_is_refused_until_there_is_room)
{
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < BLOCKS / 8; i++)
			held_due(list, put(i, LENGTH_MAX), i);
		cr_assert_eq(put(99, LENGTH_MAX), HELD_NONE, "no block is left");
		for (uint32_t i = BLOCKS / 8; i < COUNT; i++)
			held_due(list, put(i, 0), i);
		cr_assert_eq(put(99, 0), HELD_NONE, "no entry is left");
		for (uint32_t i = 0; i < COUNT; i++)
			expect(i, i < BLOCKS / 8 ? LENGTH_MAX : 0);
	}
}
