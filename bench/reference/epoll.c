/*
 * Echo on epoll, edge-triggered: receive into the one buffer, which stays in the cache, and send
 * from it at once. What a socket does not take is kept apart, and the peer is read no more until
 * it has left. Datagrams go in and out by recvmmsg and sendmmsg, runs to one peer by GSO.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "reference.h"

#define EVENTS 256
#define DATAGRAMS 64
#define STREAM_BUFFER_SIZE (256 * 1024) /* a message touches no more of it than it fills */
#define DATAGRAM_BUFFER_SIZE (64 * 1024)
#define GSO_BYTES_MAX 65000
#define CLOCK_ROUNDS 4

struct connection {
	int fd;	       /* its place in the table */
	uint8_t *rest; /* what the socket did not take; NULL: nothing */
	size_t rest_length, rest_sent;
	bool watched_out;
};

#define CONNECTION_MAX 65536

static struct reference reference;
static int epoll_fd;
static struct connection connections[CONNECTION_MAX];
static uint8_t *buffer;

static int wait_polling(struct epoll_event *events)
{
	uint64_t end_ns = clock_now_ns() + reference.spin_ns;
	int count = 0;

	do {
		for (int i = 0; i < CLOCK_ROUNDS && count == 0; i++)
			count = epoll_wait(epoll_fd, events, EVENTS, 0);
	} while (count == 0 && clock_now_ns() < end_ns);
	return count;
}

/* Wait for events, at first without sleeping where that has paid. */
static int wait_events(struct epoll_event *events)
{
	static struct spin spin;
	uint64_t start_ns;
	int count = 0;

	if (reference.spin_ns == 0)
		return epoll_wait(epoll_fd, events, EVENTS, -1);
	if (spin_wanted(&spin)) {
		count = wait_polling(events);
		spin_result(&spin, count != 0);
		return count != 0 ? count : epoll_wait(epoll_fd, events, EVENTS, -1);
	}
	start_ns = clock_now_ns();
	count = epoll_wait(epoll_fd, events, EVENTS, -1);
	spin_slept(&spin, clock_now_ns() - start_ns < reference.spin_ns);
	return count;
}

static void watch(int fd, int operation, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(epoll_fd, operation, fd, &event) < 0)
		reference_fail("epoll_ctl", errno);
}

static void drop(struct connection *connection)
{
	(void)close(connection->fd);
	free(connection->rest);
	connection->rest = NULL;
}

static bool keep_rest(struct connection *connection, const uint8_t *bytes, size_t length)
{
	connection->rest = malloc(length);
	if (!connection->rest)
		return false;
	memcpy(connection->rest, bytes, length);
	connection->rest_length = length;
	connection->rest_sent = 0;
	return true;
}

/* Send what was kept. Returns 1: all gone, 0: still stuck, -1: broken. */
static int send_rest(struct connection *connection)
{
	size_t length = connection->rest_length - connection->rest_sent;
	ssize_t sent = send(connection->fd, connection->rest + connection->rest_sent, length,
			    MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0)
		return errno == EAGAIN ? 0 : -1;
	connection->rest_sent += (size_t)sent;
	if ((size_t)sent < length)
		return 0;
	free(connection->rest);
	connection->rest = NULL;
	return 1;
}

/* Returns 1: go on, 0: nothing more can be done now, -1: the connection has ended. */
static int echo_once(struct connection *connection, bool hung)
{
	ssize_t length = recv(connection->fd, buffer, STREAM_BUFFER_SIZE, MSG_DONTWAIT);
	ssize_t sent;

	if (length <= 0)
		return length < 0 && errno == EAGAIN ? 0 : -1;
	sent = send(connection->fd, buffer, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN)
		return -1;
	sent = sent < 0 ? 0 : sent;
	if (sent < length)
		return keep_rest(connection, buffer + sent, (size_t)(length - sent)) ? 0 : -1;
	/* A short read has emptied the socket: the next byte is a new edge, an end came before. */
	return length == STREAM_BUFFER_SIZE || hung;
}

static void serve(struct connection *connection, uint32_t events, int operation)
{
	bool hung = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
	int state = connection->rest ? send_rest(connection) : 1;

	while (state > 0)
		state = echo_once(connection, hung);
	if (state < 0) {
		drop(connection);
		return;
	}
	if (operation == EPOLL_CTL_ADD || (connection->rest && !connection->watched_out)) {
		connection->watched_out = connection->rest != NULL;
		watch(connection->fd, operation,
		      EPOLLIN | EPOLLRDHUP | EPOLLET | (connection->rest ? EPOLLOUT : 0u));
	}
}

/* The first request has often come with the connection: serve it before watching. */
static void accept_all(void)
{
	int fd;

	while ((fd = accept4(reference.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (fd >= CONNECTION_MAX) {
			(void)close(fd);
			continue;
		}
		connections[fd] = (struct connection){ .fd = fd };
		serve(&connections[fd], 0, EPOLL_CTL_ADD);
	}
}

static bool same_run(const struct mmsghdr *first, const struct mmsghdr *next)
{
	return first->msg_len == next->msg_len && first->msg_len > 0 &&
	       memcmp(first->msg_hdr.msg_name, next->msg_hdr.msg_name,
		      first->msg_hdr.msg_namelen) == 0;
}

/* One message of the run of equal datagrams to one peer that begins at *in: how many. */
static int gather_run(struct mmsghdr *in, int count, struct mmsghdr *ret_out, char *control)
{
	struct cmsghdr *header = (struct cmsghdr *)(void *)control;
	int length = 1;

	while (length < count && same_run(in, in + length) &&
	       (size_t)(length + 1) * in->msg_len <= GSO_BYTES_MAX)
		length++;
	/* The buffers of a run stand in one array, and so do their iovecs. */
	for (int i = 0; i < length; i++)
		in[i].msg_hdr.msg_iov->iov_len = in[i].msg_len;
	*ret_out = (struct mmsghdr){ .msg_hdr = in->msg_hdr };
	ret_out->msg_hdr.msg_iovlen = (size_t)length;
	if (length > 1) {
		*header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(uint16_t)),
					    .cmsg_level = SOL_UDP,
					    .cmsg_type = UDP_SEGMENT };
		*(uint16_t *)(void *)CMSG_DATA(header) = (uint16_t)in->msg_len;
		ret_out->msg_hdr.msg_control = control;
		ret_out->msg_hdr.msg_controllen = CMSG_SPACE(sizeof(uint16_t));
	}
	return length;
}

/* Receive what is there and send it back. Returns how many datagrams came. */
static int echo_datagrams(void)
{
	static struct mmsghdr in[DATAGRAMS], out[DATAGRAMS];
	static struct iovec iovecs[DATAGRAMS];
	static struct sockaddr_in names[DATAGRAMS];
	static _Alignas(struct cmsghdr) char controls[DATAGRAMS][CMSG_SPACE(sizeof(uint16_t))];
	int count, runs = 0;

	for (size_t i = 0; i < DATAGRAMS; i++) {
		iovecs[i] = (struct iovec){ buffer + i * DATAGRAM_BUFFER_SIZE,
					    DATAGRAM_BUFFER_SIZE };
		in[i].msg_hdr = (struct msghdr){ .msg_name = &names[i],
						 .msg_namelen = sizeof(names[i]),
						 .msg_iov = &iovecs[i],
						 .msg_iovlen = 1 };
	}
	count = recvmmsg(reference.fd, in, DATAGRAMS, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; runs++)
		i += gather_run(&in[i], count - i, &out[runs], controls[runs]);
	/* What the kernel does not take is lost, as datagrams may be. */
	if (runs > 0)
		(void)sendmmsg(reference.fd, out, (unsigned)runs, MSG_DONTWAIT);
	return count;
}

static void serve_datagrams(void)
{
	while (echo_datagrams() == DATAGRAMS) {
	}
}

static bool handle(const struct epoll_event *event)
{
	if (event->data.fd == reference.signal_fd)
		return false;
	if (event->data.fd != reference.fd)
		serve(&connections[event->data.fd], event->events, EPOLL_CTL_MOD);
	else if (reference.udp)
		serve_datagrams();
	else
		accept_all();
	return true;
}

int main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	bool running = true;

	reference = reference_open(argc, argv);
	buffer = malloc(reference.udp ? DATAGRAMS * DATAGRAM_BUFFER_SIZE : STREAM_BUFFER_SIZE);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!buffer || epoll_fd < 0)
		reference_fail("epoll_create1", errno);
	watch(reference.fd, EPOLL_CTL_ADD, EPOLLIN);
	watch(reference.signal_fd, EPOLL_CTL_ADD, EPOLLIN);
	reference_ready(&reference);
	while (running) {
		int count = wait_events(events);

		for (int i = 0; i < count && running; i++)
			running = handle(&events[i]);
	}
	return 0;
}
