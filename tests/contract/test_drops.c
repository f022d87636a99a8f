/* What the kernel drops at an engine's datagram sockets while the program takes no turn. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hand.h"

enum { FLOOD = 3000, LENGTH = 600, RECEIVE_BUFFER = 16384, NS_PER_MS = 1000000 };

TestSuite(drops, .timeout = 60);

/* A socket that holds few datagrams. */
static int narrow(int fd)
{
	const int size = RECEIVE_BUFFER;

	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	return fd;
}

static void open_default(struct hand *hand)
{
	struct engine_config config;

	setting_config(&config);
	hand_open(hand, &config);
}

/* Everything that is sent, until the socket takes no more. Returns how many it took. */
static uint32_t flood(int fd, const struct address *to)
{
	static const char bytes[LENGTH];

	for (uint32_t sent = 0; sent < FLOOD; sent++)
		if (sendto(fd, bytes, sizeof(bytes), MSG_DONTWAIT, address_bytes(to), to->length) <
		    0) {
			cr_assert_eq(errno, EAGAIN, "%s", strerror(errno));
			return sent;
		}
	return FLOOD;
}

static uint32_t data_of_turn(struct hand *hand, uint64_t wait_ns)
{
	uint32_t data = 0;

	(void)hand_turn(hand, wait_ns);
	for (uint32_t i = 0; i < hand->count; i++)
		data += hand->batch[i].kind == MESSAGE_DATA;
	return data;
}

/* Take turns until each datagram has come or was dropped. Returns how many were. */
static uint64_t account(struct hand *hand, uint32_t sent)
{
	time_t deadline = time(NULL) + PEER_DEADLINE_S;
	uint64_t received = 0;

	while (received + engine_kernel_drops(hand->engine) < sent) {
		received += data_of_turn(hand, NS_PER_MS);
		cr_assert_lt(time(NULL), deadline, "%llu of %u datagrams are accounted for",
			     (unsigned long long)(received + engine_kernel_drops(hand->engine)),
			     sent);
	}
	received += data_of_turn(hand, 0);
	cr_assert_eq(received + engine_kernel_drops(hand->engine), sent);
	return engine_kernel_drops(hand->engine);
}

static void check_listener(const struct address *at)
{
	int fd = narrow(peer_bind(SOCK_DGRAM, at, 0));
	struct address bound = address_of(fd);
	int peer = peer_socket(SOCK_DGRAM, bound.storage.ss_family, NULL);
	struct hand hand;
	uint64_t drops;

	open_default(&hand);
	cr_assert_eq(engine_listen(hand.engine, fd, NULL, NULL), 0);
	(void)hand_turn(&hand, 0);
	cr_assert_eq(engine_kernel_drops(hand.engine), 0);
	cr_assert_eq(flood(peer, &bound), FLOOD);
	drops = account(&hand, FLOOD);
	cr_assert_gt(drops, FLOOD / 2, "only %llu were dropped", (unsigned long long)drops);
	cr_assert_eq(flood(peer, &bound), FLOOD);
	cr_assert_gt(account(&hand, (uint32_t)(FLOOD + drops)), drops);
	(void)close(peer);
	hand_close(&hand);
}

Test(drops, what_a_udp_listener_has_no_room_for_is_counted_exactly)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_listener(&at);
}

Test(drops, what_a_udp_listener_over_ipv6_has_no_room_for_is_counted_exactly)
{
	struct address at = address_ip("::1", 0);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (bind(fd, address_bytes(&at), at.length) != 0)
		cr_skip_test("no IPv6 on loopback");
	(void)close(fd);
	check_listener(&at);
}

Test(drops, what_a_client_was_not_given_stays_counted_when_it_has_closed)
{
	struct address at = address_ip("127.0.0.1", 0);
	int peer = peer_bind(SOCK_DGRAM, &at, 0);
	int fd = narrow(peer_bind(SOCK_DGRAM, &at, 0));
	struct address server = address_of(peer), client = address_of(fd);
	struct hand hand;
	uint32_t connection;
	uint64_t drops;

	open_default(&hand);
	cr_assert_eq(
		engine_connect(hand.engine, fd, address_bytes(&server), server.length, &connection),
		0);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	cr_assert_eq(flood(peer, &client), FLOOD);
	drops = account(&hand, FLOOD);
	cr_assert_gt(drops, 0);
	engine_hang_up(hand.engine, connection);
	(void)hand_expect(&hand, MESSAGE_CLOSED);
	cr_assert_eq(engine_kernel_drops(hand.engine), drops);
	(void)hand_turn(&hand, 0);
	cr_assert_eq(engine_kernel_drops(hand.engine), drops);
	(void)close(peer);
	hand_close(&hand);
}

/* Its sender is told to wait: nothing that was taken is lost. */
Test(drops, a_unix_datagram_socket_drops_nothing)
{
	struct address at = address_unix_fresh();
	int fd = narrow(peer_bind(SOCK_DGRAM, &at, 0));
	int peer = peer_socket(SOCK_DGRAM, AF_UNIX, NULL);
	struct hand hand;
	uint32_t sent;

	open_default(&hand);
	cr_assert_eq(engine_listen(hand.engine, fd, NULL, NULL), 0);
	(void)hand_turn(&hand, 0);
	sent = flood(peer, &at);
	cr_assert_gt(sent, 0);
	cr_assert_lt(sent, FLOOD, "the socket never said that it was full");
	cr_assert_eq(account(&hand, sent), 0);
	(void)close(peer);
	hand_close(&hand);
	address_unlink(&at);
}
