/* Listeners that talk: the program speaks first, or for ever, into the engine's buffers. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "hand.h"
#include "host.h"

TestSuite(talking, .timeout = 60);

/* Endless: the pattern from where this connection has come to. One peer at a time. */
static void answer_endless(struct host *host, struct message *message)
{
	size_t *offset = host->state;

	if (message->kind == MESSAGE_OPENED)
		*offset = 0;
	if (message->kind != MESSAGE_OPENED && message->kind != MESSAGE_SENT)
		return;
	pattern_fill(3, *offset, message->data, message->capacity);
	message->reply = message->capacity;
	*offset += message->reply;
}

static void receive_endless(int fd, size_t total)
{
	uint8_t bytes[4096];

	for (size_t offset = 0; offset < total; offset += sizeof(bytes)) {
		peer_receive(fd, bytes, sizeof(bytes));
		pattern_check(3, offset, bytes, sizeof(bytes));
	}
}

static void check_endless(int type, const struct address *at)
{
	struct host host;
	struct address bound;
	size_t offset;

	host_init(&host);
	host.answer = answer_endless;
	host.state = &offset;
	bound = host_listen_talking(&host, type, at);
	host_start(&host);
	for (uint64_t i = 0; i < 3; i++) {
		int fd = peer_connect(type, &bound);

		receive_endless(fd, 1 << 20);
		(void)close(fd);
		host_await_closed(&host, i + 1);
	}
	host_stop(&host);
	address_unlink(&bound);
}

Test(talking, an_endless_answer_keeps_its_order_over_tcp)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_endless(SOCK_STREAM, &at);
}

Test(talking, an_endless_answer_keeps_its_order_over_a_unix_stream)
{
	struct address at = address_unix_fresh();

	check_endless(SOCK_STREAM, &at);
}

Test(talking, an_endless_answer_ignores_what_the_peer_sends)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct host host;
	struct address bound;
	size_t offset;
	int fd;

	host_init(&host);
	host.answer = answer_endless;
	host.state = &offset;
	bound = host_listen_talking(&host, SOCK_STREAM, &at);
	host_start(&host);
	fd = peer_connect(SOCK_STREAM, &bound);
	peer_send_pattern(fd, 9, 50000);
	receive_endless(fd, 1 << 20);
	(void)close(fd);
	host_await_closed(&host, 1);
	host_stop(&host);
}

Test(talking, an_endless_answer_to_a_peer_that_does_not_read_stays_bounded)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct host host;
	struct address bound;
	uint64_t before, after;
	size_t offset;
	int fd, echo;

	host_init(&host);
	host.answer = answer_endless;
	host.state = &offset;
	host.config.send_timeout_ns = 300 * 1000 * 1000ull;
	bound = host_listen_talking(&host, SOCK_STREAM, &at);
	host_start(&host);
	fd = peer_connect(SOCK_STREAM, &bound);
	HOST_AWAIT(&host, bytes_out, 1);
	before = host_counters(&host).turns;
	HOST_AWAIT(&host, send_timeouts, 1);
	after = host_counters(&host).turns;
	cr_assert_lt(after - before, 20000);
	peer_expect_reset(fd);
	echo = peer_connect(SOCK_STREAM, &bound);
	receive_endless(echo, 65536);
	host_stop(&host);
}

/* They hold all output buffers, and there is no send timeout. */
Test(talking, peers_that_do_not_read_do_not_keep_others_from_being_greeted)
{
	enum { SILENT = 4 };
	struct address at = address_ip("127.0.0.1", 0);
	struct host host;
	struct address bound;
	size_t offset = 0;
	char byte;

	host_init(&host);
	host.answer = answer_endless;
	host.state = &offset;
	host.config.output_count = SILENT;
	bound = host_listen_talking(&host, SOCK_STREAM, &at);
	host_start(&host);
	for (int i = 0; i < SILENT; i++)
		(void)peer_connect(SOCK_STREAM, &bound);
	HOST_AWAIT(&host, accepted, SILENT);
	peer_receive(peer_connect(SOCK_STREAM, &bound), &byte, 1);
	host_stop(&host);
	cr_assert_geq(host.counters.send_timeouts, 1);
}

static void answer_greeting(struct host *host, struct message *message)
{
	if (message->kind != MESSAGE_OPENED)
		return;
	memcpy(message->data, "hello\r\n", 7);
	message->reply = 7;
	message->flags |= MESSAGE_HANG_UP;
}

static void check_greeting(int type, const struct address *at)
{
	struct host host;
	struct address bound;
	char line[7];

	host_init(&host);
	host.answer = answer_greeting;
	bound = host_listen_talking(&host, type, at);
	host_start(&host);
	for (int i = 0; i < 200; i++) {
		int fd = peer_connect(type, &bound);

		peer_receive(fd, line, sizeof(line));
		cr_assert_arr_eq(line, "hello\r\n", 7);
		peer_expect_end(fd);
		(void)close(fd);
	}
	host_await_closed(&host, 200);
	host_stop(&host);
	address_unlink(&bound);
}

Test(talking, a_greeting_and_the_end_over_tcp)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_greeting(SOCK_STREAM, &at);
}

Test(talking, a_greeting_and_the_end_over_a_unix_stream)
{
	struct address at = address_unix_fresh();

	check_greeting(SOCK_STREAM, &at);
}

Test(talking, a_greeting_and_the_end_in_records)
{
	struct address at = address_unix_fresh();

	check_greeting(SOCK_SEQPACKET, &at);
}

/* With few buffers some connections must wait for one, but each gets its greeting. */
Test(talking, every_peer_is_greeted_when_buffers_are_few)
{
	enum { PEERS = 40 };
	struct address at = address_ip("127.0.0.1", 0);
	struct host host;
	struct address bound;
	int fds[PEERS];
	char line[7];

	host_init(&host);
	host.answer = answer_greeting;
	host.config.output_count = 2;
	bound = host_listen_talking(&host, SOCK_STREAM, &at);
	host_start(&host);
	for (int i = 0; i < PEERS; i++)
		fds[i] = peer_connect(SOCK_STREAM, &bound);
	for (int i = 0; i < PEERS; i++) {
		peer_receive(fds[i], line, sizeof(line));
		cr_assert_arr_eq(line, "hello\r\n", 7);
		peer_expect_end(fds[i]);
		(void)close(fds[i]);
	}
	host_stop(&host);
}
