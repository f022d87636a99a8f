/* Which datagrams serve leaves unanswered. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "serve/guard.h"

static struct guard guard;

static void init(void)
{
	guard_init(&guard);
}

TestSuite(guard, .init = init);

static struct sockaddr_storage address(const char *host, uint16_t port)
{
	struct sockaddr_storage storage = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&storage;

	if (strchr(host, ':')) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		cr_assert_eq(inet_pton(AF_INET6, host, &v6->sin6_addr), 1);
	} else {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		cr_assert_eq(inet_pton(AF_INET, host, &v4->sin_addr), 1);
	}
	return storage;
}

/* What is said of a datagram from a host and port to a local address (NULL: not known). */
static enum message_refusal check(const char *host, uint16_t port, const char *to)
{
	struct sockaddr_storage peer = address(host, port);
	struct sockaddr_storage local = address(to ? to : "0.0.0.0", 7);
	struct datagram datagram = {
		.peer = (struct sockaddr *)&peer,
		.peer_length = sizeof(peer),
		.local = to ? (struct sockaddr *)&local : NULL,
	};

	return guard_check(&guard, &datagram);
}

static void assert_ports(const char *host)
{
	static const uint16_t refused[] = { 0, 1, 7, 53, 1023, 1900, 2049, 5353, 11211 };
	static const uint16_t answered[] = { 1024, 1899, 1901, 5354, 11212, 33000, 65535 };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_assert_eq(check(host, refused[i], NULL), REFUSED_PORT, "port %u", refused[i]);
	for (size_t i = 0; i < sizeof(answered) / sizeof(answered[0]); i++)
		cr_assert_eq(check(host, answered[i], NULL), REFUSED_NOT, "port %u", answered[i]);
}

Test(guard, refuses_ports_of_services)
{
	assert_ports("127.0.0.1");
	assert_ports("2001:db8::1");
}

Test(guard, refuses_our_own_ports)
{
	cr_assert_eq(check("192.0.2.1", 7777, NULL), REFUSED_NOT);
	guard_add_port(&guard, 7777);
	cr_assert_eq(check("192.0.2.1", 7777, NULL), REFUSED_PORT);
	cr_assert_eq(check("::1", 7777, NULL), REFUSED_PORT);
}

Test(guard, refuses_the_ports_that_are_named)
{
	struct port_list ports = { .count = 2, .items = { { 1434, 1434 }, { 5060, 5070 } } };

	guard_add_ports(&guard, &ports);
	cr_assert_eq(check("192.0.2.1", 1434, NULL), REFUSED_PORT);
	cr_assert_eq(check("192.0.2.1", 1435, NULL), REFUSED_NOT);
	cr_assert_eq(check("192.0.2.1", 5059, NULL), REFUSED_NOT);
	cr_assert_eq(check("192.0.2.1", 5060, NULL), REFUSED_PORT);
	cr_assert_eq(check("2001:db8::1", 5070, NULL), REFUSED_PORT);
	cr_assert_eq(check("192.0.2.1", 5071, NULL), REFUSED_NOT);
}

Test(guard, refuses_all_ports_if_it_has_to)
{
	struct port_list ports = { .count = 1, .items = { { 1, UINT16_MAX } } };

	guard_add_ports(&guard, &ports);
	cr_assert_eq(check("192.0.2.1", UINT16_MAX, NULL), REFUSED_PORT);
}

Test(guard, refuses_sources_that_are_not_one_host)
{
	static const char *const refused[] = {
		"0.0.0.0", "0.1.2.3", "224.0.0.1",	  "239.255.255.1", "255.255.255.255",
		"::",	   "ff02::1", "::ffff:224.0.0.1", "::ffff:0.0.0.1"
	};
	static const char *const answered[] = { "127.0.0.1", "10.0.0.1", "223.255.255.1",
						"::1",	     "fe80::1",	 "::ffff:127.0.0.1" };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_assert_eq(check(refused[i], 40000, NULL), REFUSED_ADDRESS, "%s", refused[i]);
	for (size_t i = 0; i < sizeof(answered) / sizeof(answered[0]); i++)
		cr_assert_eq(check(answered[i], 40000, NULL), REFUSED_NOT, "%s", answered[i]);
}

Test(guard, refuses_broadcast_addresses_of_interfaces)
{
	cr_assert_eq(check("192.0.2.255", 40000, NULL), REFUSED_NOT);
	guard_add_broadcast(&guard, inet_addr("192.0.2.255"));
	cr_assert_eq(check("192.0.2.255", 40000, NULL), REFUSED_ADDRESS);
	cr_assert_eq(check("::ffff:192.0.2.255", 40000, NULL), REFUSED_ADDRESS);
	cr_assert_eq(check("192.0.2.1", 40000, "192.0.2.255"), REFUSED_ADDRESS);
}

Test(guard, refuses_what_was_sent_to_many)
{
	cr_assert_eq(check("192.0.2.1", 40000, "192.0.2.2"), REFUSED_NOT);
	cr_assert_eq(check("192.0.2.1", 40000, "255.255.255.255"), REFUSED_ADDRESS);
	cr_assert_eq(check("192.0.2.1", 40000, "224.0.0.251"), REFUSED_ADDRESS);
	cr_assert_eq(check("fe80::1", 40000, "ff02::fb"), REFUSED_ADDRESS);
	cr_assert_eq(check("fe80::1", 40000, "fe80::2"), REFUSED_NOT);
}

Test(guard, lets_unix_sockets_pass)
{
	struct sockaddr peer = { .sa_family = AF_UNIX };
	struct datagram datagram = { .peer = &peer, .peer_length = sizeof(peer) };

	cr_assert_eq(guard_check(&guard, &datagram), REFUSED_NOT);
}

Test(guard, remembers_a_limited_number_of_broadcast_addresses)
{
	for (uint32_t i = 0; i < 2 * GUARD_BROADCAST_MAX; i++)
		guard_add_broadcast(&guard, htonl(0x0a0000ff + (i << 8)));
	cr_assert_eq(check("10.0.0.255", 40000, NULL), REFUSED_ADDRESS);
	cr_assert_eq(check("10.0.0.1", 40000, NULL), REFUSED_NOT);
}

Test(guard, lets_an_answer_be_as_long_as_the_question_or_a_line_of_daytime)
{
	cr_assert_eq(guard_check_length(0, 0), REFUSED_NOT);
	cr_assert_eq(guard_check_length(0, 26), REFUSED_NOT);
	cr_assert_eq(guard_check_length(0, 27), REFUSED_SIZE);
	cr_assert_eq(guard_check_length(26, 27), REFUSED_SIZE);
	cr_assert_eq(guard_check_length(27, 27), REFUSED_NOT);
	cr_assert_eq(guard_check_length(511, 512), REFUSED_SIZE);
	cr_assert_eq(guard_check_length(65507, 65507), REFUSED_NOT);
}

Test(guard, knows_a_broadcast_address_once_and_says_when_there_are_too_many)
{
	cr_assert_eq(guard_add_broadcast(&guard, inet_addr("10.255.255.255")), 0);
	cr_assert_eq(guard_add_broadcast(&guard, inet_addr("10.255.255.255")), 0);
	cr_assert_eq(guard.broadcast_count, 1);
	for (uint32_t i = 1; i < GUARD_BROADCAST_MAX; i++)
		cr_assert_eq(guard_add_broadcast(&guard, htonl(i)), 0);
	cr_assert_eq(guard_add_broadcast(&guard, inet_addr("10.255.255.255")), 0);
	cr_assert_eq(guard_add_broadcast(&guard, inet_addr("10.0.255.255")), -ENOSPC);
}
