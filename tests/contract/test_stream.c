/* Streams: every byte comes back, in order, on TCP and on UNIX sockets. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

enum { MESSAGE_64_KIB = 65536, MESSAGE_1_MIB = 1 << 20 };

TestSuite(stream, .timeout = 60);

static bool have_ipv6(void)
{
	struct address loopback = address_ip("::1", 0);
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool have = fd >= 0 && bind(fd, address_bytes(&loopback), loopback.length) == 0;

	if (fd >= 0)
		(void)close(fd);
	return have;
}

static void check_echo(const struct address *at)
{
	static const size_t lengths[] = { 1, 64, 4095, 4096, 4097, MESSAGE_64_KIB };
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	bound = host_listen(&host, SOCK_STREAM, at);
	host_start(&host);
	fd = peer_connect(SOCK_STREAM, &bound);
	for (uint32_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		peer_exchange(fd, &(struct exchange){ .seed = i, .total = lengths[i] });
	(void)close(fd);
	host_await_closed(&host, 1);
	host_stop(&host);
	cr_assert_eq(host.opened, 1);
	cr_assert_eq(host.last_error, 0);
	address_unlink(&bound);
}

Test(stream, tcp_over_ipv4_is_echoed)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_echo(&at);
}

Test(stream, tcp_over_ipv6_is_echoed)
{
	struct address at;

	if (!have_ipv6())
		cr_skip_test("no IPv6 on loopback");
	at = address_ip("::1", 0);
	check_echo(&at);
}

Test(stream, an_ipv4_client_reaches_a_dual_stack_listener)
{
	struct address any, ip4;
	struct host host;
	int fd;

	if (!have_ipv6())
		cr_skip_test("no IPv6 on loopback");
	any = address_ip("::", 0);
	host_init(&host);
	any = host_listen(&host, SOCK_STREAM, &any);
	host_start(&host);
	ip4 = address_ip("127.0.0.1", address_port(&any));
	fd = peer_connect(SOCK_STREAM, &ip4);
	peer_echo(fd, 1, 64);
	(void)close(fd);
	host_stop(&host);
}

Test(stream, a_unix_path_is_echoed)
{
	struct address at = address_unix_fresh();

	check_echo(&at);
}

Test(stream, an_abstract_unix_name_is_echoed)
{
	char name[64];
	struct address at;

	(void)snprintf(name, sizeof(name), "@ringside-test-%d", (int)getpid());
	at = address_unix(name);
	check_echo(&at);
}

/* A host on one TCP port, and one connected peer: what most tests below need. */
static int start_with_peer(struct host *host, struct address *ret_bound)
{
	struct address at = address_ip("127.0.0.1", 0);

	*ret_bound = host_listen(host, SOCK_STREAM, &at);
	host_start(host);
	return peer_connect(SOCK_STREAM, ret_bound);
}

Test(stream, single_bytes_come_back_in_order)
{
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	fd = start_with_peer(&host, &bound);
	peer_exchange(fd, &(struct exchange){ .seed = 1, .total = 3000, .write_max = 1 });
	peer_exchange(fd, &(struct exchange){ .seed = 2, .total = 3000, .read_max = 1 });
	(void)close(fd);
	host_stop(&host);
}

Test(stream, a_mebibyte_comes_back)
{
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	fd = start_with_peer(&host, &bound);
	for (uint32_t i = 0; i < 4; i++)
		peer_exchange(fd, &(struct exchange){ .seed = i, .total = MESSAGE_1_MIB });
	(void)close(fd);
	host_stop(&host);
}

Test(stream, much_comes_back_to_a_peer_with_little_room_that_reads_slowly)
{
	const int small = 8192;
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	fd = start_with_peer(&host, &bound);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	peer_exchange(fd, &(struct exchange){ .total = 1 << 17, .read_max = 1009, .slow = true });
	(void)close(fd);
	host_stop(&host);
}

Test(stream, a_mebibyte_comes_back_over_a_unix_socket)
{
	struct address at = address_unix_fresh();
	struct host host;
	int fd;

	host_init(&host);
	host_listen(&host, SOCK_STREAM, &at);
	host_start(&host);
	fd = peer_connect(SOCK_STREAM, &at);
	peer_exchange(fd,
		      &(struct exchange){ .total = MESSAGE_1_MIB, .read_max = 1009, .slow = true });
	(void)close(fd);
	host_stop(&host);
	address_unlink(&at);
}

Test(stream, a_half_closed_peer_gets_all_it_is_owed)
{
	struct host host;
	struct address bound;
	struct exchange exchange = { .half_close = true, .slow = true };

	host_init(&host);
	(void)close(start_with_peer(&host, &bound));
	for (exchange.total = 1; exchange.total <= MESSAGE_1_MIB; exchange.total *= 32) {
		int fd = peer_connect(SOCK_STREAM, &bound);

		peer_exchange(fd, &exchange);
		(void)close(fd);
	}
	host_await_closed(&host, host_counters(&host).accepted);
	host_stop(&host);
}

Test(stream, many_messages_ahead_are_answered_in_order)
{
	enum { DEPTH = 64, LENGTH = 64 };
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	fd = start_with_peer(&host, &bound);
	for (uint32_t round = 0; round < 50; round++) {
		for (uint32_t i = 0; i < DEPTH; i++)
			peer_send_pattern(fd, round * DEPTH + i, LENGTH);
		for (uint32_t i = 0; i < DEPTH; i++)
			peer_receive_pattern(fd, round * DEPTH + i, LENGTH);
	}
	(void)close(fd);
	host_stop(&host);
}

Test(stream, several_listeners_share_an_engine)
{
	enum { LISTENERS = 6 };
	struct address bound[LISTENERS];
	int fds[LISTENERS];
	struct host host;

	host_init(&host);
	for (int i = 0; i < LISTENERS; i++) {
		struct address at = i & 1 ? address_unix_fresh() : address_ip("127.0.0.1", 0);

		bound[i] = host_listen(&host, SOCK_STREAM, &at);
	}
	host_start(&host);
	for (int i = 0; i < LISTENERS; i++)
		fds[i] = peer_connect(SOCK_STREAM, &bound[i]);
	for (int i = 0; i < LISTENERS; i++)
		peer_echo(fds[i], (uint32_t)i, 1000);
	host_stop(&host);
	for (int i = 0; i < LISTENERS; i++)
		address_unlink(&bound[i]);
}

/* Answers with the number of the listener that the message came to. */
static void answer_listener(struct host *host, struct message *message)
{
	if (message->kind != MESSAGE_DATA)
		return;
	message->data[0] = 0xff;
	for (uint32_t i = 0; i < host->listener_count; i++)
		if (host->listeners[i].listener == message->listener)
			message->data[0] = (uint8_t)i;
	message->reply = 1;
}

Test(stream, a_message_says_which_listener_it_came_to)
{
	struct address at = address_ip("127.0.0.1", 0), bound[3];
	struct host host;

	host_init(&host);
	host.answer = answer_listener;
	bound[0] = host_listen(&host, SOCK_STREAM, &at);
	bound[1] = host_listen(&host, SOCK_DGRAM, &at);
	bound[2] = host_listen(&host, SOCK_STREAM, &at);
	host_start(&host);
	for (int i = 0; i < 3; i++) {
		int fd = peer_connect(i == 1 ? SOCK_DGRAM : SOCK_STREAM, &bound[i]);
		uint8_t number = 0xee;

		peer_send(fd, "?", 1);
		peer_receive(fd, &number, 1);
		cr_assert_eq(number, i);
		(void)close(fd);
	}
	host_stop(&host);
}

/* Answers each message with "<" and ">" around it: two bytes more than came. */
static void answer_bracketed(struct host *host, struct message *message)
{
	if (message->kind != MESSAGE_DATA || message->capacity < message->length + 2)
		return;
	memmove(message->data + 1, message->data, message->length);
	message->data[0] = '<';
	message->data[message->length + 1] = '>';
	message->reply = message->length + 2;
}

Test(stream, a_reply_may_exceed_its_message_by_the_room_asked_for)
{
	static char sent[4096], received[4098];
	struct host host;
	struct address bound;
	int fd;

	memset(sent, 'x', sizeof(sent));
	host_init(&host);
	host.answer = answer_bracketed;
	host.config.reply_room = 2;
	fd = start_with_peer(&host, &bound);
	for (size_t length = 1; length <= 1024; length *= 4) {
		peer_send(fd, sent, length);
		peer_receive(fd, received, length + 2);
		cr_assert_eq(received[0], '<');
		cr_assert_arr_eq(received + 1, sent, length);
		cr_assert_eq(received[length + 1], '>');
	}
	(void)close(fd);
	host_stop(&host);
}

Test(stream, the_default_config_serves)
{
	struct host host;
	struct address bound;
	struct feature_request request;
	int fd;

	host_init(&host);
	request = host.config.features;
	engine_config_init(&host.config);
	host.config.features = request;
	fd = start_with_peer(&host, &bound);
	peer_exchange(fd, &(struct exchange){ .total = MESSAGE_1_MIB });
	(void)close(fd);
	host_stop(&host);
}
