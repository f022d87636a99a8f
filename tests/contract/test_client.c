/* The engine as a client: it connects, is refused, and talks to a plain socket. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "hand.h"

TestSuite(client, .timeout = 60);

static int connect_engine(struct hand *hand, int type, const struct address *to,
			  uint32_t *ret_connection)
{
	int family = to->storage.ss_family;
	struct address unnamed = { .storage.ss_family = AF_UNIX, .length = sizeof(sa_family_t) };
	int fd = peer_socket(type, family,
			     family == AF_UNIX && type == SOCK_DGRAM ? &unnamed : NULL);

	return engine_connect(hand->engine, fd, address_bytes(to), to->length, ret_connection);
}

static void open_default(struct hand *hand)
{
	struct engine_config config;

	setting_config(&config);
	hand_open(hand, &config);
}

static void check_conversation(int type, const struct address *at)
{
	int listener = peer_bind(type, at, SOMAXCONN), peer;
	struct address bound = address_of(listener);
	struct hand hand;
	struct message *message;
	uint32_t connection;
	char bytes[16];

	open_default(&hand);
	cr_assert_eq(connect_engine(&hand, type, &bound, &connection), 0);
	message = hand_expect(&hand, MESSAGE_OPENED);
	cr_assert_eq(message->connection, connection);
	cr_assert(message->flags & MESSAGE_CLIENT);
	cr_assert_eq(message->listener, UINT16_MAX);
	peer = (int)RETRY(accept(listener, NULL, NULL));
	cr_assert_geq(peer, 0);
	cr_assert_eq(engine_send(hand.engine, connection, "question", 8), 0);
	hand_receive(&hand, peer, bytes, 8);
	cr_assert_arr_eq(bytes, "question", 8);
	peer_send(peer, "answer", 6);
	message = hand_expect(&hand, MESSAGE_DATA);
	cr_assert_eq(message->connection, connection);
	cr_assert_eq(message->length, 6);
	cr_assert_arr_eq(message->data, "answer", 6);
	message->reply = 3;
	hand_receive(&hand, peer, bytes, 3);
	cr_assert_arr_eq(bytes, "ans", 3);
	(void)close(peer);
	message = hand_expect(&hand, MESSAGE_CLOSED);
	cr_assert_eq(message->connection, connection);
	cr_assert_eq(engine_counters(hand.engine)->connected, 1);
	hand_close(&hand);
	(void)close(listener);
	address_unlink(&bound);
}

Test(client, it_talks_over_tcp)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_conversation(SOCK_STREAM, &at);
}

Test(client, it_talks_over_a_unix_stream)
{
	struct address at = address_unix_fresh();

	check_conversation(SOCK_STREAM, &at);
}

Test(client, it_talks_in_unix_records)
{
	struct address at = address_unix_fresh();

	check_conversation(SOCK_SEQPACKET, &at);
}

static void check_datagrams(const struct address *at)
{
	int peer = peer_bind(SOCK_DGRAM, at, 0);
	struct address bound = address_of(peer), from = { 0 };
	struct hand hand;
	struct message *message;
	uint32_t connection;
	char bytes[16];

	open_default(&hand);
	cr_assert_eq(connect_engine(&hand, SOCK_DGRAM, &bound, &connection), 0);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	for (int i = 0; i < 20; i++) {
		cr_assert_eq(engine_send(hand.engine, connection, "question", 8), 0);
		hand_await_input(&hand, peer);
		from.length = sizeof(from.storage);
		cr_assert_eq(recvfrom(peer, bytes, sizeof(bytes), 0,
				      (struct sockaddr *)&from.storage, &from.length),
			     8);
		cr_assert_eq(sendto(peer, "answer", 6, 0, address_bytes(&from), from.length), 6);
		message = hand_expect(&hand, MESSAGE_DATA);
		cr_assert_eq(message->connection, connection);
		cr_assert(message->flags & MESSAGE_DATAGRAM);
		cr_assert_eq(message->length, 6);
		cr_assert_arr_eq(message->data, "answer", 6);
	}
	engine_hang_up(hand.engine, connection);
	(void)hand_expect(&hand, MESSAGE_CLOSED);
	hand_close(&hand);
	(void)close(peer);
	address_unlink(&bound);
}

Test(client, it_exchanges_udp_datagrams)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_datagrams(&at);
}

Test(client, it_exchanges_unix_datagrams)
{
	struct address at = address_unix_fresh();

	check_datagrams(&at);
}

Test(client, it_hears_from_its_peer_alone)
{
	struct address at = address_ip("127.0.0.1", 0), near;
	int peer = peer_bind(SOCK_DGRAM, &at, 0), stranger = peer_socket(SOCK_DGRAM, AF_INET, NULL);
	struct address bound = address_of(peer);
	int fd = peer_socket(SOCK_DGRAM, AF_INET, &at);
	struct hand hand;
	struct message *message;
	uint32_t connection;

	near = address_of(fd);
	open_default(&hand);
	cr_assert_eq(
		engine_connect(hand.engine, fd, address_bytes(&bound), bound.length, &connection),
		0);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	(void)sendto(stranger, "strange", 7, 0, address_bytes(&near), near.length);
	cr_assert_eq(sendto(peer, "known", 5, 0, address_bytes(&near), near.length), 5);
	message = hand_expect(&hand, MESSAGE_DATA);
	cr_assert_eq(message->length, 5);
	cr_assert_arr_eq(message->data, "known", 5);
	hand_close(&hand);
}

static void check_refused(int type, const struct address *to, int error)
{
	struct hand hand;
	struct message *message;
	uint32_t connection;

	open_default(&hand);
	for (int i = 0; i < 10; i++) {
		cr_assert_eq(connect_engine(&hand, type, to, &connection), 0);
		message = hand_expect(&hand, MESSAGE_CLOSED);
		cr_assert_eq(message->connection, connection);
		cr_assert(message->flags & MESSAGE_CLIENT);
		cr_assert_eq(message->error, error, "%s", strerror(-message->error));
	}
	cr_assert_eq(engine_connections(hand.engine), 0);
	hand_close(&hand);
}

Test(client, a_refused_connection_is_closed_with_the_reason)
{
	struct address at = address_ip(address_private_host(), 0);
	int fd = peer_socket(SOCK_STREAM, AF_INET, &at);
	struct address silent = address_of(fd);

	check_refused(SOCK_STREAM, &silent, -ECONNREFUSED);
	(void)close(fd);
}

Test(client, a_missing_unix_path_is_closed_with_the_reason)
{
	struct address missing = address_unix_fresh();

	check_refused(SOCK_STREAM, &missing, -ENOENT);
}

Test(client, a_server_that_resets_is_closed_with_the_reason)
{
	struct address at = address_ip("127.0.0.1", 0);
	int listener = peer_bind(SOCK_STREAM, &at, SOMAXCONN);
	struct address bound = address_of(listener);
	struct hand hand;
	uint32_t connection;

	open_default(&hand);
	cr_assert_eq(connect_engine(&hand, SOCK_STREAM, &bound, &connection), 0);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	peer_reset((int)RETRY(accept(listener, NULL, NULL)));
	cr_assert_eq(hand_expect(&hand, MESSAGE_CLOSED)->error, -ECONNRESET);
	hand_close(&hand);
	(void)close(listener);
}

Test(client, connections_beyond_the_limit_are_refused)
{
	struct address at = address_ip("127.0.0.1", 0);
	int listener = peer_bind(SOCK_STREAM, &at, SOMAXCONN);
	struct address bound = address_of(listener);
	struct engine_config config;
	struct hand hand;
	uint32_t connection;

	setting_config(&config);
	config.connection_max = 3;
	hand_open(&hand, &config);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(connect_engine(&hand, SOCK_STREAM, &bound, &connection), 0);
	cr_assert_eq(connect_engine(&hand, SOCK_STREAM, &bound, &connection), -ENOSPC);
	for (int i = 0; i < 3; i++)
		(void)hand_expect(&hand, MESSAGE_OPENED);
	cr_assert_eq(engine_connections(hand.engine), 3);
	engine_reset(hand.engine, connection);
	(void)hand_expect(&hand, MESSAGE_CLOSED);
	(void)hand_turn(&hand, 0);
	cr_assert_eq(connect_engine(&hand, SOCK_STREAM, &bound, &connection), 0);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	hand_close(&hand);
	(void)close(listener);
}

Test(client, a_kind_of_socket_that_is_not_served_is_refused)
{
	struct address at = address_ip("127.0.0.1", 9);
	struct hand hand;
	uint32_t connection;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	open_default(&hand);
	cr_assert_eq(engine_listen(hand.engine, fd, &(struct listener_options){ 0 }, NULL),
		     -EPROTOTYPE);
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	cr_assert_eq(engine_connect(hand.engine, fd, address_bytes(&at), at.length, &connection),
		     -EPROTOTYPE);
	hand_close(&hand);
}

Test(client, datagrams_need_datagram_buffers)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct engine_config config;
	struct hand hand;
	uint32_t connection;

	setting_config(&config);
	config.datagram_count = 0;
	hand_open(&hand, &config);
	cr_assert_eq(engine_listen(hand.engine, peer_bind(SOCK_DGRAM, &at, 0),
				   &(struct listener_options){ 0 }, NULL),
		     -ENOBUFS);
	at = address_ip("127.0.0.1", 9);
	cr_assert_eq(connect_engine(&hand, SOCK_DGRAM, &at, &connection), -ENOBUFS);
	hand_close(&hand);
}

Test(client, an_engine_can_talk_to_itself)
{
	enum { CLIENTS = 20, LENGTH = 300 };
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct hand hand;
	uint8_t bytes[LENGTH];
	uint32_t connection, opened = 0, received = 0;

	open_default(&hand);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	for (int i = 0; i < CLIENTS; i++)
		cr_assert_eq(connect_engine(&hand, SOCK_STREAM, &bound, &connection), 0);
	while (received < CLIENTS * LENGTH) {
		struct message *message = hand_next(&hand);
		bool client = message->flags & MESSAGE_CLIENT;

		if (message->kind == MESSAGE_OPENED && client) {
			pattern_fill(0, 0, bytes, sizeof(bytes));
			cr_assert_eq(engine_send(hand.engine, message->connection, bytes, LENGTH),
				     0);
			opened++;
		} else if (message->kind == MESSAGE_DATA && client) {
			pattern_check(0, 0, message->data, message->length);
			received += message->length;
		} else if (message->kind == MESSAGE_DATA) {
			message->reply = message->length;
		}
	}
	cr_assert_eq(opened, CLIENTS);
	cr_assert_eq(engine_connections(hand.engine), 2 * CLIENTS);
	hand_close(&hand);
}

Test(client, the_peer_of_a_connection_is_known)
{
	struct address at = address_ip("127.0.0.1", 0), bound, seen = { 0 }, own;
	struct hand hand;
	struct message *message;
	int fd, error;

	open_default(&hand);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	fd = peer_connect(SOCK_STREAM, &bound);
	own = address_of(fd);
	message = hand_expect(&hand, MESSAGE_OPENED);
	seen.length = sizeof(seen.storage);
	error = engine_peer(hand.engine, message->connection, &seen.storage, &seen.length);
	if (error == -EOPNOTSUPP && setting_has(FEATURE_DIRECT))
		cr_skip_test("a direct descriptor has no peer to ask for");
	cr_assert_eq(error, 0);
	cr_assert(address_equal(&seen, &own));
	hand_close(&hand);
}
