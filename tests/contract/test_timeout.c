/* Streams on which nothing happens. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "host.h"

TestSuite(timeout, .timeout = 60);

static void check_idle(const struct address *at)
{
	struct host host;
	struct address bound;
	int fds[3];

	host_init(&host);
	host.config.idle_timeout_ns = 100 * 1000 * 1000ull;
	bound = host_listen(&host, SOCK_STREAM, at);
	host_start(&host);
	for (int i = 0; i < 3; i++)
		fds[i] = peer_connect(SOCK_STREAM, &bound);
	peer_echo(fds[0], 1, 100);
	for (int i = 0; i < 3; i++)
		peer_expect_end(fds[i]);
	host_await_closed(&host, 3);
	host_stop(&host);
	cr_assert_eq(host.counters.idle_timeouts, 3);
	address_unlink(&bound);
}

Test(timeout, an_idle_tcp_stream_is_closed)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_idle(&at);
}

Test(timeout, an_idle_unix_stream_is_closed)
{
	struct address at = address_unix_fresh();

	check_idle(&at);
}

Test(timeout, without_a_timeout_an_idle_stream_stays)
{
	struct address at = address_ip("127.0.0.1", 0), idle_at, timed_at;
	struct host idle, timed;
	int stays, ends;

	host_init(&idle);
	host_init(&timed);
	timed.config.idle_timeout_ns = 300 * 1000 * 1000ull;
	idle_at = host_listen(&idle, SOCK_STREAM, &at);
	timed_at = host_listen(&timed, SOCK_STREAM, &at);
	stays = peer_connect(SOCK_STREAM, &idle_at);
	ends = peer_connect(SOCK_STREAM, &timed_at);
	host_start(&idle);
	host_start(&timed);
	peer_expect_end(ends);
	peer_expect_nothing(stays);
	peer_echo(stays, 1, 100);
	host_stop(&idle);
	host_stop(&timed);
}

Test(timeout, a_peer_that_reads_slowly_but_steadily_is_not_reset)
{
	struct address at = address_ip("127.0.0.1", 0), bound;
	const int small = 4096;
	struct host host;
	int fd;

	host_init(&host);
	host.config.send_timeout_ns = 1000 * 1000 * 1000ull;
	host.config.idle_timeout_ns = 1000 * 1000 * 1000ull;
	bound = host_listen(&host, SOCK_STREAM, &at);
	host_start(&host);
	fd = peer_connect(SOCK_STREAM, &bound);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	peer_exchange(fd, &(struct exchange){ .total = 1 << 17, .read_max = 200, .slow = true });
	host_stop(&host);
	cr_assert_eq(host.counters.send_timeouts, 0);
}
