/* How connections end: politely, by a reset, by the program, or with the engine. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "hand.h"
#include "host.h"

TestSuite(closing, .timeout = 60);

static struct address start_tcp(struct host *host)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct address bound = host_listen(host, SOCK_STREAM, &at);

	host_start(host);
	return bound;
}

Test(closing, a_reset_in_the_middle_of_a_reply_harms_no_other)
{
	static uint8_t bytes[1 << 18];
	struct host host;
	struct address bound;
	int other;

	host_init(&host);
	bound = start_tcp(&host);
	other = peer_connect(SOCK_STREAM, &bound);
	for (uint32_t round = 0; round < 30; round++) {
		int fd = peer_connect(SOCK_STREAM, &bound);

		(void)send(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		peer_receive(fd, bytes, 1000);
		peer_echo(other, round, 5000);
		peer_reset(fd);
		peer_echo(other, round + 1000, 5000);
	}
	host_await_closed(&host, 30);
	host_stop(&host);
}

Test(closing, the_program_hears_of_a_reset_as_an_error)
{
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	bound = start_tcp(&host);
	fd = peer_connect(SOCK_STREAM, &bound);
	peer_echo(fd, 1, 10);
	peer_reset(fd);
	host_await_closed(&host, 1);
	host_stop(&host);
	cr_assert_eq(host.last_error, -ECONNRESET, "%s", strerror(-host.last_error));
}

Test(closing, data_and_reset_before_a_turn_end_in_one_closed)
{
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct engine_config config;
	struct hand hand;

	setting_config(&config);
	hand_open(&hand, &config);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	for (int round = 0; round < 50; round++) {
		struct message *message;
		int fd = peer_connect(SOCK_STREAM, &bound);

		peer_send(fd, "data", 4);
		peer_reset(fd);
		do {
			message = hand_next(&hand);
			message->reply = message->kind == MESSAGE_DATA ? message->length : 0;
		} while (message->kind != MESSAGE_CLOSED);
	}
	hand_close(&hand);
}

Test(closing, data_and_end_before_a_turn_are_answered_and_closed)
{
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct engine_config config;
	struct hand hand;
	char bytes[4];

	setting_config(&config);
	hand_open(&hand, &config);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	for (int round = 0; round < 50; round++) {
		int fd = peer_connect(SOCK_STREAM, &bound);
		struct message *message;

		peer_send(fd, "data", 4);
		(void)shutdown(fd, SHUT_WR);
		(void)hand_expect(&hand, MESSAGE_OPENED);
		message = hand_expect(&hand, MESSAGE_DATA);
		message->reply = message->length;
		(void)hand_expect(&hand, MESSAGE_CLOSED);
		hand_receive(&hand, fd, bytes, sizeof(bytes));
		cr_assert_arr_eq(bytes, "data", 4);
		hand_await_input(&hand, fd);
		peer_expect_end(fd);
		(void)close(fd);
	}
	hand_close(&hand);
}

/* Answers the first message with a line and hangs up, whatever else the peer has sent. */
static void answer_and_hang_up(struct host *host, struct message *message)
{
	if (message->kind != MESSAGE_DATA)
		return;
	memcpy(message->data, "bye\r\n", 5);
	message->reply = 5;
	message->flags |= MESSAGE_HANG_UP;
}

/* A plain close() with unread input resets the peer, which then loses the answer. */
static void check_lingering(const struct address *at)
{
	static const char flood[20000];
	struct host host;
	struct address bound;

	host_init(&host);
	host.answer = answer_and_hang_up;
	bound = host_listen(&host, SOCK_STREAM, at);
	host_start(&host);
	for (int i = 0; i < 200; i++) {
		int fd = peer_connect(SOCK_STREAM, &bound);
		char line[5];

		peer_send(fd, flood, sizeof(flood));
		peer_receive(fd, line, sizeof(line));
		cr_assert_arr_eq(line, "bye\r\n", 5);
		peer_expect_end(fd);
		(void)close(fd);
	}
	host_await_closed(&host, 200);
	host_stop(&host);
	address_unlink(&bound);
}

Test(closing, a_tcp_client_with_unread_input_sees_its_answer_and_the_end)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_lingering(&at);
}

Test(closing, a_unix_client_with_unread_input_sees_its_answer_and_the_end)
{
	struct address at = address_unix_fresh();

	check_lingering(&at);
}

/* A peer that has got its answer, and is hung up by that. */
static int connect_and_be_hung_up(struct host *host)
{
	struct address bound;
	char line[5];
	int fd;

	host_init(host);
	host->answer = answer_and_hang_up;
	bound = start_tcp(host);
	fd = peer_connect(SOCK_STREAM, &bound);
	peer_send(fd, "first", 5);
	peer_receive(fd, line, sizeof(line));
	return fd;
}

Test(closing, no_data_comes_after_a_hang_up)
{
	struct host host;
	int fd = connect_and_be_hung_up(&host);

	(void)send(fd, "second", 6, MSG_NOSIGNAL);
	peer_expect_end(fd);
	(void)close(fd);
	host_await_closed(&host, 1);
	host_stop(&host);
	cr_assert_eq(host.data, 1);
}

Test(closing, a_flood_after_a_hang_up_is_cut_off_unseen)
{
	static uint8_t bytes[65536];
	struct host host;
	int fd = connect_and_be_hung_up(&host);

	while (send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0)
		;
	host_await_closed(&host, 1);
	host_stop(&host);
	cr_assert_eq(host.data, 1);
}

static void answer_whole_and_hang_up(struct host *host, struct message *message)
{
	uint64_t *left = host->state;

	if (message->kind != MESSAGE_DATA)
		return;
	message->reply = message->length;
	*left -= message->length;
	if (*left == 0)
		message->flags |= MESSAGE_HANG_UP;
}

Test(closing, what_is_queued_goes_out_before_the_end)
{
	struct host host;
	struct address bound;
	const uint64_t total = 200000;
	uint64_t left = total;
	int fd;

	host_init(&host);
	host.answer = answer_whole_and_hang_up;
	host.state = &left;
	bound = start_tcp(&host);
	fd = peer_connect(SOCK_STREAM, &bound);
	peer_exchange(fd, &(struct exchange){ .total = total, .slow = true, .read_max = 1000 });
	peer_expect_end(fd);
	(void)close(fd);
	host_await_closed(&host, 1);
	host_stop(&host);
}

static void hang_up_last(struct host *host, void *argument)
{
	engine_hang_up(host->engine, host->last_connection);
}

Test(closing, the_program_can_hang_up_an_idle_connection)
{
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	bound = start_tcp(&host);
	fd = peer_connect(SOCK_STREAM, &bound);
	peer_echo(fd, 1, 10);
	host_call(&host, hang_up_last, NULL);
	peer_expect_end(fd);
	(void)close(fd);
	host_await_closed(&host, 1);
	host_stop(&host);
	cr_assert_eq(host.last_error, 0);
}

Test(closing, a_hung_up_peer_that_never_closes_is_closed_after_the_linger_time)
{
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	host.config.linger_ns = 50 * 1000 * 1000;
	bound = start_tcp(&host);
	fd = peer_connect(SOCK_STREAM, &bound);
	peer_echo(fd, 1, 10);
	host_call(&host, hang_up_last, NULL);
	peer_expect_end(fd);
	host_await_closed(&host, 1);
	host_stop(&host);
}

/* The linger time begins when the turn has begun already, and may be the only time there is. */
Test(closing, a_turn_ends_with_the_linger_time_that_began_in_it, .timeout = 30)
{
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct engine_config config;
	struct message *message;
	struct hand hand;
	int fd;

	setting_config(&config);
	config.linger_ns = 50 * 1000 * 1000;
	config.idle_timeout_ns = 0;
	config.send_timeout_ns = 0;
	hand_open(&hand, &config);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	fd = peer_connect(SOCK_STREAM, &bound);
	message = hand_expect(&hand, MESSAGE_OPENED);
	engine_hang_up(hand.engine, message->connection);
	cr_assert_eq(hand_turn(&hand, ENGINE_WAIT_FOREVER), 1);
	cr_assert_eq(hand.batch[0].kind, MESSAGE_CLOSED);
	(void)close(fd);
	hand_close(&hand);
}

static void reset_last(struct host *host, void *argument)
{
	engine_reset(host->engine, host->last_connection);
}

Test(closing, the_program_can_reset_a_connection)
{
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	bound = start_tcp(&host);
	fd = peer_connect(SOCK_STREAM, &bound);
	peer_echo(fd, 1, 10);
	host_call(&host, reset_last, NULL);
	peer_expect_reset(fd);
	host_await_closed(&host, 1);
	host_stop(&host);
}

static uint32_t count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	uint32_t count = 0;

	while (readdir(directory))
		count++;
	(void)closedir(directory);
	return count;
}

Test(closing, an_engine_leaves_no_descriptor_behind)
{
	uint32_t before = count_descriptors();

	for (int i = 0; i < 5; i++) {
		struct host host;
		struct address bound;
		int fd;

		host_init(&host);
		bound = start_tcp(&host);
		fd = peer_connect(SOCK_STREAM, &bound);
		peer_echo(fd, 1, 10);
		host_stop(&host);
		peer_expect_end(fd);
		(void)close(fd);
	}
	cr_assert_eq(count_descriptors(), before);
}

/* What the kernel has accepted, and the engine has not seen, is nobody's: it must not stay open. */
Test(closing, connections_not_yet_seen_are_closed_with_the_engine)
{
	enum { PEERS = 20 };
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct engine_config config;
	struct hand hand;
	int fds[PEERS];

	setting_config(&config);
	hand_open(&hand, &config);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	(void)hand_turn(&hand, 0);
	for (int i = 0; i < PEERS; i++)
		fds[i] = peer_connect(SOCK_STREAM, &bound);
	hand_close(&hand);
	for (int i = 0; i < PEERS; i++) {
		char byte;
		ssize_t received = RETRY(recv(fds[i], &byte, 1, 0));

		cr_assert(received == 0 || (received < 0 && errno == ECONNRESET),
			  "peer %d: %zd, %s", i, received, strerror(errno));
	}
}

Test(closing, closing_nothing_is_fine)
{
	engine_close(NULL);
}

/* An armed io_uring keeps a port for milliseconds unless what is armed is cancelled first. */
Test(closing, a_tcp_port_can_be_bound_again_at_once)
{
	struct address at = address_ip(address_private_host(), 0);

	for (int i = 0; i < 10; i++) {
		struct host host;
		int fd;

		host_init(&host);
		at = host_listen(&host, SOCK_STREAM, &at);
		host_start(&host);
		fd = peer_connect(SOCK_STREAM, &at);
		peer_echo(fd, 1, 10);
		host_stop(&host);
		(void)close(fd);
	}
}

Test(closing, a_udp_port_can_be_bound_again_at_once)
{
	struct address at = address_ip(address_private_host(), 0);

	for (int i = 0; i < 10; i++) {
		struct host host;
		int fd;

		host_init(&host);
		at = host_listen(&host, SOCK_DGRAM, &at);
		host_start(&host);
		fd = peer_connect(SOCK_DGRAM, &at);
		peer_echo(fd, 1, 10);
		host_stop(&host);
		(void)close(fd);
	}
}

/* What a number of connections have come to, as an echoing program sees it. */
struct tally {
	int opened, closed;
};

static void count_batch(struct hand *hand, struct tally *tally)
{
	for (; hand->at < hand->count; hand->at++) {
		struct message *message = &hand->batch[hand->at];

		tally->opened += message->kind == MESSAGE_OPENED;
		tally->closed += message->kind == MESSAGE_CLOSED;
		if (message->kind == MESSAGE_DATA)
			message->reply = message->length;
	}
}

/* Open, close and data of several connections fall into one batch; the witness checks. */
Test(closing, a_number_is_not_reused_in_the_batch_that_closes_it)
{
	enum { ROUNDS = 200, LAG = 3 };
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct engine_config config;
	struct tally tally = { 0 };
	struct hand hand;

	setting_config(&config);
	config.connection_max = 4;
	hand_open(&hand, &config);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	for (int round = 0; round < ROUNDS; round++) {
		int fd = peer_connect(SOCK_STREAM, &bound);

		peer_send(fd, "x", 1);
		(void)close(fd);
		do {
			(void)hand_turn(&hand, 0);
			count_batch(&hand, &tally);
		} while (tally.closed < round - LAG);
	}
	while (tally.closed < ROUNDS) {
		(void)hand_turn(&hand, 1000 * 1000);
		count_batch(&hand, &tally);
	}
	cr_assert_eq(tally.opened, ROUNDS);
	hand_close(&hand);
}

Test(closing, an_engine_can_be_closed_in_the_middle_of_everything)
{
	static uint8_t bytes[1 << 18];
	struct host host;
	struct address bound;
	int fds[20];

	host_init(&host);
	bound = start_tcp(&host);
	for (int i = 0; i < 20; i++) {
		fds[i] = peer_connect(SOCK_STREAM, &bound);
		(void)send(fds[i], bytes, sizeof(bytes), MSG_DONTWAIT);
	}
	peer_receive(fds[19], bytes, 1000);
	host_stop(&host);
	for (int i = 0; i < 20; i++)
		(void)close(fds[i]);
}
