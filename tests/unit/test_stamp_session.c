/* The table of a Session-Reflector's sessions. */
#include <criterion/criterion.h>
#include <netinet/in.h>

#include "service/stamp_session.h"

#define COUNT 100

static struct stamp_session_table *table;

static void init(void)
{
	table = stamp_sessions_open(COUNT);
	cr_assert_not_null(table);
}

static void finish(void)
{
	stamp_sessions_close(table);
}

TestSuite(stamp_session, .init = init, .fini = finish);

static struct stamp_session *find(uint32_t host, uint64_t now_ns)
{
	const struct sockaddr_in peer = { .sin_family = AF_INET, .sin_addr = { htonl(host) } };

	return stamp_session_find(table, (const struct sockaddr *)&peer, 0, now_ns);
}

/* Each is marked with its number, so that a mix-up shows. */
static void fill(uint32_t first, uint64_t now_ns)
{
	for (uint32_t i = 0; i < COUNT; i++) {
		struct stamp_session *session = find(first + i, now_ns + i);

		cr_assert_not_null(session);
		cr_assert_eq(session->received, 0);
		session->received = first + i;
	}
}

Test(stamp_session, each_peer_has_its_own)
{
	fill(1, 1);
	for (uint32_t i = 0; i < COUNT; i++)
		cr_assert_eq(find(1 + i, 1000)->received, 1 + i);
}

Test(stamp_session, newcomers_wait_until_one_has_been_silent)
{
	fill(1, 1);
	cr_assert_null(find(1000, STAMP_SESSION_IDLE_NS + 1));
	/* Peer 1 speaks again, so peer 2 is now the one that is silent longest. */
	cr_assert_eq(find(1, STAMP_SESSION_IDLE_NS)->received, 1);
	cr_assert_not_null(find(1000, STAMP_SESSION_IDLE_NS + 3));
	cr_assert_eq(find(1, STAMP_SESSION_IDLE_NS + 3)->received, 1);
	cr_assert_null(find(2, STAMP_SESSION_IDLE_NS + 3));
	cr_assert_eq(find(3, STAMP_SESSION_IDLE_NS + 3)->received, 3);
}

Test(stamp_session, all_can_be_replaced_again_and_again)
{
	for (uint32_t round = 0; round < 5; round++)
		fill(1 + round * COUNT, 1 + round * (STAMP_SESSION_IDLE_NS * 2));
}

Test(stamp_session, begins_anew_after_a_silence)
{
	find(1, 1)->received = 5;
	cr_assert_eq(find(1, STAMP_SESSION_IDLE_NS)->received, 5);
	cr_assert_eq(find(1, 2 * STAMP_SESSION_IDLE_NS + 1)->received, 0);
}

Test(stamp_session, a_table_of_none_has_none)
{
	stamp_sessions_close(table);
	table = stamp_sessions_open(0);
	cr_assert_null(find(1, 1));
	cr_assert_null(find(1, UINT64_MAX));
}

static void depart(uint32_t name, int64_t departed_ns)
{
	const struct message message = { .kind = MESSAGE_DEPARTED,
					 .departure = name,
					 .departed_ns = departed_ns,
					 .stamp = STAMP_KERNEL };

	stamp_session_departed(table, &message);
}

Test(stamp_session, departures_find_the_number_of_their_answer)
{
	struct stamp_session *first = find(1, 1), *second = find(2, 1);
	uint32_t a = stamp_session_await(table, first, 0xfffffffe);
	uint32_t b = stamp_session_await(table, second, 9);
	uint32_t c = stamp_session_await(table, first, 2);

	depart(a, 100);
	cr_assert_eq(first->follow_up.sequence, 0xfffffffe);
	cr_assert_eq(first->follow_up.departed_ns, 100);
	cr_assert_eq(first->follow_up.source, STAMP_KERNEL);
	depart(c, 200);
	cr_assert_eq(first->follow_up.sequence, 2);
	cr_assert_eq(second->follow_up.source, STAMP_NONE);
	depart(b, 300);
	cr_assert_eq(second->follow_up.sequence, 9);
}

Test(stamp_session, departures_that_nobody_awaits_are_left_out)
{
	uint32_t name = stamp_session_await(table, find(1, 1), 5);

	depart(UINT32_MAX, 1);
	depart(name + (1u << STAMP_DEPARTURE_BITS), 1);
	cr_assert_eq(find(1, 2 * STAMP_SESSION_IDLE_NS)->follow_up.source, STAMP_NONE);
	depart(name, 1);
	cr_assert_eq(find(1, 2 * STAMP_SESSION_IDLE_NS)->follow_up.source, STAMP_NONE);
}
