/* The bounded table of irtt's sessions. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>

#include "service/irtt_session.h"

#define MS 1000000ull
#define TIMEOUT (60000 * MS)
#define START (1000 * MS)

static struct irtt_table *table;

static struct sockaddr_in peer_of(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
}

static struct irtt_session *add(uint16_t port, uint64_t now_ns)
{
	struct sockaddr_in peer = peer_of(port);

	return irtt_table_add(table, (const struct sockaddr *)&peer, sizeof(peer), now_ns);
}

static bool is_from(const struct irtt_session *session, uint16_t port)
{
	struct sockaddr_in peer = peer_of(port);

	return irtt_session_is_from(session, (const struct sockaddr *)&peer, sizeof(peer));
}

static void setup(void)
{
	cr_assert_eq(irtt_table_open(4, TIMEOUT, &table), 0);
}

static void teardown(void)
{
	irtt_table_close(table);
}

TestSuite(irtt_session, .init = setup, .fini = teardown);

Test(irtt_session, is_found_by_its_token_until_it_is_removed)
{
	struct irtt_session *one = add(1, START), *other = add(2, START);
	uint64_t token = one->token;

	cr_assert_neq(one->token, other->token);
	cr_assert_neq(token, 0);
	cr_assert_eq(irtt_table_find(table, token), one);
	cr_assert_eq(irtt_table_find(table, other->token), other);
	cr_assert_null(irtt_table_find(table, token + 1));
	cr_assert_null(irtt_table_find(table, 0));
	irtt_table_remove(table, one);
	cr_assert_null(irtt_table_find(table, token));
	cr_assert_eq(irtt_table_find(table, other->token), other);
}

Test(irtt_session, belongs_to_the_address_and_port_that_opened_it)
{
	struct irtt_session *session = add(4000, START);
	struct sockaddr_in other = peer_of(4000);

	cr_assert(is_from(session, 4000));
	cr_assert_not(is_from(session, 4001));
	other.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	cr_assert_not(
		irtt_session_is_from(session, (const struct sockaddr *)&other, sizeof(other)));
	cr_assert_not(irtt_session_is_from(session, NULL, 0));
}

Test(irtt_session, is_the_same_peer_whatever_the_flow_label)
{
	struct sockaddr_in6 peer = { .sin6_family = AF_INET6, .sin6_port = 7 };
	struct irtt_session *session;

	session = irtt_table_add(table, (const struct sockaddr *)&peer, sizeof(peer), START);
	peer.sin6_flowinfo = 12345;
	cr_assert(irtt_session_is_from(session, (const struct sockaddr *)&peer, sizeof(peer)));
	peer.sin6_scope_id = 3;
	cr_assert_not(irtt_session_is_from(session, (const struct sockaddr *)&peer, sizeof(peer)));
}

Test(irtt_session, needs_an_address)
{
	sa_family_t unnamed = AF_UNIX;

	cr_assert_null(irtt_table_add(table, NULL, 0, START));
	cr_assert_null(
		irtt_table_add(table, (const struct sockaddr *)&unnamed, sizeof(unnamed), START));
}

/* A flood of opens keeps out nobody who uses his session. */
Test(irtt_session, pushes_out_what_was_opened_and_never_used)
{
	struct irtt_session *used = add(1, START);
	uint64_t used_token = used->token, last_token = 0;

	cr_assert(irtt_session_allows(used, 0, START));
	for (uint16_t port = 2; port < 1000; port++) {
		struct irtt_session *session = add(port, START + 1);

		cr_assert_not_null(session);
		last_token = session->token;
	}
	cr_assert_not_null(irtt_table_find(table, used_token));
	cr_assert_not_null(irtt_table_find(table, last_token));
}

Test(irtt_session, has_no_room_while_all_are_in_use)
{
	for (uint16_t port = 1; port <= 4; port++)
		cr_assert(irtt_session_allows(add(port, START), 0, START));
	cr_assert_null(add(5, START + TIMEOUT));
	cr_assert_not_null(add(5, START + TIMEOUT + 1), "they have ended");
}

Test(irtt_session, ends_when_it_is_silent_for_too_long)
{
	struct irtt_session *session = add(1, START);
	uint64_t token = session->token;

	cr_assert_not(irtt_table_expire(table, session, START + TIMEOUT));
	cr_assert(irtt_session_allows(session, 0, START + TIMEOUT));
	cr_assert_not(irtt_table_expire(table, session, START + 2 * TIMEOUT));
	cr_assert(irtt_table_expire(table, session, START + 2 * TIMEOUT + 1));
	cr_assert_null(irtt_table_find(table, token));
}

/* As irtt's server: five at once, then one an interval. */
Test(irtt_session, lets_a_burst_pass_and_then_one_an_interval)
{
	struct irtt_session *session = add(1, START);
	uint64_t now_ns = START + 3600000 * MS;

	for (int i = 0; i < IRTT_BURST; i++)
		cr_assert(irtt_session_allows(session, 10 * MS, now_ns), "%d", i);
	cr_assert_not(irtt_session_allows(session, 10 * MS, now_ns));
	cr_assert_not(irtt_session_allows(session, 10 * MS, now_ns + 9 * MS));
	cr_assert(irtt_session_allows(session, 10 * MS, now_ns + 10 * MS));
	cr_assert_not(irtt_session_allows(session, 10 * MS, now_ns + 11 * MS));
	now_ns += 3600000 * MS;
	for (int i = 0; i < IRTT_BURST; i++)
		cr_assert(irtt_session_allows(session, 10 * MS, now_ns), "%d", i);
	cr_assert_not(irtt_session_allows(session, 10 * MS, now_ns));
}

Test(irtt_session, is_not_confused_by_what_overtook)
{
	struct irtt_session *session = add(1, START);

	cr_assert(irtt_session_allows(session, 10 * MS, START + 10 * MS));
	for (int i = 1; i < IRTT_BURST; i++)
		cr_assert(irtt_session_allows(session, 10 * MS, START + 9 * MS), "%d", i);
	cr_assert_not(irtt_session_allows(session, 10 * MS, START + 9 * MS));
	cr_assert_not(irtt_session_allows(session, 10 * MS, START + 19 * MS));
	cr_assert(irtt_session_allows(session, 10 * MS, START + 20 * MS));
}

Test(irtt_session, counts_what_it_received_and_when_seen_from_the_packet)
{
	struct irtt_session *session = add(1, START);

	cr_assert_eq(irtt_session_count(session, 0), 1);
	cr_assert_eq(irtt_session_count(session, 1), 3);
	cr_assert_eq(irtt_session_count(session, 3), 0xd, "2 is missing");
	cr_assert_eq(irtt_session_count(session, 3), 0xd, "a duplicate");
	cr_assert_eq(irtt_session_count(session, 2), 7, "late");
	cr_assert_eq(irtt_session_count(session, 4), 0x1f, "the late one has come");
	cr_assert_eq(irtt_session_count(session, 67), 1ull << 63 | 1);
	cr_assert_eq(irtt_session_count(session, 3), 0, "forgotten");
	cr_assert_eq(irtt_session_count(session, 131), 1);
	cr_assert_eq(session->count, 9);
}

Test(irtt_session, counts_over_the_end_of_the_numbers)
{
	struct irtt_session *session = add(1, START);

	cr_assert_eq(irtt_session_count(session, UINT32_MAX - 1), 1);
	cr_assert_eq(irtt_session_count(session, UINT32_MAX), 3);
	cr_assert_eq(irtt_session_count(session, 0), 7);
	cr_assert_eq(irtt_session_count(session, 0x80000000), 0, "half of all numbers behind");
}
