#include "peer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { PEER_CHUNK = 65536 };

static void set_option(int fd, int level, int name, int value)
{
	cr_assert_eq(setsockopt(fd, level, name, &value, sizeof(value)), 0, "setsockopt: %s",
		     strerror(errno));
}

int peer_socket(int type, int family, const struct address *near)
{
	const struct timeval deadline = { .tv_sec = PEER_DEADLINE_S };
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0, "socket: %s", strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
	if (type == SOCK_STREAM && family != AF_UNIX)
		set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (near)
		cr_assert_eq(bind(fd, address_bytes(near), near->length), 0, "bind: %s",
			     strerror(errno));
	return fd;
}

int peer_bind(int type, const struct address *at, int backlog)
{
	int family = at->storage.ss_family;
	int fd = peer_socket(type, family, NULL);

	if (type == SOCK_STREAM && family != AF_UNIX)
		set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (family == AF_INET6)
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	cr_assert_eq(bind(fd, address_bytes(at), at->length), 0, "bind: %s", strerror(errno));
	if (type != SOCK_DGRAM)
		cr_assert_eq(listen(fd, backlog), 0, "listen: %s", strerror(errno));
	return fd;
}

/* Criterion stops and continues its children, which interrupts a connect() with a deadline; the
 * connection is made all the same. */
static int finish_connect(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	socklen_t length = sizeof(int);
	int error = ETIMEDOUT;

	if (errno != EINTR)
		return -errno;
	if (poll(&ready, 1, PEER_DEADLINE_S * 1000) == 1)
		(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	return -error;
}

void peer_join(int fd, const struct address *to)
{
	int error = connect(fd, address_bytes(to), to->length) ? finish_connect(fd) : 0;

	cr_assert_eq(error, 0, "connect: %s", strerror(-error));
}

int peer_connect(int type, const struct address *to)
{
	const struct address unnamed = { .storage.ss_family = AF_UNIX,
					 .length = sizeof(sa_family_t) };
	int family = to->storage.ss_family;
	int fd = peer_socket(type, family,
			     family == AF_UNIX && type == SOCK_DGRAM ? &unnamed : NULL);

	peer_join(fd, to);
	return fd;
}

void peer_send(int fd, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;

	do {
		ssize_t sent = RETRY(send(fd, next, length, MSG_NOSIGNAL));

		cr_assert_geq(sent, 0, "send: %s", strerror(errno));
		next += sent;
		length -= (size_t)sent;
	} while (length > 0);
}

void peer_receive(int fd, void *bytes, size_t length)
{
	uint8_t *next = bytes;

	while (length > 0) {
		ssize_t received = RETRY(recv(fd, next, length, 0));

		cr_assert_geq(received, 0, "recv with %zu bytes still to come: %s", length,
			      strerror(errno));
		cr_assert_neq(received, 0, "the end, with %zu bytes still to come", length);
		next += received;
		length -= (size_t)received;
	}
}

void peer_expect_end(int fd)
{
	char byte;
	ssize_t received = RETRY(recv(fd, &byte, 1, 0));

	cr_assert_neq(received, 1, "a byte too many: 0x%02x", byte);
	cr_assert_eq(received, 0, "an error instead of the end: %s", strerror(errno));
}

void peer_expect_reset(int fd)
{
	char bytes[4096];
	ssize_t received;

	do
		received = RETRY(recv(fd, bytes, sizeof(bytes), 0));
	while (received > 0);
	cr_assert_eq(received, -1, "the end instead of a reset");
	cr_assert_eq(errno, ECONNRESET, "expected a reset: %s", strerror(errno));
}

void peer_expect_nothing(int fd)
{
	char byte;
	ssize_t received = recv(fd, &byte, 1, MSG_DONTWAIT);

	cr_assert_eq(received, -1, "recv returned %zd where nothing was to come", received);
	cr_assert_eq(errno, EAGAIN, "recv: %s", strerror(errno));
}

void peer_reset(int fd)
{
	const struct linger at_once = { .l_onoff = 1 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	(void)close(fd);
}

static uint8_t pattern_byte(uint32_t seed, size_t offset)
{
	uint32_t mixed = (uint32_t)offset * 2654435761u + seed * 40503u;

	return (uint8_t)(mixed >> 24 ^ mixed >> 13);
}

void pattern_fill(uint32_t seed, size_t offset, void *bytes, size_t length)
{
	uint8_t *byte = bytes;

	for (size_t i = 0; i < length; i++)
		byte[i] = pattern_byte(seed, offset + i);
}

void pattern_check(uint32_t seed, size_t offset, const void *bytes, size_t length)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < length; i++)
		if (byte[i] != pattern_byte(seed, offset + i))
			cr_assert_fail("byte %zu of conversation %u is 0x%02x, not 0x%02x",
				       offset + i, seed, byte[i], pattern_byte(seed, offset + i));
}

void peer_send_pattern(int fd, uint32_t seed, size_t length)
{
	static uint8_t bytes[1 << 20];

	cr_assert_leq(length, sizeof(bytes));
	pattern_fill(seed, 0, bytes, length);
	peer_send(fd, bytes, length);
}

static bool is_stream(int fd)
{
	socklen_t length = sizeof(int);
	int type = 0;

	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length);
	return type == SOCK_STREAM;
}

void peer_receive_pattern(int fd, uint32_t seed, size_t length)
{
	static uint8_t bytes[1 << 20];
	ssize_t received;

	cr_assert_leq(length, sizeof(bytes));
	if (is_stream(fd)) {
		peer_receive(fd, bytes, length);
	} else {
		received = RETRY(recv(fd, bytes, sizeof(bytes), MSG_TRUNC));
		cr_assert_geq(received, 0, "recv: %s", strerror(errno));
		cr_assert_eq((size_t)received, length, "a message of %zd bytes, not %zu", received,
			     length);
	}
	pattern_check(seed, 0, bytes, length);
}

void peer_echo(int fd, uint32_t seed, size_t length)
{
	peer_send_pattern(fd, seed, length);
	peer_receive_pattern(fd, seed, length);
}

static size_t at_most(size_t length, size_t limit)
{
	size_t chunk = limit && limit < PEER_CHUNK ? limit : PEER_CHUNK;

	return length < chunk ? length : chunk;
}

static size_t exchange_write(int fd, const struct exchange *exchange, size_t sent)
{
	uint8_t bytes[PEER_CHUNK];
	size_t length = at_most(exchange->total - sent, exchange->write_max);
	ssize_t count;

	pattern_fill(exchange->seed, sent, bytes, length);
	count = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	cr_assert(count > 0 || errno == EAGAIN, "send: %s", strerror(errno));
	return count > 0 ? (size_t)count : 0;
}

static size_t exchange_read(int fd, const struct exchange *exchange, size_t received)
{
	uint8_t bytes[PEER_CHUNK];
	size_t length = at_most(exchange->total - received, exchange->read_max);
	ssize_t count = recv(fd, bytes, length, MSG_DONTWAIT);

	cr_assert_neq(count, 0, "the end, with %zu bytes still to come",
		      exchange->total - received);
	cr_assert(count > 0 || errno == EAGAIN, "recv: %s", strerror(errno));
	if (count > 0)
		pattern_check(exchange->seed, received, bytes, (size_t)count);
	return count > 0 ? (size_t)count : 0;
}

void peer_exchange(int fd, const struct exchange *exchange)
{
	size_t sent = 0, received = 0;

	while (received < exchange->total) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };

		if (sent < exchange->total)
			ready.events |= POLLOUT;
		cr_assert_eq(poll(&ready, 1, PEER_DEADLINE_S * 1000), 1,
			     "stuck with %zu bytes sent and %zu received of %zu", sent, received,
			     exchange->total);
		if (ready.revents & POLLOUT) {
			sent += exchange_write(fd, exchange, sent);
			if (sent == exchange->total && exchange->half_close)
				(void)shutdown(fd, SHUT_WR);
			if (exchange->slow)
				continue;
		}
		if (ready.revents & ~POLLOUT)
			received += exchange_read(fd, exchange, received);
	}
	if (exchange->half_close)
		peer_expect_end(fd);
}
