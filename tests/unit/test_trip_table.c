/* The round trips of a client: found by their number, and remembered for as long as can be. */
#include <criterion/criterion.h>

#include "load/trip_table.h"

#define DEPTH 3u

static struct trip_slots slots[DEPTH];
static struct trip_table table;

static void begin(void)
{
	trip_table_init(&table, slots, DEPTH);
}

TestSuite(trip_table, .init = begin);

Test(trip_table, a_trip_is_found_by_its_number)
{
	struct trip *trip = trip_table_use(&table, 7);

	cr_assert_eq(trip->state, TRIP_OUTSTANDING);
	cr_assert_eq(trip_table_find(&table, 7), trip);
	/* In the same list, and not there. */
	cr_assert_null(trip_table_find(&table, 7 + TRIP_TABLE_SLOTS * DEPTH));
	cr_assert_null(trip_table_find(&table, 8));
}

Test(trip_table, there_are_twice_as_many_as_may_be_outstanding)
{
	for (uint32_t i = 0; i < TRIP_TABLE_SLOTS * DEPTH; i++) {
		cr_assert_not_null(trip_table_next(&table));
		(void)trip_table_use(&table, i);
	}
	cr_assert_null(trip_table_next(&table));
	trip_table_end(&table, trip_table_find(&table, 2), TRIP_COMPLETE);
	cr_assert_eq(trip_table_next(&table), trip_table_find(&table, 2));
}

Test(trip_table, what_ended_is_remembered_until_its_slot_is_needed_first_come_first_served)
{
	for (uint32_t i = 0; i < 1000; i++) {
		struct trip *trip = trip_table_use(&table, i);

		trip_table_end(&table, trip, TRIP_COMPLETE);
		for (uint32_t age = 0; age < TRIP_TABLE_SLOTS * DEPTH && age <= i; age++) {
			trip = trip_table_find(&table, i - age);
			cr_assert_not_null(trip, "%u of %u", i - age, i);
			cr_assert_eq(trip->state, TRIP_COMPLETE);
		}
		if (i >= TRIP_TABLE_SLOTS * DEPTH)
			cr_assert_null(trip_table_find(&table, i - TRIP_TABLE_SLOTS * DEPTH));
	}
}

Test(trip_table, numbers_that_are_far_apart_share_a_list)
{
	struct trip *first = trip_table_use(&table, 1), *second, *third;

	second = trip_table_use(&table, 1 + TRIP_TABLE_SLOTS * DEPTH);
	third = trip_table_use(&table, 1 + 2 * TRIP_TABLE_SLOTS * DEPTH);
	cr_assert_eq(trip_table_find(&table, 1), first);
	trip_table_end(&table, second, TRIP_LOST);
	for (uint32_t i = 100; i < 100 + TRIP_TABLE_SLOTS * DEPTH - 2; i++)
		trip_table_end(&table, trip_table_use(&table, i), TRIP_COMPLETE);
	cr_assert_null(trip_table_find(&table, 1 + TRIP_TABLE_SLOTS * DEPTH));
	cr_assert_eq(trip_table_find(&table, 1), first);
	cr_assert_eq(trip_table_find(&table, 1 + 2 * TRIP_TABLE_SLOTS * DEPTH), third);
}

Test(trip_table, what_was_given_up_is_known_once)
{
	trip_table_note_lost(&table, 70);
	cr_assert_not(trip_table_forget_lost(&table, 71));
	cr_assert(trip_table_forget_lost(&table, 70));
	cr_assert_not(trip_table_forget_lost(&table, 70));
}

Test(trip_table, a_number_that_is_used_is_not_given_up)
{
	trip_table_note_lost(&table, 5);
	(void)trip_table_use(&table, 5 + 64 * DEPTH);
	cr_assert_not(trip_table_forget_lost(&table, 5));
}
