/* Too much at once: peers that do not read, no free buffers, small queues. Nothing is lost. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "hand.h"
#include "host.h"

TestSuite(pressure, .timeout = 60);

/* A peer with a small window, so that little is under way before the engine has to queue. */
static int connect_narrow(const struct address *to)
{
	const int small = 4096;
	int fd = peer_socket(SOCK_STREAM, to->storage.ss_family, NULL);

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	peer_join(fd, to);
	return fd;
}

/* Send pattern 0 as long as the socket takes it; returns why it did not. */
static int push(int fd, size_t *total)
{
	uint8_t bytes[16384];
	ssize_t sent;

	do {
		pattern_fill(0, *total, bytes, sizeof(bytes));
		sent = send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);
		*total += sent > 0 ? (size_t)sent : 0;
	} while (sent > 0);
	return errno;
}

/* The engine needs the CPU more than who asks again and again. Once it is paused, none comes. */
static void await_room(int fd)
{
	struct pollfd full = { .fd = fd, .events = POLLOUT };

	(void)poll(&full, 1, 10);
}

/* Send without ever reading, until the engine reads no more; returns the bytes sent. */
static size_t send_until_paused(struct host *host, int fd)
{
	size_t total = 0;
	time_t deadline = time(NULL) + PEER_DEADLINE_S;

	while (host_counters(host).receive_paused == 0) {
		cr_assert_eq(push(fd, &total), EAGAIN);
		await_room(fd);
		cr_assert_lt(time(NULL), deadline, "the engine took %zu bytes and never paused",
			     total);
	}
	return total;
}

static void check_pause(const struct address *at)
{
	struct host host;
	struct address bound;
	int greedy, other;
	size_t sent;

	host_init(&host);
	host.config.queue_bytes_max = 65536;
	bound = host_listen(&host, SOCK_STREAM, at);
	host_start(&host);
	greedy = connect_narrow(&bound);
	sent = send_until_paused(&host, greedy);
	other = peer_connect(SOCK_STREAM, &bound);
	for (uint32_t i = 0; i < 100; i++)
		peer_echo(other, i, 1000);
	for (size_t offset = 0; offset < sent;) {
		uint8_t bytes[4096];
		size_t length = sent - offset < sizeof(bytes) ? sent - offset : sizeof(bytes);

		peer_receive(greedy, bytes, length);
		pattern_check(0, offset, bytes, length);
		offset += length;
	}
	peer_exchange(greedy, &(struct exchange){ .seed = 7, .total = 100000 });
	host_stop(&host);
	address_unlink(&bound);
}

/* What may be queued for one peer, and what comes before the engine has seen that it is too much: a
 * batch, and what io_uring's rings hold, which is never more than half of a pool. */
static void check_held(const struct address *at)
{
	struct engine_counters counters;
	struct address bound;
	struct host host;
	uint64_t most;

	host_init(&host);
	host.config.queue_bytes_max = 65536;
	most = host.config.queue_bytes_max + 65536 + host.config.large_size +
	       (host.config.large_count * host.config.large_size +
		host.config.buffer_count * host.config.buffer_size) /
		       2;
	bound = host_listen(&host, SOCK_STREAM, at);
	host_start(&host);
	(void)send_until_paused(&host, connect_narrow(&bound));
	counters = host_counters(&host);
	cr_assert_leq(counters.bytes_in - counters.bytes_out, most);
	host_stop(&host);
	address_unlink(&bound);
}

Test(pressure, what_a_tcp_peer_makes_us_hold_is_bounded)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_held(&at);
}

Test(pressure, what_a_unix_peer_makes_us_hold_is_bounded)
{
	struct address at = address_unix_fresh();

	check_held(&at);
}

Test(pressure, a_tcp_peer_that_does_not_read_is_paused_and_loses_nothing)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_pause(&at);
}

Test(pressure, a_unix_peer_that_does_not_read_is_paused_and_loses_nothing)
{
	struct address at = address_unix_fresh();

	check_pause(&at);
}

Test(pressure, a_peer_that_takes_nothing_is_reset_after_the_send_timeout)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct host host;
	struct address bound;
	int stuck, other, error;
	size_t total = 0;

	host_init(&host);
	host.config.queue_bytes_max = 65536;
	host.config.send_timeout_ns = 200 * 1000 * 1000ull;
	bound = host_listen(&host, SOCK_STREAM, &at);
	host_start(&host);
	stuck = connect_narrow(&bound);
	do
		error = push(stuck, &total);
	while (error == EAGAIN && host_counters(&host).receive_paused == 0);
	HOST_AWAIT(&host, send_timeouts, 1);
	host_await_closed(&host, 1);
	if (error == EAGAIN)
		peer_expect_reset(stuck);
	else
		cr_assert_eq(error, ECONNRESET);
	other = peer_connect(SOCK_STREAM, &bound);
	peer_echo(other, 1, 1000);
	host_stop(&host);
	cr_assert_eq(host.counters.send_timeouts, 1);
}

/* A turn, in which everything is echoed. */
static void turn_and_echo(struct hand *hand)
{
	enum { WAIT_NS = 20 * 1000 * 1000 };
	uint32_t count = hand_turn(hand, WAIT_NS);

	for (uint32_t i = 0; i < count; i++)
		hand->batch[i].reply = hand->batch[i].length;
}

/* What the kernel's buffers hold for it takes many times the timeout to be read; no send ends
 * meanwhile. The clock is the engine's: what holds up the one holds up the other. */
Test(pressure, a_peer_behind_a_slow_line_is_not_reset_while_it_reads)
{
	enum { LIMIT_NS = 200 * 1000 * 1000 };
	struct address at = address_ip("127.0.0.1", 0), bound;
	const struct engine_counters *counters;
	struct engine_config config;
	uint64_t begin_ns;
	size_t sent = 0, received = 0;
	struct hand hand;
	int fd;

	if (setting_has(FEATURE_DIRECT))
		cr_skip_test("a direct descriptor cannot be asked what its peer has taken");
	setting_config(&config);
	config.send_timeout_ns = LIMIT_NS;
	hand_open(&hand, &config);
	counters = engine_counters(hand.engine);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	fd = connect_narrow(&bound);
	do {
		cr_assert_eq(push(fd, &sent), EAGAIN);
		turn_and_echo(&hand);
	} while (counters->receive_paused == 0);
	begin_ns = clock_now_ns();
	while (clock_now_ns() - begin_ns < 4ull * LIMIT_NS) {
		uint8_t bytes[4096];
		ssize_t length = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		cr_assert(length > 0 || errno == EAGAIN, "recv: %s", strerror(errno));
		pattern_check(0, received, bytes, length > 0 ? (size_t)length : 0);
		received += length > 0 ? (size_t)length : 0;
		turn_and_echo(&hand);
	}
	cr_assert_eq(counters->send_timeouts, 0);
	(void)close(fd);
	hand_close(&hand);
}

Test(pressure, a_peer_that_goes_while_paused_is_closed)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	host.config.queue_bytes_max = 65536;
	bound = host_listen(&host, SOCK_STREAM, &at);
	host_start(&host);
	fd = connect_narrow(&bound);
	(void)send_until_paused(&host, fd);
	peer_reset(fd);
	host_await_closed(&host, 1);
	fd = peer_connect(SOCK_STREAM, &bound);
	peer_echo(fd, 1, 1000);
	host_stop(&host);
}

/* Bytes that nobody will look at: a pattern in so many took minutes on a busy machine. */
static void push_unread(int fd)
{
	static const uint8_t bytes[16384];

	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		continue;
}

/* Push for some rounds, and on until so many peers have been reset. That takes as long as the
 * engine has patience; it need not come to it, if the kernel holds what they send. */
static void push_until_reset(struct host *host, const int *fds, int count, uint64_t resets)
{
	enum { ROUNDS = 20, PATIENCE_S = 3 };
	time_t end = time(NULL) + PATIENCE_S;
	int round = 0;

	do {
		for (int i = 0; i < count; i++)
			push_unread(fds[i]);
	} while ((host_counters(host).send_timeouts < resets && time(NULL) < end) ||
		 ++round < ROUNDS);
}

/* Together they could queue more than there are buffers. */
static void check_many_greedy(const struct address *at, int greedy, uint32_t buffers,
			      uint64_t resets)
{
	struct host host;
	struct address bound;
	int fds[48], other;

	host_init(&host);
	host.config.buffer_count = buffers;
	host.config.large_count = 4;
	bound = host_listen(&host, SOCK_STREAM, at);
	host_start(&host);
	for (int i = 0; i < greedy; i++)
		fds[i] = connect_narrow(&bound);
	push_until_reset(&host, fds, greedy, resets);
	other = peer_connect(SOCK_STREAM, &bound);
	for (uint32_t i = 0; i < 100; i++)
		peer_echo(other, i, 1000);
	host_stop(&host);
	address_unlink(&bound);
}

Test(pressure, many_tcp_peers_that_do_not_read_leave_buffers_for_others)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_many_greedy(&at, 16, 64, 0);
}

/* Each holds at least one: the longest stuck have to go. */
Test(pressure, more_peers_that_do_not_read_than_buffers_do_not_stop_the_others)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_many_greedy(&at, 48, 32, 1);
}

Test(pressure, many_unix_peers_that_do_not_read_leave_buffers_for_others)
{
	struct address at = address_unix_fresh();

	check_many_greedy(&at, 16, 64, 0);
}

static void echo_on_all(const struct address *bound, int type, size_t length, uint32_t rounds)
{
	enum { PEERS = 40 };
	int fds[PEERS];

	for (int i = 0; i < PEERS; i++)
		fds[i] = peer_connect(type, bound);
	for (uint32_t round = 0; round < rounds; round++) {
		for (uint32_t i = 0; i < PEERS; i++)
			peer_send_pattern(fds[i], round * PEERS + i, length);
		for (uint32_t i = 0; i < PEERS; i++)
			peer_receive_pattern(fds[i], round * PEERS + i, length);
	}
	for (int i = 0; i < PEERS; i++)
		(void)close(fds[i]);
}

static void check_few_buffers(int type, const struct address *at, size_t length)
{
	struct host host;
	struct address bound;

	host_init(&host);
	host.config.buffer_size = 1024;
	host.config.buffer_count = 4;
	host.config.large_count = 2;
	host.config.datagram_count = 4;
	bound = host_listen(&host, type, at);
	host_start(&host);
	echo_on_all(&bound, type, length, 5);
	host_stop(&host);
	address_unlink(&bound);
}

Test(pressure, streams_lose_nothing_when_buffers_run_out)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_few_buffers(SOCK_STREAM, &at, 16384);
}

Test(pressure, unix_streams_lose_nothing_when_buffers_run_out)
{
	struct address at = address_unix_fresh();

	check_few_buffers(SOCK_STREAM, &at, 16384);
}

Test(pressure, datagrams_in_the_socket_survive_when_buffers_run_out)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_few_buffers(SOCK_DGRAM, &at, 500);
}

Test(pressure, records_lose_nothing_when_buffers_run_out)
{
	struct address at = address_unix_fresh();

	check_few_buffers(SOCK_SEQPACKET, &at, 10000);
}

enum { LENGTH = 100 };

/* Each peer has sent LENGTH bytes of the pattern of its number: echo them all; see them come. */
static void echo_what_they_sent(struct hand *hand, const int *fds, uint32_t peers)
{
	uint8_t bytes[LENGTH];

	for (uint32_t answered = 0; answered < peers * LENGTH;) {
		struct message *message = hand_next(hand);

		if (message->kind != MESSAGE_DATA)
			continue;
		message->reply = message->length;
		answered += message->length;
	}
	for (uint32_t i = 0; i < peers; i++) {
		hand_receive(hand, fds[i], bytes, LENGTH);
		pattern_check(i, 0, bytes, LENGTH);
	}
}

/* Those for whom there is no buffer now are served with those that come back. */
Test(pressure, peers_without_a_buffer_wait_for_one)
{
	enum { PEERS = 10 };
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct engine_config config;
	struct hand hand;
	int fds[PEERS];

	setting_config(&config);
	config.buffer_count = 4;
	hand_open(&hand, &config);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	for (uint32_t i = 0; i < PEERS; i++) {
		fds[i] = peer_connect(SOCK_STREAM, &bound);
		(void)hand_expect(&hand, MESSAGE_OPENED);
	}
	for (uint32_t i = 0; i < PEERS; i++)
		peer_send_pattern(fds[i], i, LENGTH);
	echo_what_they_sent(&hand, fds, PEERS);
	/* Without a ring of buffers, io_uring's receives have one each; incremental ones share. */
	if (strcmp(backend_name(setting_backend()), "epoll") == 0 ||
	    (engine_features(hand.engine)[FEATURE_BUFFER_RING].effective &&
	     !engine_features(hand.engine)[FEATURE_INCREMENTAL].effective))
		cr_assert_gt(engine_counters(hand.engine)->receive_starved, 0);
	hand_close(&hand);
}

/* Everything happens before the engine's first turn, a batch holds only a few messages, and the
 * completion ring fewer than there are connections to accept. */
Test(pressure, more_events_at_once_than_any_queue_holds_are_all_handled)
{
	enum { PEERS = 1200 };
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct engine_config config;
	struct hand hand;
	int fds[PEERS];

	setting_config(&config);
	config.connection_max = 2 * PEERS;
	config.backlog = PEERS;
	config.batch_max = 4;
	config.buffer_count = 8;
	config.completion_count = 1;
	hand_open(&hand, &config);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	for (uint32_t i = 0; i < PEERS; i++) {
		fds[i] = peer_connect(SOCK_STREAM, &bound);
		peer_send_pattern(fds[i], i, LENGTH);
	}
	echo_what_they_sent(&hand, fds, PEERS);
	for (uint32_t i = 0; i < PEERS; i++)
		(void)close(fds[i]);
	for (uint32_t i = 0; i < PEERS; i++)
		(void)hand_expect(&hand, MESSAGE_CLOSED);
	if (engine_features(hand.engine)[FEATURE_MULTISHOT_ACCEPT].effective)
		cr_assert_gt(engine_counters(hand.engine)->cq_overflows, 0);
	hand_close(&hand);
}

Test(pressure, one_stream_that_floods_does_not_starve_the_others)
{
	enum { OTHERS = 8 };
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct host host;
	int flood, fds[OTHERS];

	host_init(&host);
	bound = host_listen(&host, SOCK_STREAM, &at);
	host_start(&host);
	flood = peer_connect(SOCK_STREAM, &bound);
	for (int i = 0; i < OTHERS; i++)
		fds[i] = peer_connect(SOCK_STREAM, &bound);
	for (uint32_t round = 0; round < 50; round++) {
		static uint8_t bytes[65536];

		while (send(flood, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
			;
		for (uint32_t i = 0; i < OTHERS; i++)
			peer_echo(fds[i], round + i, 64);
		while (recv(flood, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
			;
	}
	host_stop(&host);
}
