/* Whose connections a UNIX listener takes: the kernel is asked who connected, before a byte. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

enum { STRANGER = 65534, CLIENTS = 20 };

TestSuite(admission, .timeout = 60);

/* At an abstract name, where no mode of a file stands in the way. */
static struct address listen_for(struct host *host, int type, const uid_t *uids, uint32_t count)
{
	struct address at;
	char name[32];

	(void)snprintf(name, sizeof(name), "@admission-%d", (int)getpid());
	at = address_unix(name);
	(void)host_listen(host, type, &at);
	host->listeners[host->listener_count - 1].options.allowed_uids = uids;
	host->listeners[host->listener_count - 1].options.allowed_uid_count = count;
	return at;
}

/* Connected, and then nothing comes but the end. */
static bool is_refused(int type, const struct address *at)
{
	int fd = peer_connect(type, at);
	char byte = 'x';
	bool ended;

	/* The server may have closed already; what it has not read it answers with a reset. */
	(void)send(fd, &byte, 1, MSG_NOSIGNAL);
	errno = 0;
	ended = recv(fd, &byte, 1, 0) <= 0 && errno != EAGAIN;
	(void)close(fd);
	return ended;
}

static void check_refused(int type)
{
	const uid_t others[] = { geteuid() + 1, geteuid() + 2 };
	struct host host;
	struct address at;

	host_init(&host);
	at = listen_for(&host, type, others, 2);
	host_start(&host);
	for (int i = 0; i < CLIENTS; i++)
		cr_assert(is_refused(type, &at));
	host_stop(&host);
	cr_assert_eq(host.counters.connections_forbidden, CLIENTS);
	cr_assert_eq(host.counters.accepted, 0);
	cr_assert_eq(host.opened, 0);
	cr_assert_eq(host.data, 0);
}

Test(admission, others_are_closed_before_a_byte_is_read)
{
	check_refused(SOCK_STREAM);
}

Test(admission, others_are_closed_on_a_socket_of_records)
{
	check_refused(SOCK_SEQPACKET);
}

Test(admission, an_empty_list_is_nobody)
{
	static const uid_t none[1];
	struct host host;
	struct address at;

	host_init(&host);
	at = listen_for(&host, SOCK_STREAM, none, 0);
	host_start(&host);
	cr_assert(is_refused(SOCK_STREAM, &at));
	host_stop(&host);
	cr_assert_eq(host.counters.connections_forbidden, 1);
}

Test(admission, those_on_the_list_are_served)
{
	const uid_t allowed[] = { geteuid() + 1, geteuid() };
	struct host host;
	struct address at;

	host_init(&host);
	at = listen_for(&host, SOCK_STREAM, allowed, 2);
	host_start(&host);
	for (uint32_t i = 0; i < CLIENTS; i++) {
		int fd = peer_connect(SOCK_STREAM, &at);

		peer_echo(fd, i, 1000);
		(void)close(fd);
	}
	host_stop(&host);
	cr_assert_eq(host.counters.connections_forbidden, 0);
	cr_assert_eq(host.counters.accepted, CLIENTS);
}

/* Another user, who becomes that in a process of its own. */
static void refused_as_stranger(const struct address *at)
{
	pid_t child = fork();
	int status;

	cr_assert_geq(child, 0);
	if (child == 0) {
		if (setresuid(STRANGER, STRANGER, STRANGER) < 0)
			_exit(2);
		_exit(is_refused(SOCK_STREAM, at) ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
}

Test(admission, a_stranger_between_friends_is_refused)
{
	const uid_t allowed[] = { geteuid() };
	struct host host;
	struct address at;
	int before, after;

	if (geteuid() != 0)
		cr_skip_test("only root can be two users");
	host_init(&host);
	at = listen_for(&host, SOCK_STREAM, allowed, 1);
	host_start(&host);
	before = peer_connect(SOCK_STREAM, &at);
	peer_echo(before, 1, 100);
	refused_as_stranger(&at);
	after = peer_connect(SOCK_STREAM, &at);
	peer_echo(after, 2, 100);
	peer_echo(before, 3, 100);
	(void)close(before);
	(void)close(after);
	host_stop(&host);
	cr_assert_eq(host.counters.connections_forbidden, 1);
	cr_assert_eq(host.counters.accepted, 2);
}
