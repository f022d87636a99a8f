/* What the campaign on the simulated kernel (tests/sim) has found once, done on the real one. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "hand.h"

TestSuite(found, .timeout = 60);

/* A hang-up whose shutdown(2) fails, of a connection that still waits to be read. */
Test(found, a_connection_that_was_reset_before_it_is_hung_up_ends)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct engine_config config;
	struct address bound;
	struct hand hand;
	int fd;

	setting_config(&config);
	config.batch_max = 1;
	hand_open(&hand, &config);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	for (int round = 0; round < 20; round++) {
		fd = peer_connect(SOCK_STREAM, &bound);
		peer_send(fd, "x", 1);
		peer_reset(fd);
		engine_hang_up(hand.engine, hand_expect(&hand, MESSAGE_OPENED)->connection);
		while (hand_next(&hand)->kind != MESSAGE_CLOSED)
			;
	}
	fd = peer_connect(SOCK_STREAM, &bound);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	(void)close(fd);
	hand_close(&hand);
}

/* Answer records until the peer's socket takes no more. */
static void fill(struct hand *hand, int fd)
{
	static const uint8_t record[4096];
	int unanswered = 0;

	while (unanswered < 20) {
		uint32_t count;

		(void)send(fd, record, sizeof(record), MSG_DONTWAIT | MSG_NOSIGNAL);
		count = hand_turn(hand, NS_PER_MS);
		unanswered = count == 0 ? unanswered + 1 : 0;
		for (uint32_t i = 0; i < count; i++)
			hand->batch[i].reply = hand->batch[i].length;
	}
}

/* Any poll of such a socket ends at once, since the peer has said its last. */
Test(found, a_peer_that_ends_and_does_not_read_keeps_nobody_busy)
{
	struct address at = address_unix_fresh(), bound;
	struct engine_config config;
	uint64_t before = 0, made;
	struct hand hand;
	int fd;

	setting_config(&config);
	hand_open(&hand, &config);
	bound = hand_listen(&hand, SOCK_SEQPACKET, &at);
	fd = peer_connect(SOCK_SEQPACKET, &bound);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	fill(&hand, fd);
	(void)shutdown(fd, SHUT_WR);
	(void)hand_turn(&hand, 20 * NS_PER_MS);
	/* On a busy machine some of the records come late: the count begins anew after each. */
	for (int quiet = 0; quiet < 20;) {
		if (quiet == 0)
			before = engine_counters(hand.engine)->system_calls;
		quiet = hand_turn(&hand, 10 * NS_PER_MS) == 0 ? quiet + 1 : 0;
	}
	made = engine_counters(hand.engine)->system_calls - before;
	cr_expect_lt(made, 200, "%lu system calls in 20 turns", (unsigned long)made);
	(void)close(fd);
	hand_close(&hand);
	address_unlink(&bound);
}

/* UDP_GRO, into a buffer that holds two and a half of the three that come together. */
Test(found, the_last_of_coalesced_datagrams_says_that_it_was_cut_off)
{
	enum { SEGMENT = 400, SEGMENTS = 3 };
	const int segment = SEGMENT;
	struct address at = address_ip("127.0.0.1", 0), bound;
	uint8_t bytes[SEGMENT * SEGMENTS];
	struct engine_config config;
	uint32_t whole = 0, cut = 0;
	struct hand hand;
	int fd;

	setting_config(&config);
	config.datagram_size = 1024;
	hand_open(&hand, &config);
	bound = hand_listen(&hand, SOCK_DGRAM, &at);
	fd = peer_connect(SOCK_DGRAM, &bound);
	if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
		cr_skip_test("no UDP_SEGMENT on this kernel");
	pattern_fill(1, 0, bytes, sizeof(bytes));
	peer_send(fd, bytes, sizeof(bytes));
	while (cut + whole < 2 || (cut == 0 && whole < SEGMENTS)) {
		const struct message *message = hand_expect(&hand, MESSAGE_DATA);
		bool is_cut = (message->flags & MESSAGE_TRUNCATED) != 0;

		cr_assert(is_cut || message->length == SEGMENT, "%u bytes of %u, and no word of it",
			  message->length, SEGMENT);
		cut += is_cut;
		whole += !is_cut;
	}
	(void)close(fd);
	hand_close(&hand);
}

static void end_with_the_last_byte(const struct address *at)
{
	struct engine_config config;
	struct address bound;
	struct hand hand;
	int fd;

	setting_config(&config);
	hand_open(&hand, &config);
	bound = hand_listen(&hand, SOCK_STREAM, at);
	fd = peer_connect(SOCK_STREAM, &bound);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	/* The engine waits for input, and then there is all at once. */
	cr_assert_eq(hand_turn(&hand, 0), 0);
	peer_send(fd, "x", 1);
	cr_assert_eq(shutdown(fd, SHUT_WR), 0);
	cr_assert_eq(hand_expect(&hand, MESSAGE_DATA)->length, 1);
	(void)hand_expect(&hand, MESSAGE_CLOSED);
	(void)close(fd);
	hand_close(&hand);
	address_unlink(&bound);
}

/* A multishot receive of kernels 6.17 and 6.18 loses the end of a UNIX stream there. */
Test(found, an_end_that_comes_with_the_last_byte_is_told)
{
	const struct address tcp = address_ip("127.0.0.1", 0), local = address_unix_fresh();

	end_with_the_last_byte(&tcp);
	end_with_the_last_byte(&local);
}
