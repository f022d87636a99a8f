/* Accepting: storms, crowds, and too few descriptors or slots. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host.h"

TestSuite(accepting, .timeout = 60);

/* All that a test without descriptors has. */
#define DESCRIPTORS 256

static struct address start_tcp(struct host *host)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct address bound = host_listen(host, SOCK_STREAM, &at);

	host_start(host);
	return bound;
}

static void storm(const struct address *bound, uint32_t connections)
{
	for (uint32_t i = 0; i < connections; i++) {
		int fd = peer_connect(SOCK_STREAM, bound);

		peer_echo(fd, i, 64);
		(void)close(fd);
	}
}

Test(accepting, a_storm_of_short_tcp_connections_is_echoed)
{
	struct host host;
	struct address bound;

	host_init(&host);
	bound = start_tcp(&host);
	storm(&bound, 5000);
	host_await_closed(&host, 5000);
	host_stop(&host);
	cr_assert_eq(host.opened, 5000);
	cr_assert_eq(host.counters.accepted, 5000);
	cr_assert_eq(host.counters.closed, 5000);
}

Test(accepting, a_storm_of_short_unix_connections_is_echoed)
{
	struct address at = address_unix_fresh();
	struct host host;

	host_init(&host);
	host_listen(&host, SOCK_STREAM, &at);
	host_start(&host);
	storm(&at, 2000);
	host_await_closed(&host, 2000);
	host_stop(&host);
	address_unlink(&at);
}

Test(accepting, clients_that_reset_before_they_are_accepted_harm_no_other)
{
	struct host host;
	struct address bound;

	host_init(&host);
	host.config.connection_max = 512;
	host.config.backlog = 400;
	bound = start_tcp(&host);
	for (int i = 0; i < 300; i++)
		peer_reset(peer_connect(SOCK_STREAM, &bound));
	storm(&bound, 50);
	host_stop(&host);
}

Test(accepting, a_thousand_connections_at_once_are_echoed)
{
	enum { PEERS = 1000 };
	static int fds[PEERS];
	struct host host;
	struct address bound;

	host_init(&host);
	host.config.connection_max = 2 * PEERS;
	host.config.backlog = PEERS;
	bound = start_tcp(&host);
	for (int i = 0; i < PEERS; i++)
		fds[i] = peer_connect(SOCK_STREAM, &bound);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < PEERS; i++)
			peer_send_pattern(fds[i], i + round, 200);
		for (uint32_t i = 0; i < PEERS; i++)
			peer_receive_pattern(fds[i], i + round, 200);
	}
	for (int i = 0; i < PEERS; i++)
		(void)close(fds[i]);
	host_await_closed(&host, PEERS);
	host_stop(&host);
}

/* More clients than slots: the rest waits in the listen queue and is served as slots free up. */
Test(accepting, the_listen_queue_waits_while_no_slot_is_free)
{
	enum { PEERS = 40 };
	struct host host;
	struct address bound;
	int fds[PEERS];

	host_init(&host);
	host.config.connection_max = 8;
	host.config.backlog = PEERS;
	bound = start_tcp(&host);
	for (uint32_t i = 0; i < PEERS; i++) {
		fds[i] = peer_connect(SOCK_STREAM, &bound);
		peer_send_pattern(fds[i], i, 64);
	}
	for (uint32_t i = 0; i < PEERS; i++) {
		peer_receive_pattern(fds[i], i, 64);
		(void)close(fds[i]);
	}
	host_await_closed(&host, PEERS);
	host_stop(&host);
	cr_assert_eq(host.counters.connections_refused, 0);
}

/* Each of those that have sent their pattern goes once it has its answer, in whichever order. */
static void leave_when_served(const int *fds, uint32_t count)
{
	struct pollfd ready[64];

	cr_assert_leq(count, 64);
	for (uint32_t i = 0; i < count; i++)
		ready[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	for (uint32_t left = count; left > 0;) {
		cr_assert_gt(poll(ready, count, PEER_DEADLINE_S * 1000), 0, "%u are not served",
			     left);
		for (uint32_t i = 0; i < count; i++) {
			if (ready[i].fd < 0 || ready[i].revents == 0)
				continue;
			peer_receive_pattern(fds[i], i, 64);
			(void)close(fds[i]);
			ready[i].fd = -1;
			left--;
		}
	}
}

/* Listeners share the slots: an accept of each may be waiting for the one that comes free. */
static void check_shared_slots(uint32_t slots, uint32_t backlog)
{
	enum { LISTENERS = 3, PEERS = 20 };
	struct address at = address_ip("127.0.0.1", 0), bound[LISTENERS];
	int fds[PEERS * LISTENERS];
	struct host host;

	host_init(&host);
	host.config.connection_max = LISTENERS + slots;
	host.config.backlog = backlog;
	for (int i = 0; i < LISTENERS; i++)
		bound[i] = host_listen(&host, SOCK_STREAM, &at);
	for (uint32_t i = 0; i < PEERS * LISTENERS; i++) {
		fds[i] = peer_connect(SOCK_STREAM, &bound[i % LISTENERS]);
		peer_send_pattern(fds[i], i, 64);
	}
	host_start(&host);
	leave_when_served(fds, PEERS * LISTENERS);
	host_await_closed(&host, PEERS * LISTENERS);
	host_stop(&host);
	cr_assert_eq(host.counters.connections_refused, 0);
}

Test(accepting, listeners_that_share_one_slot_turn_nobody_away)
{
	check_shared_slots(1, 20);
}

Test(accepting, listeners_that_accept_ahead_turn_nobody_away)
{
	check_shared_slots(24, 20);
}

/* What a full engine does while it waits is bounded in steps; the clock is an idle timeout. */
Test(accepting, an_engine_without_a_free_slot_does_not_spin)
{
	struct engine_counters before, after;
	struct host host;
	struct address bound;
	int fds[6];

	host_init(&host);
	host.config.connection_max = 4;
	host.config.idle_timeout_ns = 300 * 1000 * 1000ull;
	bound = start_tcp(&host);
	for (int i = 0; i < 6; i++)
		fds[i] = peer_connect(SOCK_STREAM, &bound);
	HOST_AWAIT(&host, accepted, 3);
	before = host_counters(&host);
	peer_expect_end(fds[0]);
	after = host_counters(&host);
	cr_assert_lt(after.turns - before.turns, 500);
	cr_assert_lt(after.system_calls - before.system_calls, 500);
	host_stop(&host);
}

/* Takes every descriptor that is left; returns how many. */
static uint32_t exhaust_descriptors(int *ret_fds, uint32_t max)
{
	uint32_t count = 0;

	while (count < max && (ret_fds[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		count++;
	cr_assert_lt(count, max);
	cr_assert_eq(errno, EMFILE);
	return count;
}

/* An engine on which there is one idle client, and no descriptor is left. */
struct exhausted {
	struct host host;
	struct address bound;
	int idle;
	int taken[DESCRIPTORS];
	uint32_t taken_count;
};

static void exhaust(struct exhausted *exhausted, int *fds, int count)
{
	const struct rlimit limit = { .rlim_cur = DESCRIPTORS, .rlim_max = DESCRIPTORS };
	struct host *host = &exhausted->host;

	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	host_init(host);
	host->config.idle_timeout_ns = 1000 * 1000 * 1000ull;
	exhausted->bound = start_tcp(host);
	exhausted->idle = peer_connect(SOCK_STREAM, &exhausted->bound);
	peer_echo(exhausted->idle, 1, 64);
	for (int i = 0; i < count; i++)
		fds[i] = peer_socket(SOCK_STREAM, AF_INET, NULL);
	exhausted->taken_count = exhaust_descriptors(exhausted->taken, DESCRIPTORS);
}

static void release(struct exhausted *exhausted, uint32_t count)
{
	while (count-- > 0)
		(void)close(exhausted->taken[--exhausted->taken_count]);
}

Test(accepting, without_descriptors_clients_see_an_end_and_it_stays_calm)
{
	enum { CLIENTS = 10 };
	struct engine_counters before, after;
	struct exhausted exhausted;
	struct host *host = &exhausted.host;
	int fds[CLIENTS];

	if (setting_has(FEATURE_DIRECT))
		cr_skip_test("direct descriptors do not come out of RLIMIT_NOFILE");
	exhaust(&exhausted, fds, CLIENTS);
	for (int i = 0; i < CLIENTS; i++)
		peer_join(fds[i], &exhausted.bound);
	for (int i = 0; i < CLIENTS; i++)
		peer_expect_end(fds[i]);
	HOST_AWAIT(host, connections_refused, CLIENTS);
	before = host_counters(host);
	peer_expect_end(exhausted.idle);
	after = host_counters(host);
	cr_assert_lt(after.turns - before.turns, 1000);
	cr_assert_lt(after.system_calls - before.system_calls, 1000);
	cr_assert_geq(after.accept_errors, 1);
	cr_assert_eq(after.accepted, 1);
	host_stop(host);
	cr_assert_eq(host->counters.connections_refused, CLIENTS);
}

/* What one attempt to accept, each 100 ms, has found is no more right for the next one. */
Test(accepting, with_a_descriptor_free_again_the_next_attempt_serves)
{
	struct engine_counters before;
	struct exhausted exhausted;
	struct host *host = &exhausted.host;
	int fds[3];

	if (setting_has(FEATURE_DIRECT))
		cr_skip_test("direct descriptors do not come out of RLIMIT_NOFILE");
	exhaust(&exhausted, fds, 3);
	peer_join(fds[0], &exhausted.bound);
	peer_expect_end(fds[0]);
	release(&exhausted, 2);
	before = host_counters(host);
	peer_join(fds[1], &exhausted.bound);
	peer_echo(fds[1], 1, 1000);
	peer_join(fds[2], &exhausted.bound);
	peer_echo(fds[2], 2, 1000);
	host_stop(host);
	cr_assert_leq(host->counters.accept_errors - before.accept_errors, 1);
	cr_assert_eq(host->counters.connections_refused, before.connections_refused);
}
