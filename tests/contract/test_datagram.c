/* Datagrams and records: one message in, one message out, to whom it came from. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

enum { UDP_PAYLOAD_MAX = 65507 };

TestSuite(datagram, .timeout = 60);

static void check_echo(int type, const struct address *at)
{
	static const size_t lengths[] = { 1, 2, 64, 512, 1400, 3000 };
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	bound = host_listen(&host, type, at);
	host_start(&host);
	fd = peer_connect(type, &bound);
	for (uint32_t i = 0; i < 300; i++)
		peer_echo(fd, i, lengths[i % 6]);
	(void)close(fd);
	host_stop(&host);
	address_unlink(&bound);
}

Test(datagram, udp_over_ipv4_is_echoed)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_echo(SOCK_DGRAM, &at);
}

Test(datagram, udp_over_ipv6_is_echoed)
{
	struct address at = address_ip("::1", 0);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (bind(fd, address_bytes(&at), at.length) != 0)
		cr_skip_test("no IPv6 on loopback");
	(void)close(fd);
	check_echo(SOCK_DGRAM, &at);
}

Test(datagram, a_unix_datagram_is_echoed)
{
	struct address at = address_unix_fresh();

	check_echo(SOCK_DGRAM, &at);
}

Test(datagram, a_unix_record_is_echoed)
{
	struct address at = address_unix_fresh();

	check_echo(SOCK_SEQPACKET, &at);
}

/* Sends a datagram to a host that is bound to all addresses and expects the answer from there. */
static void check_answer_from(const char *host_address, uint16_t port)
{
	struct address to = address_ip(host_address, port), from = { 0 };
	int fd = peer_socket(SOCK_DGRAM, to.storage.ss_family, NULL);
	char bytes[16];

	cr_assert_eq(sendto(fd, "whose?", 6, 0, address_bytes(&to), to.length), 6);
	from.length = sizeof(from.storage);
	cr_assert_eq(recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from.storage,
			      &from.length),
		     6, "%s", strerror(errno));
	cr_assert(address_equal(&to, &from), "answered from another address than the one asked");
	(void)close(fd);
}

Test(datagram, the_answer_comes_from_the_address_that_was_asked)
{
	struct address any = address_ip("0.0.0.0", 0);
	struct host host;

	host_init(&host);
	any = host_listen(&host, SOCK_DGRAM, &any);
	host_start(&host);
	check_answer_from("127.0.0.1", address_port(&any));
	check_answer_from("127.0.0.2", address_port(&any));
	check_answer_from("127.1.2.3", address_port(&any));
	host_stop(&host);
}

Test(datagram, a_dual_stack_listener_answers_from_the_address_that_was_asked)
{
	struct address any = address_ip("::", 0);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	struct host host;

	if (bind(fd, address_bytes(&any), any.length) != 0)
		cr_skip_test("no IPv6 here");
	(void)close(fd);
	host_init(&host);
	any = host_listen(&host, SOCK_DGRAM, &any);
	host_start(&host);
	check_answer_from("::1", address_port(&any));
	check_answer_from("127.0.0.2", address_port(&any));
	host_stop(&host);
}

/* Notes the peer's address and our own. */
static void answer_addresses(struct host *host, struct message *message)
{
	struct datagram datagram;
	struct sockaddr_in *seen = host->state;

	if (message->kind != MESSAGE_DATA || !engine_datagram(host->engine, message, &datagram))
		return;
	memcpy(&seen[0], datagram.peer, sizeof(seen[0]));
	if (datagram.local)
		memcpy(&seen[1], datagram.local, sizeof(seen[1]));
	message->reply = message->length;
}

Test(datagram, the_program_learns_both_addresses)
{
	struct address any = address_ip("0.0.0.0", 0), to, own;
	struct sockaddr_in seen[2] = { 0 };
	struct host host;
	int fd;

	host_init(&host);
	host.answer = answer_addresses;
	host.state = seen;
	any = host_listen(&host, SOCK_DGRAM, &any);
	host_start(&host);
	to = address_ip("127.0.0.9", address_port(&any));
	fd = peer_connect(SOCK_DGRAM, &to);
	own = address_of(fd);
	peer_echo(fd, 1, 10);
	host_stop(&host);
	cr_assert_arr_eq(&seen[0], &own.storage, sizeof(seen[0]));
	cr_assert_eq(seen[1].sin_family, AF_INET);
	cr_assert_eq(seen[1].sin_addr.s_addr, htonl(0x7f000009));
	(void)close(fd);
}

static void check_empty(int type, const struct address *at)
{
	struct host host;
	struct address bound;
	char byte;
	int fd;

	host_init(&host);
	bound = host_listen(&host, type, at);
	host_start(&host);
	fd = peer_connect(type, &bound);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(send(fd, "", 0, 0), 0);
		cr_assert_eq(recv(fd, &byte, 1, 0), 0, "no empty answer: %s", strerror(errno));
	}
	peer_echo(fd, 1, 100);
	(void)close(fd);
	host_stop(&host);
	address_unlink(&bound);
}

Test(datagram, an_empty_udp_datagram_is_answered_with_an_empty_one)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_empty(SOCK_DGRAM, &at);
}

Test(datagram, an_empty_unix_datagram_is_answered_with_an_empty_one)
{
	struct address at = address_unix_fresh();

	check_empty(SOCK_DGRAM, &at);
}

static void answer_full_ones(struct host *host, struct message *message)
{
	if (message->length > 0)
		host_answer_echo(host, message);
}

Test(datagram, no_reply_means_no_datagram)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	host.answer = answer_full_ones;
	bound = host_listen(&host, SOCK_DGRAM, &at);
	host_start(&host);
	fd = peer_connect(SOCK_DGRAM, &bound);
	cr_assert_eq(send(fd, "", 0, 0), 0);
	peer_echo(fd, 1, 10);
	peer_expect_nothing(fd);
	(void)close(fd);
	host_stop(&host);
}

Test(datagram, the_largest_udp_datagram_is_echoed)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	host.config.datagram_size = UDP_PAYLOAD_MAX + 1024;
	host.config.datagram_count = 16;
	bound = host_listen(&host, SOCK_DGRAM, &at);
	host_start(&host);
	fd = peer_connect(SOCK_DGRAM, &bound);
	for (uint32_t i = 0; i < 20; i++) {
		peer_echo(fd, i, UDP_PAYLOAD_MAX - i);
		peer_echo(fd, i, 1);
	}
	(void)close(fd);
	host_stop(&host);
}

/* Answers with how long the message was for the program, and whether it was marked as cut. */
static void answer_verdict(struct host *host, struct message *message)
{
	uint32_t verdict[2] = { message->length, !!(message->flags & MESSAGE_TRUNCATED) };

	if (message->kind != MESSAGE_DATA)
		return;
	memcpy(message->data, verdict, sizeof(verdict));
	message->reply = sizeof(verdict);
}

static void check_truncated(int type, const struct address *at)
{
	struct host host;
	struct address bound;
	uint32_t verdict[2];
	int fd;

	host_init(&host);
	host.answer = answer_verdict;
	host.config.datagram_size = 2048;
	host.config.buffer_size = 2048;
	host.config.large_size = 2048;
	bound = host_listen(&host, type, at);
	host_start(&host);
	fd = peer_connect(type, &bound);
	peer_send_pattern(fd, 1, 1000);
	peer_receive(fd, verdict, sizeof(verdict));
	cr_assert_eq(verdict[0], 1000);
	cr_assert_eq(verdict[1], 0, "a datagram that fits is not cut");
	peer_send_pattern(fd, 2, 5000);
	peer_receive(fd, verdict, sizeof(verdict));
	cr_assert_geq(verdict[0], 1000);
	cr_assert_lt(verdict[0], 5000);
	cr_assert_eq(verdict[1], 1, "a cut datagram says so");
	host_stop(&host);
	cr_assert_eq(host.counters.datagrams_truncated, 1);
	(void)close(fd);
	address_unlink(&bound);
}

Test(datagram, a_udp_datagram_longer_than_the_buffer_is_marked)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_truncated(SOCK_DGRAM, &at);
}

Test(datagram, a_unix_datagram_longer_than_the_buffer_is_marked)
{
	struct address at = address_unix_fresh();

	check_truncated(SOCK_DGRAM, &at);
}

Test(datagram, a_record_longer_than_the_buffer_is_marked)
{
	struct address at = address_unix_fresh();

	check_truncated(SOCK_SEQPACKET, &at);
}

Test(datagram, record_boundaries_survive_a_burst)
{
	enum { RECORDS = 50 };
	struct address at = address_unix_fresh();
	struct host host;
	int fd;

	host_init(&host);
	host_listen(&host, SOCK_SEQPACKET, &at);
	host_start(&host);
	fd = peer_connect(SOCK_SEQPACKET, &at);
	for (uint32_t i = 0; i < RECORDS; i++)
		peer_send_pattern(fd, i, 1 + i * 37);
	for (uint32_t i = 0; i < RECORDS; i++)
		peer_receive_pattern(fd, i, 1 + i * 37);
	(void)shutdown(fd, SHUT_WR);
	peer_expect_end(fd);
	(void)close(fd);
	host_await_closed(&host, 1);
	host_stop(&host);
	address_unlink(&at);
}

Test(datagram, a_large_record_is_echoed_whole)
{
	struct address at = address_unix_fresh();
	struct host host;
	int fd;

	host_init(&host);
	host_listen(&host, SOCK_SEQPACKET, &at);
	host_start(&host);
	fd = peer_connect(SOCK_SEQPACKET, &at);
	for (uint32_t i = 0; i < 20; i++)
		peer_echo(fd, i, 60000 + i);
	(void)close(fd);
	host_stop(&host);
	address_unlink(&at);
}

Test(datagram, segments_sent_in_one_call_are_messages_of_their_own)
{
	enum { SEGMENT = 100, SEGMENTS = 20, LAST = 60 };
	const int segment = SEGMENT;
	struct address at = address_ip("127.0.0.1", 0);
	uint8_t bytes[SEGMENT * SEGMENTS + LAST], answer[SEGMENT];
	struct host host;
	struct address bound;
	int fd;

	host_init(&host);
	bound = host_listen(&host, SOCK_DGRAM, &at);
	host_start(&host);
	fd = peer_connect(SOCK_DGRAM, &bound);
	if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
		cr_skip_test("no UDP_SEGMENT on this kernel");
	for (uint32_t round = 0; round < 10; round++) {
		pattern_fill(round, 0, bytes, sizeof(bytes));
		peer_send(fd, bytes, sizeof(bytes));
		for (size_t i = 0; i <= SEGMENTS; i++) {
			size_t length = i < SEGMENTS ? SEGMENT : LAST;

			cr_assert_eq(recv(fd, answer, sizeof(answer), MSG_TRUNC), (ssize_t)length);
			pattern_check(round, i * SEGMENT, answer, length);
		}
	}
	host_stop(&host);
	cr_assert_eq(host.data, 10 * (SEGMENTS + 1));
	(void)close(fd);
}

Test(datagram, each_peer_gets_its_own_answers)
{
	enum { PEERS = 20, DEPTH = 4 };
	struct address at = address_ip("127.0.0.1", 0);
	struct host host;
	struct address bound;
	int fds[PEERS];

	host_init(&host);
	bound = host_listen(&host, SOCK_DGRAM, &at);
	host_start(&host);
	for (int i = 0; i < PEERS; i++)
		fds[i] = peer_connect(SOCK_DGRAM, &bound);
	for (uint32_t i = 0; i < PEERS * DEPTH; i++)
		peer_send_pattern(fds[i % PEERS], i, 10 + i);
	for (uint32_t i = 0; i < PEERS * DEPTH; i++)
		peer_receive_pattern(fds[i % PEERS], i, 10 + i);
	host_stop(&host);
}

Test(datagram, a_peer_that_is_gone_harms_no_other)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct host host;
	struct address bound;
	int fd, gone;

	host_init(&host);
	bound = host_listen(&host, SOCK_DGRAM, &at);
	host_start(&host);
	/* First, or it might get the port, and an answer, of one that is gone. */
	fd = peer_connect(SOCK_DGRAM, &bound);
	for (uint32_t i = 0; i < 50; i++) {
		gone = peer_connect(SOCK_DGRAM, &bound);
		peer_send_pattern(gone, i, 100);
		(void)close(gone);
	}
	for (uint32_t i = 0; i < 50; i++)
		peer_echo(fd, i, 100);
	(void)close(fd);
	host_stop(&host);
}

Test(datagram, a_unix_peer_without_an_address_harms_no_other)
{
	struct address at = address_unix_fresh();
	struct host host;
	int nameless, fd;

	host_init(&host);
	host_listen(&host, SOCK_DGRAM, &at);
	host_start(&host);
	nameless = peer_socket(SOCK_DGRAM, AF_UNIX, NULL);
	cr_assert_eq(connect(nameless, address_bytes(&at), at.length), 0);
	peer_send(nameless, "nobody", 6);
	fd = peer_connect(SOCK_DGRAM, &at);
	peer_echo(fd, 1, 100);
	host_stop(&host);
	cr_assert_geq(host.counters.datagrams_dropped, 1);
	address_unlink(&at);
}
