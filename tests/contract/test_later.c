/* Answers that the program gives later than in the batch: engine_send_to() and engine_owe(). */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hand.h"

TestSuite(later, .timeout = 60);

/* A datagram and where it came from, kept beyond its batch. */
struct kept {
	struct sockaddr_storage peer, local;
	struct datagram from;
	uint8_t bytes[2048];
	uint32_t length;
	uint32_t connection;
};

static void keep(struct hand *hand, struct kept *kept)
{
	const struct message *message = hand_expect(hand, MESSAGE_DATA);
	struct datagram from;

	cr_assert(engine_datagram(hand->engine, message, &from));
	memcpy(&kept->peer, from.peer, from.peer_length);
	if (from.local)
		memcpy(&kept->local, from.local,
		       from.local->sa_family == AF_INET ? sizeof(struct sockaddr_in)
							: sizeof(struct sockaddr_in6));
	kept->from = (struct datagram){ .peer = (struct sockaddr *)&kept->peer,
					.peer_length = from.peer_length,
					.local = from.local ? (struct sockaddr *)&kept->local
							    : NULL };
	memcpy(kept->bytes, message->data, message->length);
	kept->length = message->length;
	kept->connection = message->connection;
}

static void give(struct hand *hand, const struct kept *kept)
{
	cr_assert_eq(engine_send_to(hand->engine, kept->connection, &kept->from, kept->bytes,
				    kept->length),
		     0);
}

static struct address open_with(struct hand *hand, int type, const struct address *at)
{
	struct engine_config config;

	setting_config(&config);
	hand_open(hand, &config);
	return hand_listen(hand, type, at);
}

/* Both peers' datagrams are kept, and answered in the other order some turns later. */
static void check_datagrams(const struct address *at)
{
	static struct kept first, second;
	struct hand hand;
	struct address bound = open_with(&hand, SOCK_DGRAM, at);
	int one = peer_connect(SOCK_DGRAM, &bound), other = peer_connect(SOCK_DGRAM, &bound);

	for (uint32_t i = 1; i < 30; i++) {
		peer_send_pattern(one, i, i * 50);
		keep(&hand, &first);
		peer_send_pattern(other, i + 1000, i * 40);
		keep(&hand, &second);
		(void)hand_turn(&hand, 0);
		give(&hand, &second);
		give(&hand, &first);
		give(&hand, &first);
		hand_await_input(&hand, other);
		peer_receive_pattern(other, i + 1000, i * 40);
		hand_await_input(&hand, one);
		peer_receive_pattern(one, i, i * 50);
		hand_await_input(&hand, one);
		peer_receive_pattern(one, i, i * 50);
	}
	hand_close(&hand);
	address_unlink(&bound);
}

Test(later, a_udp_datagram_goes_to_whom_it_is_for)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_datagrams(&at);
}

Test(later, a_unix_datagram_goes_to_whom_it_is_for)
{
	struct address at = address_unix_fresh();

	check_datagrams(&at);
}

static void check_local(const char *any, const char *host)
{
	static struct kept kept;
	struct address at = address_ip(any, 0), to, from = { 0 };
	struct hand hand;
	char bytes[16];
	int fd;

	at = open_with(&hand, SOCK_DGRAM, &at);
	to = address_ip(host, address_port(&at));
	fd = peer_socket(SOCK_DGRAM, to.storage.ss_family, NULL);
	cr_assert_eq(sendto(fd, "whose?", 6, 0, address_bytes(&to), to.length), 6);
	keep(&hand, &kept);
	(void)hand_turn(&hand, 0);
	give(&hand, &kept);
	hand_await_input(&hand, fd);
	from.length = sizeof(from.storage);
	cr_assert_eq(recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from.storage,
			      &from.length),
		     6, "%s", strerror(errno));
	cr_assert(address_equal(&to, &from), "sent from another address than the one asked");
	(void)close(fd);
	hand_close(&hand);
}

Test(later, a_datagram_comes_from_the_address_that_was_asked)
{
	check_local("0.0.0.0", "127.0.0.1");
	check_local("0.0.0.0", "127.0.0.2");
}

Test(later, a_dual_stack_listener_sends_from_the_address_that_was_asked)
{
	struct address any = address_ip("::", 0);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (bind(fd, address_bytes(&any), any.length) != 0)
		cr_skip_test("no IPv6 here");
	(void)close(fd);
	check_local("::", "::1");
	check_local("::", "127.0.0.2");
}

Test(later, an_empty_datagram_is_one_too)
{
	static struct kept kept;
	struct address at = address_ip("127.0.0.1", 0);
	struct hand hand;
	struct address bound = open_with(&hand, SOCK_DGRAM, &at);
	int fd = peer_connect(SOCK_DGRAM, &bound);
	char byte;

	peer_send(fd, "x", 1);
	keep(&hand, &kept);
	cr_assert_eq(engine_send_to(hand.engine, kept.connection, &kept.from, NULL, 0), 0);
	hand_await_input(&hand, fd);
	cr_assert_eq(recv(fd, &byte, 1, 0), 0);
	hand_close(&hand);
}

Test(later, it_follows_the_replies_settled_before)
{
	static struct kept kept;
	struct address at = address_ip("127.0.0.1", 0);
	struct hand hand;
	struct address bound = open_with(&hand, SOCK_DGRAM, &at);
	int fd = peer_connect(SOCK_DGRAM, &bound);

	peer_send_pattern(fd, 1, 100);
	keep(&hand, &kept);
	for (uint32_t i = 0; i < 50; i++) {
		struct message *message;

		peer_send_pattern(fd, 2, 100);
		message = hand_expect(&hand, MESSAGE_DATA);
		message->reply = message->length;
		(void)hand_turn(&hand, 0);
		give(&hand, &kept);
		hand_await_input(&hand, fd);
		peer_receive_pattern(fd, 2, 100);
		hand_await_input(&hand, fd);
		peer_receive_pattern(fd, 1, 100);
	}
	hand_close(&hand);
}

Test(later, what_cannot_be_sent_is_refused)
{
	enum { OUTPUT_SIZE = 4096 };
	static uint8_t long_bytes[OUTPUT_SIZE + 64]; /* a buffer may be a little larger */
	static struct kept kept;
	struct address at = address_ip("127.0.0.1", 0), bound, stream;
	struct datagram nobody = { 0 }, endless;
	struct engine_config config;
	struct hand hand;
	uint32_t open;
	int fd;

	setting_config(&config);
	config.output_size = OUTPUT_SIZE;
	config.output_count = 2;
	hand_open(&hand, &config);
	bound = hand_listen(&hand, SOCK_DGRAM, &at);
	fd = peer_connect(SOCK_DGRAM, &bound);
	peer_send(fd, "hello", 5);
	keep(&hand, &kept);
	stream = hand_listen(&hand, SOCK_STREAM, &at);
	(void)peer_connect(SOCK_STREAM, &stream);
	open = hand_expect(&hand, MESSAGE_OPENED)->connection;

	endless = kept.from;
	endless.peer_length = sizeof(struct sockaddr_storage);
	cr_assert_eq(engine_send_to(hand.engine, open, &kept.from, "x", 1), -EISCONN);
	cr_assert_eq(engine_send_to(hand.engine, config.connection_max - 1, &kept.from, "x", 1),
		     -ENOTCONN);
	cr_assert_eq(engine_send_to(hand.engine, kept.connection, &nobody, "x", 1), -EDESTADDRREQ);
	cr_assert_eq(engine_send_to(hand.engine, kept.connection, &endless, "x", 1), -EINVAL);
	cr_assert_eq(engine_send_to(hand.engine, kept.connection, &kept.from, long_bytes,
				    sizeof(long_bytes)),
		     -EMSGSIZE);
	cr_assert_eq(engine_send(hand.engine, kept.connection, "x", 1), -EDESTADDRREQ);
	give(&hand, &kept);
	give(&hand, &kept);
	cr_assert_eq(engine_send_to(hand.engine, kept.connection, &kept.from, "x", 1), -EAGAIN);
	for (int i = 0; i < 2; i++) {
		hand_await_input(&hand, fd);
		peer_receive(fd, long_bytes, 5);
	}
	give(&hand, &kept);
	hand_await_input(&hand, fd);
	hand_close(&hand);
}

/* The peer has sent its last, and many turns go by before it is answered. */
static void check_half_close(int type, const struct address *at)
{
	struct hand hand;
	struct address bound = open_with(&hand, type, at);
	int fd = peer_connect(type, &bound);
	uint32_t connection = hand_expect(&hand, MESSAGE_OPENED)->connection;
	char bytes[5];

	peer_send(fd, "hello", 5);
	(void)hand_expect(&hand, MESSAGE_DATA);
	engine_owe(hand.engine, connection, true);
	(void)shutdown(fd, SHUT_WR);
	for (int i = 0; i < 50; i++)
		cr_assert_eq(hand_turn(&hand, 1000 * 1000), 0);
	cr_assert_eq(engine_send(hand.engine, connection, "later", 5), 0);
	hand_await_input(&hand, fd);
	peer_receive(fd, bytes, 5);
	cr_assert_arr_eq(bytes, "later", 5);
	for (int i = 0; i < 10; i++)
		cr_assert_eq(hand_turn(&hand, 1000 * 1000), 0);
	engine_owe(hand.engine, connection, false);
	cr_assert_eq(hand_expect(&hand, MESSAGE_CLOSED)->error, 0);
	peer_expect_end(fd);
	engine_owe(hand.engine, connection, true); /* it is too late, and does no harm */
	hand_close(&hand);
	address_unlink(&bound);
}

Test(later, who_is_owed_an_answer_gets_it_after_its_own_end)
{
	struct address at = address_ip("127.0.0.1", 0), local = address_unix_fresh();

	check_half_close(SOCK_STREAM, &at);
	check_half_close(SOCK_SEQPACKET, &local);
}

Test(later, a_peer_that_resets_is_gone_although_owed_an_answer)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct hand hand;
	struct address bound = open_with(&hand, SOCK_STREAM, &at);
	int fd = peer_connect(SOCK_STREAM, &bound);
	uint32_t connection = hand_expect(&hand, MESSAGE_OPENED)->connection;

	engine_owe(hand.engine, connection, true);
	peer_reset(fd);
	(void)hand_expect(&hand, MESSAGE_CLOSED);
	hand_close(&hand);
}

static void turn_until_idle(struct hand *hand)
{
	time_t deadline = time(NULL) + PEER_DEADLINE_S;

	while (engine_busy(hand->engine)) {
		(void)hand_turn(hand, 1000 * 1000);
		cr_assert_lt(time(NULL), deadline, "still busy");
	}
}

Test(later, draining_waits_for_what_is_owed_on_a_stream)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct hand hand;
	struct address bound = open_with(&hand, SOCK_STREAM, &at);
	int fd = peer_connect(SOCK_STREAM, &bound);
	uint32_t connection = hand_expect(&hand, MESSAGE_OPENED)->connection;
	char bytes[5];

	engine_owe(hand.engine, connection, true);
	engine_drain(hand.engine);
	for (int i = 0; i < 50; i++) {
		cr_assert(engine_busy(hand.engine));
		cr_assert_eq(hand_turn(&hand, 1000 * 1000), 0);
	}
	cr_assert_eq(engine_send(hand.engine, connection, "later", 5), 0);
	engine_owe(hand.engine, connection, false);
	turn_until_idle(&hand);
	peer_receive(fd, bytes, 5);
	cr_assert_arr_eq(bytes, "later", 5);
	peer_expect_end(fd);
	hand_close(&hand);
}

Test(later, draining_waits_for_what_is_owed_to_a_datagram)
{
	static struct kept kept;
	struct address at = address_ip("127.0.0.1", 0);
	struct hand hand;
	struct address bound = open_with(&hand, SOCK_DGRAM, &at);
	int fd = peer_connect(SOCK_DGRAM, &bound);

	peer_send_pattern(fd, 1, 100);
	keep(&hand, &kept);
	engine_owe(hand.engine, kept.connection, true);
	engine_drain(hand.engine);
	for (int i = 0; i < 50; i++) {
		cr_assert_eq(hand_turn(&hand, 1000 * 1000), 0);
		cr_assert(engine_busy(hand.engine));
	}
	give(&hand, &kept);
	engine_owe(hand.engine, kept.connection, false);
	turn_until_idle(&hand);
	peer_receive_pattern(fd, 1, 100);
	hand_close(&hand);
}
