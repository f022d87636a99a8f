/*
 * One client's conversation, from connect() to close().
 */
#include "clients.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define SMALL_BUFFER 4096 /* of a deaf client: it is stuck soon, and costs the kernel little */

uint64_t clock_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What is said at an offset of a conversation: no two conversations share eight bytes. */
static uint64_t word_at(uint32_t number, uint64_t index)
{
	uint64_t word = ((uint64_t)number << 32) ^ (index * 0x9e3779b97f4a7c15u);

	word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
	word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
	return word ^ (word >> 31);
}

static void content(uint32_t number, uint64_t offset, uint8_t *bytes, uint32_t length)
{
	uint64_t word = word_at(number, offset / 8);

	for (uint32_t i = 0; i < length; i++, offset++) {
		if (offset % 8 == 0)
			word = word_at(number, offset / 8);
		bytes[i] = (uint8_t)(word >> (offset % 8 * 8));
	}
}

static void forget(struct storm *storm, struct client *client)
{
	if (client->state == CLIENT_CONNECTING)
		storm->connecting--;
	else
		storm->open--;
	(void)close(client->fd);
	client->state = CLIENT_IDLE;
}

/* The conversation is over: what was asked and not answered is remembered. */
static void over(struct storm *storm, struct client *client, bool reset)
{
	struct outcome *outcome = &storm->outcome;

	for (uint32_t i = client->answered; storm->options.depth > 0 && i < client->asked; i++)
		outcome->unanswered_ns[outcome->unanswered++] = client->asked_ns[i % DEPTH_MAX];
	if (reset)
		outcome->reset++;
	else
		outcome->ended++;
	forget(storm, client);
}

static void connect_failed(struct storm *storm, struct client *client, int error)
{
	struct outcome *outcome = &storm->outcome;

	if (outcome->first_error == 0)
		outcome->first_error = error;
	outcome->failed++;
	if (outcome->failed >= storm->options.failure_max)
		storm->ending = true;
	forget(storm, client);
}

/* Bind to one of many addresses, so that the ports of one do not run out; the port is chosen when
 * the peer is known. */
static int come_from(int fd, uint32_t source)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int one = 1;

	from.sin_addr.s_addr = htonl(0x7f010001u + source);
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&from, sizeof(from)))
		return -1;
	return 0;
}

static void socket_prepare(const struct options *options, int fd)
{
	int one = 1, small = SMALL_BUFFER;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (options->behaviour == BEHAVIOUR_DEAF) {
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	}
}

int client_begin(struct storm *storm, struct client *client)
{
	const struct options *options = &storm->options;
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				     .data.ptr = client };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	uint32_t number = storm->outcome.begun;

	if (fd < 0)
		return -errno;
	*client = (struct client){ .fd = fd, .state = CLIENT_CONNECTING, .number = number };
	storm->outcome.begun++;
	storm->connecting++;
	client->asked_ns[0] = clock_now_ns();
	socket_prepare(options, fd);
	if ((options->sources > 0 && come_from(fd, number % options->sources)) ||
	    (connect(fd, (const struct sockaddr *)&options->server, sizeof(options->server)) &&
	     errno != EINPROGRESS) ||
	    epoll_ctl(storm->epoll, EPOLL_CTL_ADD, fd, &event))
		connect_failed(storm, client, errno);
	return 0;
}

static bool connected(struct storm *storm, struct client *client)
{
	int error = 0;
	socklen_t length = sizeof(error);
	uint64_t took_ns = clock_now_ns() - client->asked_ns[0];

	(void)getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error) {
		connect_failed(storm, client, error);
		return false;
	}
	storm->connecting--;
	storm->open++;
	storm->outcome.connected++;
	if (took_ns > storm->outcome.connect_ns_max)
		storm->outcome.connect_ns_max = took_ns;
	client->state = CLIENT_TALKING;
	return true;
}

static bool may_ask(const struct storm *storm, const struct client *client)
{
	switch (storm->options.behaviour) {
	case BEHAVIOUR_CHURN:
		return client->asked == 0;
	case BEHAVIOUR_TALK:
		return client->out > 0 ||
		       (!storm->ending && client->asked - client->answered < storm->options.depth);
	case BEHAVIOUR_DEAF:
		return !storm->ending;
	default:
		return false;
	}
}

/* Returns false where the connection broke. */
static bool ask(struct storm *storm, struct client *client)
{
	static uint8_t bytes[SIZE_MAX_BYTES];
	uint32_t size = storm->options.size;

	while (may_ask(storm, client)) {
		ssize_t sent;

		content(client->number, (uint64_t)client->asked * size, bytes, size);
		sent = send(client->fd, bytes + client->out, size - client->out, MSG_NOSIGNAL);
		if (sent < 0)
			return errno == EAGAIN;
		client->out += (uint32_t)sent;
		if (client->out < size)
			continue;
		client->out = 0;
		client->asked_ns[client->asked++ % DEPTH_MAX] = clock_now_ns();
	}
	return true;
}

static void compare(struct storm *storm, struct client *client, const uint8_t *bytes,
		    uint32_t length)
{
	static uint8_t wanted[SIZE_MAX_BYTES];
	struct outcome *outcome = &storm->outcome;
	uint32_t size = storm->options.size;
	uint64_t offset = (uint64_t)client->answered * size + client->in;
	uint64_t owed = (uint64_t)client->asked * size + client->out - offset;

	if (length > owed) {
		outcome->surplus_bytes += length - owed;
		length = (uint32_t)owed;
	}
	content(client->number, offset, wanted, length);
	for (uint32_t i = 0; i < length; i++)
		outcome->wrong_bytes += bytes[i] != wanted[i];
	outcome->bytes += length;
	offset += length;
	outcome->answered += offset / size - client->answered;
	client->answered = (uint32_t)(offset / size);
	client->in = (uint32_t)(offset % size);
}

/* Returns false when the conversation is over. */
static bool listen_to(struct storm *storm, struct client *client)
{
	static uint8_t bytes[SIZE_MAX_BYTES];

	for (;;) {
		ssize_t length = recv(client->fd, bytes, sizeof(bytes), 0);

		if (length < 0 && errno == EAGAIN)
			return true;
		if (length <= 0) {
			over(storm, client, length < 0);
			return false;
		}
		compare(storm, client, bytes, (uint32_t)length);
	}
}

/* Churn has its answer: say so, and wait for the server to close too. */
static void maybe_end(const struct storm *storm, struct client *client)
{
	if (storm->options.behaviour != BEHAVIOUR_CHURN || client->state != CLIENT_TALKING ||
	    client->answered == 0)
		return;
	(void)shutdown(client->fd, SHUT_WR);
	client->state = CLIENT_ENDING;
}

void client_event(struct storm *storm, struct client *client, uint32_t events)
{
	bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;

	if (client->state == CLIENT_IDLE ||
	    (client->state == CLIENT_CONNECTING && !connected(storm, client)))
		return;
	if (storm->options.behaviour == BEHAVIOUR_DEAF) {
		if (broken || (events & EPOLLRDHUP) != 0 || !ask(storm, client))
			over(storm, client, broken);
		return;
	}
	for (uint32_t answered = UINT32_MAX; answered != client->answered;) {
		answered = client->answered;
		/* What cannot be sent any more leaves answers to be read. */
		(void)ask(storm, client);
		if (!listen_to(storm, client))
			return;
		maybe_end(storm, client);
	}
}
