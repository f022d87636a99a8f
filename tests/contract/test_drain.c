/* Draining: no new connections, an answer to all that has arrived, a clean end. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hand.h"

TestSuite(draining, .timeout = 60);

/* Turns, echoing, until nothing is under way. */
static void run_dry(struct hand *hand)
{
	time_t deadline = time(NULL) + PEER_DEADLINE_S;

	while (engine_busy(hand->engine)) {
		(void)hand_turn(hand, 1000 * 1000);
		for (uint32_t i = 0; i < hand->count; i++)
			if (hand->batch[i].kind == MESSAGE_DATA)
				hand->batch[i].reply = hand->batch[i].length;
		cr_assert_lt(time(NULL), deadline, "still busy, with %u connections",
			     engine_connections(hand->engine));
	}
}

static struct address open_with_listener(struct hand *hand, int type, const struct address *at)
{
	struct engine_config config;

	setting_config(&config);
	hand_open(hand, &config);
	return hand_listen(hand, type, at);
}

static void check_drain(int type, const struct address *at)
{
	enum { PEERS = 20 };
	struct hand hand;
	struct address bound = open_with_listener(&hand, type, at);
	int fds[PEERS];

	for (uint32_t i = 0; i < PEERS; i++)
		fds[i] = peer_connect(type, &bound);
	for (uint32_t i = 0; i < PEERS; i++)
		(void)hand_expect(&hand, MESSAGE_OPENED);
	for (uint32_t i = 0; i < PEERS; i++)
		peer_send_pattern(fds[i], i, 5000);
	engine_drain(hand.engine);
	run_dry(&hand);
	for (uint32_t i = 0; i < PEERS; i++) {
		peer_receive_pattern(fds[i], i, 5000);
		peer_expect_end(fds[i]);
		(void)close(fds[i]);
	}
	cr_assert_eq(engine_connections(hand.engine), 0);
	hand_close(&hand);
	address_unlink(&bound);
}

Test(draining, tcp_clients_get_their_answers_and_the_end)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_drain(SOCK_STREAM, &at);
}

Test(draining, unix_clients_get_their_answers_and_the_end)
{
	struct address at = address_unix_fresh();

	check_drain(SOCK_STREAM, &at);
}

Test(draining, record_clients_get_their_answers_and_the_end)
{
	struct address at = address_unix_fresh();

	check_drain(SOCK_SEQPACKET, &at);
}

/* What waits in the listen queue would be reset if the listener were closed first. */
Test(draining, clients_in_the_listen_queue_are_served)
{
	enum { PEERS = 20 };
	struct address at = address_ip("127.0.0.1", 0);
	struct hand hand;
	struct address bound = open_with_listener(&hand, SOCK_STREAM, &at);
	int fds[PEERS];

	for (uint32_t i = 0; i < PEERS; i++) {
		fds[i] = peer_connect(SOCK_STREAM, &bound);
		peer_send_pattern(fds[i], i, 100);
	}
	engine_drain(hand.engine);
	run_dry(&hand);
	for (uint32_t i = 0; i < PEERS; i++) {
		peer_receive_pattern(fds[i], i, 100);
		peer_expect_end(fds[i]);
	}
	hand_close(&hand);
}

Test(draining, new_clients_are_refused)
{
	struct address at = address_ip(address_private_host(), 0);
	struct hand hand;
	struct address bound = open_with_listener(&hand, SOCK_STREAM, &at);
	int fd;

	engine_drain(hand.engine);
	run_dry(&hand);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(connect(fd, address_bytes(&bound), bound.length), -1);
	cr_assert_eq(errno, ECONNREFUSED);
	hand_close(&hand);
}

Test(draining, datagrams_that_have_arrived_are_answered)
{
	enum { DATAGRAMS = 30 };
	struct address at = address_ip("127.0.0.1", 0);
	struct hand hand;
	struct address bound = open_with_listener(&hand, SOCK_DGRAM, &at);
	int fd = peer_connect(SOCK_DGRAM, &bound);

	for (uint32_t i = 0; i < DATAGRAMS; i++)
		peer_send_pattern(fd, i, 100 + i);
	engine_drain(hand.engine);
	run_dry(&hand);
	for (uint32_t i = 0; i < DATAGRAMS; i++)
		peer_receive_pattern(fd, i, 100 + i);
	hand_close(&hand);
}

Test(draining, an_idle_engine_is_dry_at_once)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct hand hand;

	(void)open_with_listener(&hand, SOCK_STREAM, &at);
	engine_drain(hand.engine);
	run_dry(&hand);
	hand_close(&hand);
}

/* A listener on a socket that stays open with the test, as with who passed it. */
static int listen_kept(struct hand *hand, int type, const struct address *at)
{
	const struct listener_options options = { .kept = true };
	int fd = peer_bind(type, at, 16), kept = dup(fd);

	cr_assert_geq(kept, 0);
	cr_assert_eq(engine_listen(hand->engine, fd, &options, NULL), 0);
	return kept;
}

static void open_small(struct hand *hand)
{
	struct engine_config config;

	setting_config(&config);
	config.connection_max = 2; /* the listener, and one connection */
	hand_open(hand, &config);
}

/* The second waits in the queue, since there is no slot for it; nor is there to be, once the first
 * has gone. */
Test(draining, who_waits_at_a_kept_socket_is_left_to_the_next_server)
{
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct hand hand;
	int kept, first, second, accepted;

	open_small(&hand);
	kept = listen_kept(&hand, SOCK_STREAM, &at);
	bound = address_of(kept);
	first = peer_connect(SOCK_STREAM, &bound);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	second = peer_connect(SOCK_STREAM, &bound);
	peer_send_pattern(second, 2, 100);
	peer_send_pattern(first, 1, 100);
	engine_drain(hand.engine);
	run_dry(&hand);
	peer_receive_pattern(first, 1, 100);
	peer_expect_end(first);
	hand_close(&hand);
	peer_expect_nothing(second);
	accepted = accept(kept, NULL, NULL);
	cr_assert_geq(accepted, 0);
	peer_receive_pattern(accepted, 2, 100);
	(void)close(first);
	(void)close(second);
	(void)close(accepted);
	(void)close(kept);
}

static void check_kept_datagrams(const struct address *at)
{
	struct hand hand;
	struct engine_config config;
	struct address bound;
	int kept, peer;

	setting_config(&config);
	hand_open(&hand, &config);
	kept = listen_kept(&hand, SOCK_DGRAM, at);
	bound = address_of(kept);
	peer = peer_connect(SOCK_DGRAM, &bound);
	peer_send_pattern(peer, 1, 100);
	(void)hand_expect(&hand, MESSAGE_DATA);
	hand.batch->reply = hand.batch->length;
	engine_drain(hand.engine);
	run_dry(&hand);
	peer_receive_pattern(peer, 1, 100);
	peer_send_pattern(peer, 2, 100);
	cr_assert_eq(hand_turn(&hand, 0), 0);
	hand_close(&hand);
	peer_receive_pattern(kept, 2, 100);
	(void)close(peer);
	(void)close(kept);
	address_unlink(&bound);
}

Test(draining, datagrams_at_a_kept_socket_are_left_to_the_next_server)
{
	struct address ip = address_ip("127.0.0.1", 0), local = address_unix_fresh();

	check_kept_datagrams(&ip);
	check_kept_datagrams(&local);
}
