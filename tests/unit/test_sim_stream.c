/* Streams of the simulated kernel say what the real one's say. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/lacking.h"
#include "sim_script.h"

static void half_close(struct script_log *log)
{
	int ends[2];

	script_connect(ends);
	script_poll(log, "fresh", ends[0]);
	script_send(log, ends[0], "hello");
	(void)script_did(log, "shutdown", shutdown(ends[0], SHUT_WR));
	(void)script_did(log, "again", shutdown(ends[0], SHUT_WR));
	script_send(log, ends[0], "more");
	script_poll(log, "shut", ends[0]);
	script_await(log, "ended", ends[1], POLLRDHUP);
	script_receive(log, ends[1], 3);
	script_receive(log, ends[1], 100);
	script_receive(log, ends[1], 100);
	script_receive(log, ends[1], 100);
	script_send(log, ends[1], "bye");
	script_await(log, "answered", ends[0], POLLIN);
	(void)close(ends[1]);
	script_await(log, "closed", ends[0], POLLRDHUP);
	script_receive(log, ends[0], 100);
	script_receive(log, ends[0], 100);
	(void)close(ends[0]);
}

Test(sim_stream, half_close)
{
	script_compare("half_close", half_close);
}

static void unread_data_resets(struct script_log *log)
{
	int ends[2];

	script_connect(ends);
	script_send(log, ends[0], "unread");
	script_await(log, "there", ends[1], POLLIN);
	(void)close(ends[1]);
	script_await(log, "reset", ends[0], POLLERR);
	script_receive(log, ends[0], 10);
	script_receive(log, ends[0], 10);
	script_send(log, ends[0], "more");
	script_error(log, ends[0]);
	script_poll(log, "after", ends[0]);
	(void)close(ends[0]);
}

Test(sim_stream, unread_data_resets)
{
	script_compare("unread_data_resets", unread_data_resets);
}

static void sending_after_a_reset(struct script_log *log)
{
	int ends[2];

	script_connect(ends);
	script_send(log, ends[0], "unread");
	script_await(log, "there", ends[1], POLLIN);
	(void)close(ends[1]);
	script_await(log, "reset", ends[0], POLLERR);
	script_send(log, ends[0], "more");
	script_send(log, ends[0], "more");
	script_receive(log, ends[0], 10);
	(void)close(ends[0]);
}

Test(sim_stream, sending_after_a_reset)
{
	script_compare("sending_after_a_reset", sending_after_a_reset);
}

static void sending_to_one_that_has_closed(struct script_log *log)
{
	int ends[2];

	script_connect(ends);
	(void)close(ends[1]);
	script_await(log, "ended", ends[0], POLLRDHUP);
	script_send(log, ends[0], "lost");
	script_await(log, "reset", ends[0], POLLERR);
	script_receive(log, ends[0], 10);
	script_error(log, ends[0]);
	script_send(log, ends[0], "more");
	script_receive(log, ends[0], 10);
	(void)close(ends[0]);
}

Test(sim_stream, sending_to_one_that_has_closed)
{
	script_compare("sending_to_one_that_has_closed", sending_to_one_that_has_closed);
}

static void linger_of_nothing_resets(struct script_log *log)
{
	const struct linger now = { .l_onoff = 1 };
	int ends[2];

	script_connect(ends);
	script_send(log, ends[1], "before");
	script_await(log, "data", ends[0], POLLIN);
	(void)script_did(log, "linger",
			 setsockopt(ends[1], SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	(void)close(ends[1]);
	script_await(log, "reset", ends[0], POLLERR);
	script_receive(log, ends[0], 100);
	script_receive(log, ends[0], 100);
	script_receive(log, ends[0], 100);
	(void)close(ends[0]);
}

Test(sim_stream, linger_of_nothing_resets)
{
	script_compare("linger_of_nothing_resets", linger_of_nothing_resets);
}

static void nobody_listens(struct script_log *log)
{
	struct sockaddr_storage name;
	socklen_t length;
	int listener = script_bound(SOCK_STREAM, &name, &length);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	(void)close(listener);
	script_poll(log, "fresh", fd);
	(void)script_did(log, "connect", connect(fd, (struct sockaddr *)&name, length));
	script_await(log, "refused", fd, POLLERR);
	script_error(log, fd);
	script_error(log, fd);
	script_poll(log, "after", fd);
	script_receive(log, fd, 10);
	script_send(log, fd, "x");
	(void)close(fd);
}

Test(sim_stream, nobody_listens)
{
	script_compare("nobody_listens", nobody_listens);
}

static void accepting(struct script_log *log)
{
	struct sockaddr_storage name, told;
	socklen_t length, told_length = sizeof(told);
	int listener = script_bound(SOCK_STREAM, &name, &length);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), accepted;

	(void)script_did(log, "nobody", accept4(listener, NULL, NULL, 0));
	script_poll(log, "listener", listener);
	(void)script_did(log, "peer of none",
			 getpeername(fd, (struct sockaddr *)&told, &told_length));
	(void)script_did(log, "connect", connect(fd, (struct sockaddr *)&name, length));
	script_await(log, "connected", fd, POLLOUT);
	(void)script_did(log, "again", connect(fd, (struct sockaddr *)&name, length));
	script_await(log, "waiting", listener, POLLIN);
	told_length = sizeof(told);
	accepted = accept4(listener, (struct sockaddr *)&told, &told_length, SOCK_NONBLOCK);
	script_say(log, "accepted %d, %u, family %d", accepted >= 0, told_length, told.ss_family);
	told_length = sizeof(told);
	(void)script_did(log, "peer", getpeername(fd, (struct sockaddr *)&told, &told_length));
	script_say(log, "the same %d", memcmp(&told, &name, told_length) == 0);
	(void)script_did(log, "on a connection", accept4(fd, NULL, NULL, 0));
	(void)script_did(log, "listen", listen(fd, 1));
	script_receive(log, accepted, 10);
	(void)close(listener);
	script_send(log, accepted, "goes on");
	script_gather(log, fd, strlen("goes on"));
	(void)close(accepted);
	(void)close(fd);
}

Test(sim_stream, accepting)
{
	script_compare("accepting", accepting);
}

static void what_nobody_accepted_is_reset(struct script_log *log)
{
	struct sockaddr_storage name;
	socklen_t length;
	int listener = script_bound(SOCK_STREAM, &name, &length);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)script_did(log, "connect", connect(fd, (struct sockaddr *)&name, length));
	script_await(log, "waiting", listener, POLLIN);
	(void)close(listener);
	script_await(log, "reset", fd, POLLERR);
	script_receive(log, fd, 10);
	script_receive(log, fd, 10);
	(void)close(fd);
}

Test(sim_stream, what_nobody_accepted_is_reset)
{
	script_compare("what_nobody_accepted_is_reset", what_nobody_accepted_is_reset);
}

static void unconnected(struct script_log *log)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	script_receive(log, fd, 10);
	script_send(log, fd, "x");
	(void)script_did(log, "shutdown", shutdown(fd, SHUT_RDWR));
	(void)script_did(log, "accept", accept4(fd, NULL, NULL, 0));
	(void)script_did(log, "bind", bind(fd, (struct sockaddr *)&name, sizeof(name)));
	(void)script_did(log, "twice", bind(fd, (struct sockaddr *)&name, sizeof(name)));
	(void)script_did(log, "short", bind(fd, (struct sockaddr *)&name, 4));
	name.sin_family = AF_UNIX;
	(void)script_did(log, "family", connect(fd, (struct sockaddr *)&name, sizeof(name)));
	(void)close(fd);
	(void)script_did(log, "closed", close(fd));
	(void)script_did(log, "closed", recv(fd, &name, 1, 0));
}

Test(sim_stream, unconnected)
{
	script_compare("unconnected", unconnected);
}

static void unix_streams(struct script_log *log)
{
	int ends[2];

	script_pair(SOCK_STREAM, ends);
	script_poll(log, "fresh", ends[0]);
	script_send(log, ends[0], "one");
	script_send(log, ends[0], "two");
	script_receive(log, ends[1], 4);
	(void)script_did(log, "shutdown", shutdown(ends[0], SHUT_WR));
	script_poll(log, "ended", ends[1]);
	script_send(log, ends[0], "three");
	script_receive(log, ends[1], 10);
	script_receive(log, ends[1], 10);
	script_send(log, ends[1], "unread");
	(void)close(ends[0]);
	script_poll(log, "closed", ends[1]);
	script_send(log, ends[1], "more");
	script_receive(log, ends[1], 10);
	script_receive(log, ends[1], 10);
	(void)close(ends[1]);
}

Test(sim_stream, unix_streams)
{
	script_compare("unix_streams", unix_streams);
}

/* Until it takes no more, whatever that is. Returns the bytes. */
static size_t fill(int fd)
{
	static const char bytes[4096];
	size_t total = 0;
	ssize_t sent;

	while ((sent = send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
		total += (size_t)sent;
	return total;
}

static void read_all(int fd, size_t total)
{
	char bytes[8192];
	struct pollfd entry = { .fd = fd, .events = POLLIN };

	while (total > 0 && poll(&entry, 1, 2000) == 1) {
		ssize_t got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		cr_assert(got > 0 || errno == EAGAIN);
		total -= got > 0 ? (size_t)got : 0;
	}
	cr_assert_eq(total, 0);
}

static void full_and_empty_again(struct script_log *log)
{
	int ends[2];
	size_t total;

	script_connect(ends);
	total = fill(ends[0]);
	script_say(log, "much %d, then %s", total > 20000, strerrorname_np(errno));
	script_poll(log, "full", ends[0]);
	read_all(ends[1], total);
	script_await(log, "empty", ends[0], POLLOUT);
	(void)close(ends[0]);
	(void)close(ends[1]);
	script_pair(SOCK_STREAM, ends);
	total = fill(ends[0]);
	script_poll(log, "full", ends[0]);
	read_all(ends[1], total);
	script_poll(log, "empty", ends[0]);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

Test(sim_stream, full_and_empty_again)
{
	script_compare("full_and_empty_again", full_and_empty_again);
}
