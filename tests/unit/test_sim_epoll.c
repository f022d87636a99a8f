/* epoll, eventfd and names of the simulated kernel say what the real one's say. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "sim_script.h"

static void watch(struct script_log *log, int epoll, int operation, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u32 = events };

	(void)script_did(log, "epoll_ctl", epoll_ctl(epoll, operation, fd, &event));
}

/* What is there now. */
static void look(struct script_log *log, int epoll, const char *what)
{
	struct epoll_event events[4];
	int count = epoll_wait(epoll, events, 4, 0);

	script_say(log, "%s: %d", what, count);
	for (int i = 0; i < count; i++)
		script_say(log, "events %x", (unsigned int)events[i].events);
}

/* The events of the next wait. */
static void await(struct script_log *log, int epoll, const char *what)
{
	struct epoll_event event = { 0 };
	int count = epoll_wait(epoll, &event, 1, 2000);

	script_say(log, "%s: %d, %x", what, count, (unsigned int)event.events);
}

static void edges(struct script_log *log)
{
	int epoll = epoll_create1(0), ends[2];

	script_pair(SOCK_STREAM, ends);
	watch(log, epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLRDHUP | EPOLLET);
	look(log, epoll, "nothing yet");
	script_send(log, ends[1], "one");
	look(log, epoll, "an edge");
	look(log, epoll, "no edge, though unread");
	script_send(log, ends[1], "two");
	look(log, epoll, "another edge");
	script_receive(log, ends[0], 3);
	look(log, epoll, "reading is none");
	watch(log, epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
	look(log, epoll, "changing looks again");
	look(log, epoll, "once");
	script_receive(log, ends[0], 10);
	script_send(log, ends[1], "three");
	look(log, epoll, "with the other events");
	(void)shutdown(ends[1], SHUT_WR);
	look(log, epoll, "the end");
	(void)close(ends[1]);
	look(log, epoll, "closed");
	look(log, epoll, "once");
	(void)close(ends[0]);
	look(log, epoll, "gone");
	(void)close(epoll);
}

Test(sim_epoll, edges)
{
	script_compare("edges", edges);
}

static void levels(struct script_log *log)
{
	int epoll = epoll_create1(0), ends[2];

	script_pair(SOCK_STREAM, ends);
	watch(log, epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN);
	watch(log, epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN);
	watch(log, epoll, EPOLL_CTL_MOD, ends[1], EPOLLIN);
	watch(log, epoll, EPOLL_CTL_DEL, ends[1], EPOLLIN);
	watch(log, epoll, EPOLL_CTL_ADD, epoll, EPOLLIN);
	watch(log, epoll, EPOLL_CTL_ADD, 999999, EPOLLIN);
	script_send(log, ends[1], "one");
	look(log, epoll, "there");
	look(log, epoll, "still there");
	script_receive(log, ends[0], 10);
	look(log, epoll, "read");
	watch(log, epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT);
	script_send(log, ends[1], "two");
	look(log, epoll, "one shot");
	look(log, epoll, "no more");
	watch(log, epoll, EPOLL_CTL_DEL, ends[0], 0);
	watch(log, epoll, EPOLL_CTL_DEL, ends[0], 0);
	look(log, epoll, "deleted");
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)close(epoll);
}

Test(sim_epoll, levels)
{
	script_compare("levels", levels);
}

/* A registration lives as long as what it names, under another number too. */
static void duplicates(struct script_log *log)
{
	int epoll = epoll_create1(0), ends[2], copy;

	script_pair(SOCK_STREAM, ends);
	watch(log, epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN);
	copy = fcntl(ends[0], F_DUPFD_CLOEXEC, 0);
	(void)close(ends[0]);
	script_send(log, ends[1], "one");
	look(log, epoll, "through the copy");
	watch(log, epoll, EPOLL_CTL_ADD, copy, EPOLLIN | EPOLLET);
	look(log, epoll, "both");
	(void)close(copy);
	look(log, epoll, "none");
	(void)close(ends[1]);
	(void)close(epoll);
}

Test(sim_epoll, duplicates)
{
	script_compare("duplicates", duplicates);
}

static void connections(struct script_log *log)
{
	struct sockaddr_storage name;
	socklen_t length;
	int listener = script_bound(SOCK_STREAM, &name, &length), accepted;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
	int server = epoll_create1(0);
	const uint32_t all = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

	watch(log, server, EPOLL_CTL_ADD, listener, EPOLLIN);
	(void)script_did(log, "connect", connect(fd, (struct sockaddr *)&name, length));
	watch(log, epoll, EPOLL_CTL_ADD, fd, all);
	await(log, epoll, "connected");
	await(log, server, "waiting");
	accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	look(log, server, "accepted");
	/* A single byte: more may come in pieces, each an edge. */
	script_send(log, accepted, "h");
	await(log, epoll, "data");
	script_receive(log, fd, 10);
	(void)shutdown(accepted, SHUT_WR);
	await(log, epoll, "end");
	script_receive(log, fd, 10);
	(void)shutdown(fd, SHUT_WR);
	await(log, epoll, "both");
	(void)close(accepted);
	(void)close(fd);
	(void)close(listener);
	(void)close(epoll);
	(void)close(server);
}

Test(sim_epoll, connections)
{
	script_compare("connections", connections);
}

static void counters(struct script_log *log)
{
	int fd = eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC);
	eventfd_t value = 0;

	script_poll(log, "begins", fd);
	(void)script_did(log, "write", eventfd_write(fd, 4));
	(void)script_did(log, "read", eventfd_read(fd, &value));
	script_say(log, "value %d", (int)value);
	(void)script_did(log, "empty", eventfd_read(fd, &value));
	(void)script_did(log, "short", read(fd, &value, 4));
	(void)script_did(log, "full", eventfd_write(fd, UINT64_MAX - 1));
	(void)script_did(log, "fuller", eventfd_write(fd, 1));
	script_poll(log, "full", fd);
	(void)close(fd);
}

Test(sim_epoll, counters)
{
	script_compare("counters", counters);
}

static int bind_at(struct script_log *log, const char *what, const struct sockaddr_storage *name,
		   socklen_t length, int option)
{
	int fd = socket(name->ss_family, SOCK_STREAM, 0);
	const int on = 1;

	if (option)
		(void)setsockopt(fd, SOL_SOCKET, option, &on, sizeof(on));
	(void)script_did(log, what, bind(fd, (const struct sockaddr *)name, length));
	return fd;
}

static void ports(struct script_log *log)
{
	struct sockaddr_storage name, wild;
	socklen_t length;
	int fds[8];

	fds[0] = script_bound(SOCK_STREAM, &name, &length);
	wild = name;
	((struct sockaddr_in *)&wild)->sin_addr.s_addr = htonl(INADDR_ANY);
	fds[1] = bind_at(log, "taken", &name, length, 0);
	fds[2] = bind_at(log, "taken by one that listens", &name, length, SO_REUSEADDR);
	fds[3] = bind_at(log, "for all", &wild, length, 0);
	fds[4] = bind_at(log, "alone in the group", &name, length, SO_REUSEPORT);
	((struct sockaddr_in *)&name)->sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	fds[5] = bind_at(log, "another address", &name, length, 0);
	(void)close(fds[0]);
	((struct sockaddr_in *)&name)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fds[6] = bind_at(log, "the first of a group", &name, length, SO_REUSEPORT);
	fds[7] = bind_at(log, "the second", &name, length, SO_REUSEPORT);
	(void)script_did(log, "listen", listen(fds[6], 1));
	(void)script_did(log, "listen", listen(fds[7], 1));
	for (int i = 1; i < 8; i++)
		(void)close(fds[i]);
	((struct sockaddr_in *)&name)->sin_addr.s_addr = htonl(0x08080808);
	fds[0] = bind_at(log, "not ours", &name, length, 0);
	(void)close(fds[0]);
}

Test(sim_epoll, ports)
{
	script_compare("ports", ports);
}

static void paths(struct script_log *log)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fds[4];

	(void)snprintf(name.sun_path, sizeof(name.sun_path), "/tmp/ringside-sim-%d",
		       (int)getppid());
	for (int i = 0; i < 4; i++)
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	(void)script_did(log, "missing", connect(fds[0], (struct sockaddr *)&name, sizeof(name)));
	(void)script_did(log, "bind", bind(fds[1], (struct sockaddr *)&name, sizeof(name)));
	(void)script_did(log, "bound", bind(fds[2], (struct sockaddr *)&name, sizeof(name)));
	(void)script_did(log, "deaf", connect(fds[0], (struct sockaddr *)&name, sizeof(name)));
	(void)script_did(log, "listen", listen(fds[1], 1));
	(void)script_did(log, "connect", connect(fds[0], (struct sockaddr *)&name, sizeof(name)));
	(void)close(fds[1]);
	(void)script_did(log, "left", bind(fds[2], (struct sockaddr *)&name, sizeof(name)));
	(void)script_did(log, "left", connect(fds[3], (struct sockaddr *)&name, sizeof(name)));
	(void)script_did(log, "chmod", chmod(name.sun_path, 0600));
	(void)script_did(log, "unlink", unlink(name.sun_path));
	(void)script_did(log, "again", bind(fds[2], (struct sockaddr *)&name, sizeof(name)));
	(void)script_did(log, "unlink", unlink(name.sun_path));
	(void)script_did(log, "unlink", unlink(name.sun_path));
	(void)close(fds[0]);
	(void)close(fds[2]);
	(void)close(fds[3]);
}

Test(sim_epoll, paths)
{
	script_compare("paths", paths);
}
