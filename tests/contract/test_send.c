/* engine_send(): bytes of the program's own, in order, and what it says when it cannot. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "hand.h"

TestSuite(sending, .timeout = 60);

static int open_with_peer(struct hand *hand, struct engine_config *config, int type,
			  uint32_t *ret_connection)
{
	struct address at = type == SOCK_STREAM ? address_ip("127.0.0.1", 0) : address_unix_fresh();
	struct address bound;
	int fd;

	hand_open(hand, config);
	bound = hand_listen(hand, type, &at);
	fd = peer_connect(type, &bound);
	*ret_connection = hand_expect(hand, MESSAGE_OPENED)->connection;
	address_unlink(&bound);
	return fd;
}

Test(sending, bytes_follow_the_replies_settled_before_and_keep_their_order)
{
	struct engine_config config;
	struct hand hand;
	uint32_t connection;
	char bytes[9];
	int fd;

	setting_config(&config);
	fd = open_with_peer(&hand, &config, SOCK_STREAM, &connection);
	for (int i = 0; i < 50; i++) {
		peer_send(fd, "one", 3);
		hand_expect(&hand, MESSAGE_DATA)->reply = 3;
		(void)hand_turn(&hand, 0);
		cr_assert_eq(engine_send(hand.engine, connection, "two", 3), 0);
		cr_assert_eq(engine_send(hand.engine, connection, "six", 3), 0);
		hand_receive(&hand, fd, bytes, sizeof(bytes));
		cr_assert_arr_eq(bytes, "onetwosix", 9);
	}
	hand_close(&hand);
}

Test(sending, the_bytes_are_copied)
{
	struct engine_config config;
	struct hand hand;
	uint32_t connection;
	char bytes[4] = "good";
	int fd;

	setting_config(&config);
	fd = open_with_peer(&hand, &config, SOCK_STREAM, &connection);
	cr_assert_eq(engine_send(hand.engine, connection, bytes, 4), 0);
	memcpy(bytes, "evil", 4);
	hand_receive(&hand, fd, bytes, sizeof(bytes));
	cr_assert_arr_eq(bytes, "good", 4);
	hand_close(&hand);
}

Test(sending, more_than_one_output_buffer_is_sent_whole)
{
	enum { LENGTH = 50000 };
	static uint8_t sent[LENGTH], received[LENGTH];
	struct engine_config config;
	struct hand hand;
	uint32_t connection;
	int fd;

	setting_config(&config);
	fd = open_with_peer(&hand, &config, SOCK_STREAM, &connection);
	for (uint32_t i = 0; i < 10; i++) {
		pattern_fill(i, 0, sent, LENGTH);
		cr_assert_eq(engine_send(hand.engine, connection, sent, LENGTH), 0);
		hand_receive(&hand, fd, received, LENGTH);
		pattern_check(i, 0, received, LENGTH);
	}
	hand_close(&hand);
}

Test(sending, a_connection_that_is_not_open_is_told_so)
{
	struct engine_config config;
	struct hand hand;
	uint32_t connection;
	int fd;

	setting_config(&config);
	fd = open_with_peer(&hand, &config, SOCK_STREAM, &connection);
	cr_assert_eq(engine_send(hand.engine, config.connection_max - 1, "x", 1), -ENOTCONN);
	(void)close(fd);
	(void)hand_expect(&hand, MESSAGE_CLOSED);
	cr_assert_eq(engine_send(hand.engine, connection, "x", 1), -ENOTCONN);
	(void)hand_turn(&hand, 0);
	cr_assert_eq(engine_send(hand.engine, connection, "x", 1), -ENOTCONN);
	hand_close(&hand);
}

Test(sending, a_connection_still_connecting_is_told_so)
{
	struct address at = address_ip("127.0.0.1", 0);
	int listener = peer_bind(SOCK_STREAM, &at, SOMAXCONN);
	struct address bound = address_of(listener);
	struct engine_config config;
	struct hand hand;
	uint32_t connection;

	setting_config(&config);
	hand_open(&hand, &config);
	cr_assert_eq(engine_connect(hand.engine, peer_socket(SOCK_STREAM, AF_INET, NULL),
				    address_bytes(&bound), bound.length, &connection),
		     0);
	cr_assert_eq(engine_send(hand.engine, connection, "x", 1), -ENOTCONN);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	cr_assert_eq(engine_send(hand.engine, connection, "x", 1), 0);
	hand_close(&hand);
}

Test(sending, a_connection_that_was_hung_up_is_told_so)
{
	struct engine_config config;
	struct hand hand;
	uint32_t connection;
	int fd;

	setting_config(&config);
	fd = open_with_peer(&hand, &config, SOCK_STREAM, &connection);
	engine_hang_up(hand.engine, connection);
	cr_assert_eq(engine_send(hand.engine, connection, "x", 1), -ENOTCONN);
	hand_await_input(&hand, fd);
	peer_expect_end(fd);
	hand_close(&hand);
}

Test(sending, without_a_free_output_buffer_nothing_is_taken)
{
	enum { CHUNK = 4096 };
	static uint8_t bytes[CHUNK];
	struct engine_config config;
	struct hand hand;
	uint32_t connection;
	size_t sent = 0;
	int fd, error;

	setting_config(&config);
	config.output_size = CHUNK;
	config.output_count = 4;
	fd = open_with_peer(&hand, &config, SOCK_STREAM, &connection);
	for (int refused = 0; refused < 100;) {
		pattern_fill(0, sent, bytes, CHUNK);
		error = engine_send(hand.engine, connection, bytes, CHUNK);
		cr_assert(error == 0 || error == -EAGAIN, "%s", strerror(-error));
		sent += error ? 0 : CHUNK;
		refused = error ? refused + 1 : 0;
		(void)hand_turn(&hand, 0);
	}
	for (size_t offset = 0; offset < sent; offset += CHUNK) {
		hand_receive(&hand, fd, bytes, CHUNK);
		pattern_check(0, offset, bytes, CHUNK);
	}
	peer_expect_nothing(fd);
	/* The peer may know that all has been sent before the engine does. */
	while ((error = engine_send(hand.engine, connection, "end", 3)) == -EAGAIN)
		(void)hand_turn(&hand, NS_PER_MS);
	cr_assert_eq(error, 0);
	hand_receive(&hand, fd, bytes, 3);
	hand_close(&hand);
}

Test(sending, what_can_never_fit_is_refused)
{
	static uint8_t bytes[8 * 4096];
	struct engine_config config;
	struct hand hand;
	uint32_t connection;

	setting_config(&config);
	config.output_size = 4096;
	config.output_count = 4;
	(void)open_with_peer(&hand, &config, SOCK_STREAM, &connection);
	cr_assert_eq(engine_send(hand.engine, connection, bytes, sizeof(bytes)), -EMSGSIZE);
	hand_close(&hand);
}

Test(sending, nothing_is_nothing_in_a_stream)
{
	struct engine_config config;
	struct hand hand;
	uint32_t connection;
	char bytes[3];
	int fd;

	setting_config(&config);
	fd = open_with_peer(&hand, &config, SOCK_STREAM, &connection);
	cr_assert_eq(engine_send(hand.engine, connection, "", 0), 0);
	peer_send(fd, "one", 3);
	hand_expect(&hand, MESSAGE_DATA)->answer_empty = true;
	cr_assert_eq(engine_send(hand.engine, connection, "end", 3), 0);
	hand_receive(&hand, fd, bytes, sizeof(bytes));
	cr_assert_arr_eq(bytes, "end", 3);
	hand_close(&hand);
}

Test(sending, a_record_goes_out_whole)
{
	struct engine_config config;
	struct hand hand;
	uint32_t connection;
	uint8_t bytes[5000];
	int fd;

	setting_config(&config);
	fd = open_with_peer(&hand, &config, SOCK_SEQPACKET, &connection);
	for (uint32_t i = 1; i <= 40; i++) {
		pattern_fill(i, 0, bytes, i * 100);
		cr_assert_eq(engine_send(hand.engine, connection, bytes, i * 100), 0);
	}
	for (uint32_t i = 1; i <= 40; i++) {
		hand_await_input(&hand, fd);
		peer_receive_pattern(fd, i, i * 100);
	}
	hand_close(&hand);
}
