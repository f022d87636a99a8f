/* What the scripts of the simulated ring's tests are made of. */
#include "ring_trial.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void trial_note(struct trial *trial, uint32_t line, const char *format, ...)
{
	char *text = trial->lines[line % LINES];
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text + used, LINE_BYTES - used, format, arguments);
	va_end(arguments);
}

static void note_completion(struct trial *trial, const struct io_uring_cqe *cqe)
{
	uint32_t flags = cqe->flags & 0xffff;
	bool descriptor = (cqe->user_data & DESCRIPTOR) && cqe->res >= 0;

	if (descriptor) {
		trial->descriptor = cqe->res;
		trial_note(trial, (uint32_t)cqe->user_data, "[fd %x]", flags);
	} else {
		trial_note(trial, (uint32_t)cqe->user_data, "[%d %x]", cqe->res, flags);
	}
}

void trial_give(struct trial *trial, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		io_uring_buf_ring_add(trial->buffers, trial->memory + i * PIECE, PIECE,
				      (unsigned short)i, (int)ENTRIES - 1, (int)i);
	io_uring_buf_ring_advance(trial->buffers, (int)count);
}

void trial_reap(struct trial *trial, unsigned count)
{
	struct __kernel_timespec limit = { .tv_nsec = 50000000 };
	struct io_uring_cqe *cqe;
	int result = 0;

	for (unsigned i = 0; i < count && result >= 0; i++) {
		result = io_uring_submit_and_wait_timeout(&trial->ring, &cqe, 1, &limit, NULL);
		/* A wait that was in vain, but has submitted, says how much. */
		if (result >= 0 && cqe == NULL)
			result = -ETIME;
		if (result < 0)
			break;
		note_completion(trial, cqe);
		io_uring_cqe_seen(&trial->ring, cqe);
	}
	if (result < 0)
		trial_note(trial, 0, "wait %d;", result);
}

struct io_uring_sqe *trial_next(struct trial *trial, uint64_t name)
{
	struct io_uring_sqe *sqe;

	/* What a fault has left there goes first. */
	while ((sqe = io_uring_get_sqe(&trial->ring)) == NULL)
		(void)io_uring_submit(&trial->ring);
	sqe->user_data = name;
	return sqe;
}

/* io_uring_prep_ functions may leave the name alone, or clear it. */
struct io_uring_sqe *trial_named(struct io_uring_sqe *sqe, uint64_t name)
{
	sqe->user_data = name;
	return sqe;
}

void trial_provide(struct trial *trial, unsigned count, unsigned flags)
{
	int error = 0;

	trial->buffers = io_uring_setup_buf_ring(&trial->ring, ENTRIES, GROUP, flags, &error);
	if (trial->buffers == NULL) {
		trial_note(trial, 0, "buffers %d;", error);
		return;
	}
	trial_give(trial, count);
}

void trial_listen(int *ret_listener, struct sockaddr_in *ret_name)
{
	socklen_t length = sizeof(*ret_name);

	*ret_name = (struct sockaddr_in){ .sin_family = AF_INET,
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	*ret_listener = socket(AF_INET, SOCK_STREAM, 0);
	(void)bind(*ret_listener, (struct sockaddr *)ret_name, length);
	(void)listen(*ret_listener, 8);
	(void)getsockname(*ret_listener, (struct sockaddr *)ret_name, &length);
}

int trial_client(const struct sockaddr_in *name)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1;

	(void)connect(fd, (const struct sockaddr *)name, sizeof(*name));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

void trial_tcp(int pair[2])
{
	struct sockaddr_in name;
	int listener;

	trial_listen(&listener, &name);
	pair[0] = trial_client(&name);
	pair[1] = accept(listener, NULL, NULL);
	(void)close(listener);
}

void trial_close(const int pair[2])
{
	(void)close(pair[0]);
	(void)close(pair[1]);
}

void trial_udp(int pair[2])
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(name);

	for (int i = 0; i < 2; i++) {
		name.sin_port = 0;
		pair[i] = socket(AF_INET, SOCK_DGRAM, 0);
		(void)bind(pair[i], (struct sockaddr *)&name, sizeof(name));
		(void)getsockname(pair[i], (struct sockaddr *)&name, &length);
	}
	(void)connect(pair[0], (struct sockaddr *)&name, length);
	(void)getsockname(pair[0], (struct sockaddr *)&name, &length);
	(void)connect(pair[1], (struct sockaddr *)&name, length);
}

void trial_say(int fd, size_t length)
{
	static const uint8_t bytes[1 << 16];

	(void)send(fd, bytes, length, MSG_NOSIGNAL);
}

void trial_rest(void)
{
	const struct timespec time = { .tv_nsec = 2000000 };

	(void)nanosleep(&time, NULL);
}

void trial_arrive(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	(void)poll(&poll_fd, 1, 1000);
}

void trial_settle(int fd, int bytes)
{
	int there = 0;

	for (int i = 0; i < 1000 && there < bytes; i++) {
		if (ioctl(fd, FIONREAD, &there) < 0)
			return;
		trial_rest();
	}
}

void trial_receive_many(struct trial *trial, int fd, uint64_t name, uint16_t options)
{
	struct io_uring_sqe *sqe = trial_next(trial, name);

	io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
	(void)trial_named(sqe, name);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	sqe->ioprio |= options;
}

void trial_cancel(struct trial *trial, uint64_t name, uint64_t what, unsigned flags)
{
	struct io_uring_sqe *sqe = trial_next(trial, name);

	io_uring_prep_cancel64(sqe, what, (int)flags);
	(void)trial_named(sqe, name);
}
