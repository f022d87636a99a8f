/*
 * The simulated io_uring does what this host's does: the same script on both, and the completions of
 * each operation are the same, with results and flags (buffer numbers apart). Their order across
 * operations is nobody's promise, so each operation has its own line.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <liburing.h>

#include "base/array.h"
#include "sim/descriptor.h"
#include "sim/ring.h"
#include "sim/task.h"
#include "sim/world.h"

#define LINES 16
#define LINE_BYTES 600
#define ENTRIES 8u
#define PIECE 64u
#define GROUP 3
#define DEFERRED                                                                               \
	(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG | \
	 IORING_SETUP_SUBMIT_ALL)

/* Which completions have a descriptor as their result. */
#define DESCRIPTOR (1ull << 32)

struct trial {
	struct io_uring ring;
	char lines[LINES][LINE_BYTES];
	struct io_uring_buf_ring *buffers;
	uint8_t memory[ENTRIES * PIECE];
	int descriptor; /* the last that came */
};

struct script {
	const char *name;
	unsigned flags;
	void (*run)(struct trial *trial);
};

static void __attribute__((format(printf, 3, 4)))
note(struct trial *trial, uint32_t line, const char *format, ...)
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
		note(trial, (uint32_t)cqe->user_data, "[fd %x]", flags);
	} else {
		note(trial, (uint32_t)cqe->user_data, "[%d %x]", cqe->res, flags);
	}
}

/* Submit, and wait for so many completions; fewer are noted after a while. */
static void reap(struct trial *trial, unsigned count)
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
		note(trial, 0, "wait %d;", result);
}

static struct io_uring_sqe *next(struct trial *trial, uint64_t name)
{
	struct io_uring_sqe *sqe;

	/* What a fault has left there goes first. */
	while ((sqe = io_uring_get_sqe(&trial->ring)) == NULL)
		(void)io_uring_submit(&trial->ring);
	sqe->user_data = name;
	return sqe;
}

/* io_uring_prep_ functions clear user_data's neighbours, not it. */
static struct io_uring_sqe *named(struct io_uring_sqe *sqe, uint64_t name)
{
	sqe->user_data = name;
	return sqe;
}

static void give(struct trial *trial, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		io_uring_buf_ring_add(trial->buffers, trial->memory + i * PIECE, PIECE,
				      (unsigned short)i, (int)ENTRIES - 1, (int)i);
	io_uring_buf_ring_advance(trial->buffers, (int)count);
}

static void provide(struct trial *trial, unsigned count, unsigned flags)
{
	int error = 0;

	trial->buffers = io_uring_setup_buf_ring(&trial->ring, ENTRIES, GROUP, flags, &error);
	if (trial->buffers == NULL) {
		note(trial, 0, "buffers %d;", error);
		return;
	}
	give(trial, count);
}

static void tcp_listen(int *ret_listener, struct sockaddr_in *ret_name)
{
	socklen_t length = sizeof(*ret_name);

	*ret_name = (struct sockaddr_in){ .sin_family = AF_INET,
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	*ret_listener = socket(AF_INET, SOCK_STREAM, 0);
	(void)bind(*ret_listener, (struct sockaddr *)ret_name, length);
	(void)listen(*ret_listener, 8);
	(void)getsockname(*ret_listener, (struct sockaddr *)ret_name, &length);
}

static int tcp_client(const struct sockaddr_in *name)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1;

	(void)connect(fd, (const struct sockaddr *)name, sizeof(*name));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void tcp_pair(int pair[2])
{
	struct sockaddr_in name;
	int listener;

	tcp_listen(&listener, &name);
	pair[0] = tcp_client(&name);
	pair[1] = accept(listener, NULL, NULL);
	(void)close(listener);
}

static void close_pair(const int pair[2])
{
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void udp_pair(int pair[2])
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

static void say(int fd, size_t length)
{
	static const uint8_t bytes[1 << 16];

	(void)send(fd, bytes, length, MSG_NOSIGNAL);
}

/* Until what is under way has arrived. */
static void rest(void)
{
	const struct timespec time = { .tv_nsec = 2000000 };

	(void)nanosleep(&time, NULL);
}

/* Until what was sent is there. */
static void arrive(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	(void)poll(&poll_fd, 1, 1000);
}

/* Until so many bytes are there: they may come in pieces. */
static void settle(int fd, int bytes)
{
	int there = 0;

	for (int i = 0; i < 1000 && there < bytes; i++) {
		if (ioctl(fd, FIONREAD, &there) < 0)
			return;
		rest();
	}
}

static void receive_many(struct trial *trial, int fd, uint64_t name, uint16_t options)
{
	struct io_uring_sqe *sqe = next(trial, name);

	io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
	(void)named(sqe, name);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	sqe->ioprio |= options;
}

static void cancel(struct trial *trial, uint64_t name, uint64_t what, unsigned flags)
{
	struct io_uring_sqe *sqe = next(trial, name);

	io_uring_prep_cancel64(sqe, what, (int)flags);
	(void)named(sqe, name);
}

static void run_refused(struct trial *trial)
{
	int fd = eventfd(0, 0), pair[2];
	struct io_uring_sqe *sqe = next(trial, 1);

	io_uring_prep_nop(sqe);
	(void)named(sqe, 1);
	sqe = next(trial, 2);
	io_uring_prep_nop(sqe);
	sqe->opcode = 200;
	(void)named(sqe, 2);
	sqe = next(trial, 3);
	io_uring_prep_recv(sqe, 999, trial->memory, 1, 0);
	(void)named(sqe, 3);
	sqe = next(trial, 4);
	io_uring_prep_recv(sqe, fd, trial->memory, 1, 0);
	(void)named(sqe, 4);
	reap(trial, 4);
	tcp_pair(pair);
	sqe = next(trial, 5);
	io_uring_prep_recv_multishot(sqe, pair[0], NULL, 0, 0);
	(void)named(sqe, 5);
	sqe = next(trial, 6);
	io_uring_prep_recv(sqe, 0, trial->memory, 1, 0);
	sqe->flags |= IOSQE_FIXED_FILE;
	(void)named(sqe, 6);
	sqe = next(trial, 7);
	io_uring_prep_nop(sqe);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	(void)named(sqe, 7);
	sqe = next(trial, 8);
	io_uring_prep_send(sqe, 999, trial->memory, 1, 0);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	(void)named(sqe, 8);
	reap(trial, 4);
	close_pair(pair);
	(void)close(fd);
}

static void run_receive(struct trial *trial)
{
	struct io_uring_sqe *sqe;
	int pair[2];

	tcp_pair(pair);
	say(pair[1], 10);
	arrive(pair[0]);
	sqe = next(trial, 1);
	io_uring_prep_recv(sqe, pair[0], trial->memory, 4, 0);
	(void)named(sqe, 1);
	reap(trial, 1);
	sqe = next(trial, 2);
	io_uring_prep_recv(sqe, pair[0], trial->memory, PIECE, 0);
	(void)named(sqe, 2);
	reap(trial, 1);
	sqe = next(trial, 3);
	io_uring_prep_recv(sqe, pair[0], trial->memory, PIECE, MSG_DONTWAIT);
	(void)named(sqe, 3);
	sqe = next(trial, 4);
	io_uring_prep_recv(sqe, pair[0], trial->memory, PIECE, 0);
	(void)named(sqe, 4);
	reap(trial, 1);
	say(pair[1], 7);
	reap(trial, 1);
	sqe = next(trial, 5);
	io_uring_prep_recv(sqe, pair[0], trial->memory, 20, MSG_WAITALL);
	(void)named(sqe, 5);
	(void)io_uring_submit(&trial->ring);
	say(pair[1], 8);
	reap(trial, 1);
	say(pair[1], 8);
	(void)close(pair[1]);
	reap(trial, 1);
	sqe = next(trial, 6);
	io_uring_prep_recv(sqe, pair[0], trial->memory, PIECE, 0);
	(void)named(sqe, 6);
	reap(trial, 1);
	(void)close(pair[0]);
}

static void run_multishot(struct trial *trial)
{
	int pair[2];

	provide(trial, 4, 0);
	tcp_pair(pair);
	receive_many(trial, pair[0], 1, 0);
	(void)io_uring_submit(&trial->ring);
	say(pair[1], 10);
	settle(pair[0], 10);
	reap(trial, 1);
	say(pair[1], PIECE);
	settle(pair[0], PIECE);
	reap(trial, 1);
	say(pair[1], PIECE + 5);
	settle(pair[0], PIECE + 5);
	reap(trial, 2);
	say(pair[1], 1);
	settle(pair[0], 1);
	reap(trial, 1);
	receive_many(trial, pair[0], 2, 0);
	reap(trial, 1);
	give(trial, 4);
	receive_many(trial, pair[0], 3, 0);
	reap(trial, 1);
	(void)shutdown(pair[1], SHUT_WR);
	reap(trial, 1);
	receive_many(trial, pair[0], 4, 0);
	reap(trial, 1);
	close_pair(pair);
}

/* Data and the end in one go, and a reset. */
static void run_ends(struct trial *trial)
{
	static const struct linger now = { .l_onoff = 1 };
	int pair[2], other[2];

	provide(trial, 8, 0);
	tcp_pair(pair);
	tcp_pair(other);
	say(pair[1], 10);
	(void)close(pair[1]);
	say(other[1], 10);
	arrive(pair[0]);
	arrive(other[0]);
	rest();
	receive_many(trial, pair[0], 1, 0);
	receive_many(trial, other[0], 2, 0);
	reap(trial, 3);
	(void)setsockopt(other[1], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	(void)close(other[1]);
	reap(trial, 1);
	(void)close(pair[0]);
	(void)close(other[0]);
}

static void run_unix(struct trial *trial)
{
	int pair[2];

	provide(trial, 8, 0);
	(void)socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	receive_many(trial, pair[0], 1, 0);
	(void)io_uring_submit(&trial->ring);
	say(pair[1], PIECE + 10);
	settle(pair[0], PIECE + 10);
	reap(trial, 2);
	say(pair[1], 1);
	settle(pair[0], 1);
	reap(trial, 1);
	(void)close(pair[1]);
	reap(trial, 1);
	(void)close(pair[0]);
	(void)socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
	receive_many(trial, pair[0], 2, 0);
	(void)io_uring_submit(&trial->ring);
	say(pair[1], 10);
	settle(pair[0], 10);
	say(pair[1], 11);
	settle(pair[0], 11);
	reap(trial, 2);
	(void)close(pair[1]);
	reap(trial, 1);
	(void)close(pair[0]);
}

static void run_incremental(struct trial *trial)
{
	int pair[2];

	provide(trial, 2, IOU_PBUF_RING_INC);
	tcp_pair(pair);
	receive_many(trial, pair[0], 1, 0);
	(void)io_uring_submit(&trial->ring);
	say(pair[1], 10);
	settle(pair[0], 10);
	reap(trial, 1);
	say(pair[1], PIECE - 10);
	settle(pair[0], PIECE - 10);
	reap(trial, 1);
	say(pair[1], PIECE);
	settle(pair[0], PIECE);
	reap(trial, 1);
	say(pair[1], 1);
	settle(pair[0], 1);
	reap(trial, 1);
	close_pair(pair);
}

static void run_bundle(struct trial *trial)
{
	int pair[2];

	provide(trial, 6, 0);
	tcp_pair(pair);
	say(pair[1], 2 * PIECE + 10);
	settle(pair[0], 2 * PIECE + 10);
	receive_many(trial, pair[0], 1, IORING_RECVSEND_BUNDLE);
	reap(trial, 1);
	say(pair[1], 10);
	settle(pair[0], 10);
	reap(trial, 1);
	say(pair[1], 3 * PIECE);
	settle(pair[0], 3 * PIECE);
	reap(trial, 2);
	close_pair(pair);
}

static void run_send_bundle(struct trial *trial)
{
	struct io_uring_sqe *sqe = next(trial, 1);
	int pair[2];

	provide(trial, 3, 0);
	tcp_pair(pair);
	io_uring_prep_send_bundle(sqe, pair[0], 0, MSG_NOSIGNAL);
	(void)named(sqe, 1);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	reap(trial, 1);
	sqe = next(trial, 2);
	io_uring_prep_send_bundle(sqe, pair[0], 0, MSG_NOSIGNAL);
	(void)named(sqe, 2);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	reap(trial, 1);
	close_pair(pair);
}

static void run_accept(struct trial *trial)
{
	struct sockaddr_in name;
	struct io_uring_sqe *sqe = next(trial, 1);
	int listener, clients[4];

	tcp_listen(&listener, &name);
	io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
	(void)named(sqe, 1 | DESCRIPTOR);
	(void)io_uring_submit(&trial->ring);
	clients[0] = tcp_client(&name);
	reap(trial, 1);
	(void)close(trial->descriptor);
	cancel(trial, 2, 1 | DESCRIPTOR, 0);
	reap(trial, 2);
	for (int i = 1; i < 4; i++)
		clients[i] = tcp_client(&name);
	rest();
	sqe = next(trial, 3);
	io_uring_prep_accept(sqe, listener, NULL, NULL, 0);
	(void)named(sqe, 3 | DESCRIPTOR);
	reap(trial, 1);
	(void)close(trial->descriptor);
	sqe = next(trial, 4);
	io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, 0);
	(void)named(sqe, 4 | DESCRIPTOR);
	reap(trial, 1);
	(void)close(trial->descriptor);
	reap(trial, 1);
	(void)close(trial->descriptor);
	(void)close(listener);
	for (int i = 0; i < 4; i++)
		(void)close(clients[i]);
	cancel(trial, 5, 4 | DESCRIPTOR, 0);
	reap(trial, 2);
	cancel(trial, 6, 4 | DESCRIPTOR, 0);
	reap(trial, 1);
}

static void run_accept_direct(struct trial *trial)
{
	static struct linger now = { .l_onoff = 1 };
	struct sockaddr_in name;
	struct io_uring_sqe *sqe;
	int listener, clients[3];
	ssize_t result;

	note(trial, 0, "table %d;", io_uring_register_files_sparse(&trial->ring, 2));
	tcp_listen(&listener, &name);
	for (int i = 0; i < 3; i++)
		clients[i] = tcp_client(&name);
	rest();
	sqe = next(trial, 1);
	io_uring_prep_multishot_accept_direct(sqe, listener, NULL, NULL, 0);
	(void)named(sqe, 1);
	reap(trial, 3);
	sqe = next(trial, 2);
	io_uring_prep_recv(sqe, 0, trial->memory, PIECE, 0);
	sqe->flags |= IOSQE_FIXED_FILE;
	(void)named(sqe, 2);
	(void)io_uring_submit(&trial->ring);
	say(clients[0], 5);
	reap(trial, 1);
	sqe = next(trial, 3);
	io_uring_prep_shutdown(sqe, 0, SHUT_WR);
	sqe->flags |= IOSQE_FIXED_FILE;
	(void)named(sqe, 3);
	reap(trial, 1);
	arrive(clients[0]);
	note(trial, 0, "read %zd;", recv(clients[0], trial->memory, PIECE, MSG_DONTWAIT));
	sqe = next(trial, 4);
	io_uring_prep_cmd_sock(sqe, SOCKET_URING_OP_SETSOCKOPT, 1, SOL_SOCKET, SO_LINGER, &now,
			       sizeof(now));
	sqe->flags |= IOSQE_FIXED_FILE | IOSQE_IO_HARDLINK;
	(void)named(sqe, 4);
	sqe = next(trial, 5);
	io_uring_prep_close_direct(sqe, 1);
	(void)named(sqe, 5);
	reap(trial, 2);
	arrive(clients[1]);
	result = recv(clients[1], trial->memory, PIECE, MSG_DONTWAIT);
	note(trial, 0, "read %zd %d;", result, errno);
	sqe = next(trial, 6);
	io_uring_prep_close_direct(sqe, 1);
	(void)named(sqe, 6);
	sqe = next(trial, 7);
	io_uring_prep_close_direct(sqe, 7);
	(void)named(sqe, 7);
	reap(trial, 2);
	(void)close(listener);
	for (int i = 0; i < 3; i++)
		(void)close(clients[i]);
}

static void run_connect(struct trial *trial)
{
	struct io_uring_sqe *sqe = next(trial, 1);
	int listener, fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in name;

	tcp_listen(&listener, &name);
	io_uring_prep_connect(sqe, fd, (struct sockaddr *)&name, sizeof(name));
	(void)named(sqe, 1);
	reap(trial, 1);
	(void)close(fd);
	(void)close(listener);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	sqe = next(trial, 2);
	io_uring_prep_connect(sqe, fd, (struct sockaddr *)&name, sizeof(name));
	(void)named(sqe, 2);
	reap(trial, 1);
	(void)close(fd);
}

static uint8_t bulk[8 << 20];

static void run_send(struct trial *trial)
{
	struct iovec vector[2] = { { trial->memory, 10 }, { trial->memory, 20 } };
	struct msghdr header = { .msg_iov = vector, .msg_iovlen = 2 };
	struct io_uring_sqe *sqe = next(trial, 1);
	int pair[2];

	tcp_pair(pair);
	io_uring_prep_send(sqe, pair[0], trial->memory, 30, MSG_NOSIGNAL | MSG_WAITALL);
	(void)named(sqe, 1);
	sqe = next(trial, 2);
	io_uring_prep_sendmsg(sqe, pair[0], &header, MSG_NOSIGNAL);
	(void)named(sqe, 2);
	sqe = next(trial, 3);
	io_uring_prep_send(sqe, pair[0], trial->memory, 30,
			   MSG_NOSIGNAL | MSG_WAITALL | MSG_DONTWAIT);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	(void)named(sqe, 3);
	reap(trial, 2);
	(void)close(pair[1]);
	rest();
	for (unsigned i = 4; i < 6; i++) {
		sqe = next(trial, i);
		io_uring_prep_send(sqe, pair[0], trial->memory, 30, MSG_NOSIGNAL);
		(void)named(sqe, i);
		reap(trial, 1);
		rest();
	}
	(void)close(pair[0]);
}

/* More than the socket takes: how much that is is the socket's own. */
static void run_send_full(struct trial *trial)
{
	struct __kernel_timespec limit = { .tv_nsec = 20000000 };
	struct io_uring_sqe *sqe = next(trial, 1);
	struct io_uring_cqe *cqe = NULL;
	int pair[2];

	tcp_pair(pair);
	io_uring_prep_send(sqe, pair[0], bulk, sizeof(bulk),
			   MSG_NOSIGNAL | MSG_WAITALL | MSG_DONTWAIT);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	(void)named(sqe, 1);
	(void)io_uring_submit_and_wait_timeout(&trial->ring, &cqe, 1, &limit, NULL);
	if (cqe == NULL) {
		note(trial, 1, "nothing");
		return;
	}
	note(trial, 1, "short %d %x", cqe->res > 0 && cqe->res < (int)sizeof(bulk), cqe->flags);
	io_uring_cqe_seen(&trial->ring, cqe);
	sqe = next(trial, 2);
	io_uring_prep_send(sqe, pair[0], bulk, sizeof(bulk), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)named(sqe, 2);
	reap(trial, 1);
	sqe = next(trial, 3);
	io_uring_prep_send(sqe, pair[0], bulk, sizeof(bulk), MSG_NOSIGNAL | MSG_WAITALL);
	(void)named(sqe, 3);
	reap(trial, 1);
	cancel(trial, 4, 3, 0);
	reap(trial, 2);
	close_pair(pair);
}

static void run_zero_copy(struct trial *trial)
{
	struct io_uring_sqe *sqe = next(trial, 1);
	int pair[2], local[2];

	tcp_pair(pair);
	io_uring_prep_send_zc(sqe, pair[0], trial->memory, 30, MSG_NOSIGNAL | MSG_WAITALL, 0);
	(void)named(sqe, 1);
	reap(trial, 2);
	(void)socketpair(AF_UNIX, SOCK_STREAM, 0, local);
	sqe = next(trial, 2);
	io_uring_prep_send_zc(sqe, local[0], trial->memory, 30, MSG_NOSIGNAL, 0);
	(void)named(sqe, 2);
	reap(trial, 2);
	sqe = next(trial, 3);
	io_uring_prep_send_zc(sqe, 999, trial->memory, 30, MSG_NOSIGNAL, 0);
	(void)named(sqe, 3);
	reap(trial, 2);
	sqe = next(trial, 4);
	io_uring_prep_send_zc(sqe, pair[0], trial->memory, 30, MSG_NOSIGNAL, 0);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	(void)named(sqe, 4);
	reap(trial, 1);
	close_pair(local);
	close_pair(pair);
}

static void run_cancel(struct trial *trial)
{
	struct io_uring_sqe *sqe;
	int pair[2];

	provide(trial, 4, 0);
	tcp_pair(pair);
	cancel(trial, 1, 99, 0);
	cancel(trial, 2, 99, IORING_ASYNC_CANCEL_ALL);
	reap(trial, 2);
	receive_many(trial, pair[0], 3, 0);
	sqe = next(trial, 4);
	io_uring_prep_poll_add(sqe, pair[0], POLLIN);
	(void)named(sqe, 4);
	(void)io_uring_submit(&trial->ring);
	sqe = next(trial, 5);
	io_uring_prep_cancel_fd(sqe, pair[0], IORING_ASYNC_CANCEL_ALL);
	(void)named(sqe, 5);
	reap(trial, 3);
	sqe = next(trial, 6);
	io_uring_prep_cancel_fd(sqe, pair[0], 0);
	(void)named(sqe, 6);
	sqe = next(trial, 7);
	io_uring_prep_cancel_fd(sqe, 999, 0);
	(void)named(sqe, 7);
	reap(trial, 2);
	/* What is there when the cancel comes stays in the socket. */
	receive_many(trial, pair[0], 8, 0);
	(void)io_uring_submit(&trial->ring);
	say(pair[1], 5);
	rest();
	cancel(trial, 9, 8, 0);
	reap(trial, 2);
	receive_many(trial, pair[0], 10, 0);
	reap(trial, 1);
	cancel(trial, 11, 0, IORING_ASYNC_CANCEL_ANY);
	reap(trial, 2);
	close_pair(pair);
}

static void run_sync_cancel(struct trial *trial)
{
	struct io_uring_sync_cancel_reg all = {
		.fd = -1,
		.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL,
		.timeout = { .tv_sec = 1 },
	};
	int pair[2];

	provide(trial, 4, 0);
	tcp_pair(pair);
	receive_many(trial, pair[0], 1, 0);
	receive_many(trial, pair[1], 2, 0);
	(void)io_uring_submit(&trial->ring);
	note(trial, 0, "cancel %d;", io_uring_register_sync_cancel(&trial->ring, &all));
	(void)io_uring_get_events(&trial->ring);
	note(trial, 0, "ready %u;", io_uring_cq_ready(&trial->ring));
	reap(trial, 2);
	note(trial, 0, "cancel %d;", io_uring_register_sync_cancel(&trial->ring, &all));
	close_pair(pair);
}

static void run_poll(struct trial *trial)
{
	struct io_uring_sqe *sqe = next(trial, 1);
	uint64_t one = 1;
	int fd = eventfd(0, 0), pair[2];

	io_uring_prep_poll_add(sqe, fd, POLLIN);
	(void)named(sqe, 1);
	reap(trial, 1);
	(void)!write(fd, &one, sizeof(one));
	reap(trial, 1);
	tcp_pair(pair);
	sqe = next(trial, 2);
	io_uring_prep_poll_add(sqe, pair[0], POLLIN | POLLOUT);
	(void)named(sqe, 2);
	reap(trial, 1);
	sqe = next(trial, 3);
	io_uring_prep_poll_add(sqe, pair[0], POLLIN);
	(void)named(sqe, 3);
	(void)io_uring_submit(&trial->ring);
	(void)shutdown(pair[1], SHUT_WR);
	reap(trial, 1);
	close_pair(pair);
	(void)close(fd);
}

/* An operation keeps its socket open: the peer hears of the end only when it has ended. */
static void run_close(struct trial *trial)
{
	struct io_uring_sqe *sqe;
	int pair[2];

	provide(trial, 4, 0);
	tcp_pair(pair);
	receive_many(trial, pair[0], 1, 0);
	(void)io_uring_submit(&trial->ring);
	sqe = next(trial, 2);
	io_uring_prep_close(sqe, pair[0]);
	(void)named(sqe, 2);
	reap(trial, 1);
	rest();
	note(trial, 0, "read %zd;", recv(pair[1], trial->memory, 1, MSG_DONTWAIT));
	say(pair[1], 3);
	rest();
	reap(trial, 1);
	cancel(trial, 3, 1, 0);
	reap(trial, 2);
	arrive(pair[1]);
	note(trial, 0, "read %zd;", recv(pair[1], trial->memory, 1, MSG_DONTWAIT));
	sqe = next(trial, 4);
	io_uring_prep_close(sqe, 999);
	(void)named(sqe, 4);
	reap(trial, 1);
	(void)close(pair[1]);
}

static void note_head(struct trial *trial, uint32_t line, uint32_t buffer)
{
	struct io_uring_recvmsg_out head;

	memcpy(&head, trial->memory + buffer * PIECE, sizeof(head));
	note(trial, line, "(%u %u %u %x)", head.namelen, head.controllen, head.payloadlen,
	     head.flags);
}

static void run_datagrams(struct trial *trial)
{
	struct msghdr wanted = { .msg_namelen = sizeof(struct sockaddr_in) };
	struct io_uring_sqe *sqe = next(trial, 1);
	int pair[2];

	provide(trial, 5, 0);
	udp_pair(pair);
	io_uring_prep_recvmsg_multishot(sqe, pair[0], &wanted, MSG_TRUNC);
	(void)named(sqe, 1);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	(void)io_uring_submit(&trial->ring);
	say(pair[1], 5);
	reap(trial, 1);
	note_head(trial, 1, 0);
	say(pair[1], 6);
	say(pair[1], PIECE);
	reap(trial, 2);
	note_head(trial, 1, 1);
	note_head(trial, 1, 2);
	say(pair[1], 0);
	reap(trial, 1);
	note_head(trial, 1, 3);
	close_pair(pair);
}

static void run_datagram_alone(struct trial *trial)
{
	struct sockaddr_in name;
	struct iovec vector = { trial->memory, 8 };
	struct msghdr header = {
		.msg_name = &name, .msg_namelen = sizeof(name), .msg_iov = &vector, .msg_iovlen = 1
	};
	struct io_uring_sqe *sqe = next(trial, 1);
	int pair[2];

	udp_pair(pair);
	io_uring_prep_recvmsg(sqe, pair[0], &header, MSG_TRUNC);
	(void)named(sqe, 1);
	(void)io_uring_submit(&trial->ring);
	say(pair[1], 20);
	reap(trial, 1);
	note(trial, 1, "(%u %zu %x)", header.msg_namelen, header.msg_controllen,
	     (unsigned)header.msg_flags);
	close_pair(pair);
}

/* More completions than the ring holds: none is lost, and a multishot ends. */
static void run_overflow(struct trial *trial)
{
	struct io_uring_sqe *sqe;
	unsigned flags;

	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < ENTRIES; i++) {
			sqe = next(trial, 1);
			io_uring_prep_nop(sqe);
			(void)named(sqe, 1);
		}
		note(trial, 0, "took %d;", io_uring_submit(&trial->ring));
	}
	flags = *trial->ring.sq.kflags;
	note(trial, 0, "ready %u flags %x;", io_uring_cq_ready(&trial->ring), flags);
	reap(trial, 3 * ENTRIES);
	flags = *trial->ring.sq.kflags;
	note(trial, 0, "flags %x;", flags);
}

static void run_overflow_multishot(struct trial *trial)
{
	struct io_uring_sqe *sqe;
	int pair[2];

	provide(trial, 8, 0);
	tcp_pair(pair);
	receive_many(trial, pair[0], 1, 0);
	(void)io_uring_submit(&trial->ring);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < ENTRIES; i++) {
			sqe = next(trial, 2);
			io_uring_prep_nop(sqe);
			(void)named(sqe, 2);
		}
		(void)io_uring_submit(&trial->ring);
	}
	say(pair[1], 5);
	arrive(pair[0]);
	(void)io_uring_get_events(&trial->ring);
	note(trial, 0, "ready %u flags %x;", io_uring_cq_ready(&trial->ring),
	     *trial->ring.sq.kflags);
	reap(trial, 2 * ENTRIES + 1);
	close_pair(pair);
}

/* Nothing completes before it is asked for. */
static void run_deferred(struct trial *trial)
{
	int pair[2];

	provide(trial, 8, 0);
	tcp_pair(pair);
	receive_many(trial, pair[0], 1, 0);
	(void)io_uring_submit(&trial->ring);
	say(pair[1], 5);
	arrive(pair[0]);
	rest();
	note(trial, 0, "ready %u flags %x;", io_uring_cq_ready(&trial->ring),
	     *trial->ring.sq.kflags);
	(void)io_uring_get_events(&trial->ring);
	note(trial, 0, "ready %u flags %x;", io_uring_cq_ready(&trial->ring),
	     *trial->ring.sq.kflags);
	reap(trial, 1);
	close_pair(pair);
}

static void run_poll_first(struct trial *trial)
{
	int pair[2];

	provide(trial, 8, 0);
	tcp_pair(pair);
	say(pair[1], 5);
	arrive(pair[0]);
	receive_many(trial, pair[0], 1, IORING_RECVSEND_POLL_FIRST);
	reap(trial, 1);
	close_pair(pair);
}

static void run_chain(struct trial *trial)
{
	struct io_uring_sqe *sqe;

	for (unsigned hard = 0; hard < 2; hard++) {
		sqe = next(trial, 1 + 3 * hard);
		io_uring_prep_close(sqe, 999);
		sqe->flags |= hard ? IOSQE_IO_HARDLINK : IOSQE_IO_LINK;
		(void)named(sqe, 1 + 3 * hard);
		sqe = next(trial, 2 + 3 * hard);
		io_uring_prep_nop(sqe);
		sqe->flags |= hard ? IOSQE_IO_HARDLINK : IOSQE_IO_LINK;
		(void)named(sqe, 2 + 3 * hard);
		sqe = next(trial, 3 + 3 * hard);
		io_uring_prep_nop(sqe);
		(void)named(sqe, 3 + 3 * hard);
		reap(trial, 3);
	}
}

static void run_restricted(struct trial *trial)
{
	struct io_uring_restriction rules[2] = {
		{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_NOP },
		{ .opcode = IORING_RESTRICTION_REGISTER_OP,
		  .register_op = IORING_REGISTER_ENABLE_RINGS },
	};
	struct io_uring_sqe *sqe = next(trial, 1);

	io_uring_prep_nop(sqe);
	(void)named(sqe, 1);
	note(trial, 0, "submit %d;", io_uring_submit(&trial->ring));
	note(trial, 0, "rules %d;", io_uring_register_restrictions(&trial->ring, rules, 2));
	note(trial, 0, "rules %d;", io_uring_register_restrictions(&trial->ring, rules, 2));
	note(trial, 0, "enable %d;", io_uring_enable_rings(&trial->ring));
	note(trial, 0, "enable %d;", io_uring_enable_rings(&trial->ring));
	note(trial, 0, "files %d;", io_uring_register_files_sparse(&trial->ring, 4));
	sqe = next(trial, 2);
	io_uring_prep_close(sqe, 999);
	(void)named(sqe, 2);
	sqe = next(trial, 3);
	io_uring_prep_nop(sqe);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	(void)named(sqe, 3);
	reap(trial, 3);
}

static void run_setup(struct trial *trial)
{
	static const unsigned flags[] = {
		IORING_SETUP_DEFER_TASKRUN,
		IORING_SETUP_TASKRUN_FLAG,
		IORING_SETUP_SQPOLL | IORING_SETUP_COOP_TASKRUN,
		IORING_SETUP_SQPOLL | IORING_SETUP_TASKRUN_FLAG,
		IORING_SETUP_CQE32 | (1u << 18),
		IORING_SETUP_CQE32,
		1u << 18,
		1u << 30,
		IORING_SETUP_CQSIZE,
		IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
	};
	struct io_uring ring;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		int error = io_uring_queue_init(4, &ring, flags[i]);

		note(trial, 1, "%d;", error);
		if (error == 0)
			io_uring_queue_exit(&ring);
	}
	note(trial, 2, "%d;", io_uring_queue_init(0, &ring, 0));
	note(trial, 2, "%d;", io_uring_queue_init(65536, &ring, 0));
	note(trial, 3, "%d;", io_uring_register_ring_fd(&trial->ring));
	note(trial, 3, "%d;", io_uring_register_ring_fd(&trial->ring));
	note(trial, 4, "%d;", io_uring_unregister_buf_ring(&trial->ring, 7));
}

static const struct script scripts[] = {
	{ "refused", DEFERRED, run_refused },
	{ "receive", DEFERRED, run_receive },
	{ "receive, plain ring", 0, run_receive },
	{ "multishot", DEFERRED, run_multishot },
	{ "ends", DEFERRED, run_ends },
	{ "unix", DEFERRED, run_unix },
	{ "incremental", DEFERRED, run_incremental },
	{ "bundle", DEFERRED, run_bundle },
	{ "send bundle", DEFERRED, run_send_bundle },
	{ "accept", DEFERRED, run_accept },
	{ "accept direct", DEFERRED, run_accept_direct },
	{ "connect", DEFERRED, run_connect },
	{ "send", DEFERRED, run_send },
	{ "send to a full socket", DEFERRED, run_send_full },
	{ "zero copy", DEFERRED, run_zero_copy },
	{ "cancel", DEFERRED, run_cancel },
	{ "cancel, plain ring", 0, run_cancel },
	{ "sync cancel", DEFERRED, run_sync_cancel },
	{ "poll", DEFERRED, run_poll },
	{ "close", DEFERRED, run_close },
	{ "datagrams", DEFERRED, run_datagrams },
	{ "datagram alone", DEFERRED, run_datagram_alone },
	{ "overflow", 0, run_overflow },
	{ "overflow, deferred", DEFERRED, run_overflow },
	{ "overflow of a multishot", DEFERRED, run_overflow_multishot },
	{ "deferred", DEFERRED, run_deferred },
	{ "poll first", DEFERRED, run_poll_first },
	{ "chain", DEFERRED, run_chain },
	{ "restricted", DEFERRED | IORING_SETUP_R_DISABLED, run_restricted },
	{ "set-up", 0, run_setup },
};

struct run {
	const struct script *script;
	struct trial trial;
};

static void *run_script(void *argument)
{
	struct run *run = argument;
	struct trial *trial = &run->trial;
	int error = io_uring_queue_init(ENTRIES, &trial->ring, run->script->flags);

	if (error < 0) {
		note(trial, 0, "ring %d;", error);
		return NULL;
	}
	run->script->run(trial);
	if (trial->buffers != NULL)
		(void)io_uring_free_buf_ring(&trial->ring, trial->buffers, ENTRIES, GROUP);
	io_uring_queue_exit(&trial->ring);
	return NULL;
}

/* What the ring may do at any time. */
static const enum fault faults[] = {
	FAULT_NO_BUFFERS,  FAULT_MULTISHOT_ENDED, FAULT_REORDER,	   FAULT_CQ_OVERFLOW,
	FAULT_CANCEL_LATE, FAULT_CANCEL_RUNNING,  FAULT_NOTIFICATION_LATE, FAULT_SUBMIT_REFUSED,
	FAULT_SUBMIT_PART, FAULT_SEND_ASYNC,
};

static uint64_t faults_seen[FAULT_COUNT];

static void simulate(struct run *run, uint64_t seed, uint32_t fault_rate)
{
	struct world_options options = { .seed = seed, .event_max = 100000 };

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		options.faults.per_million[faults[i]] = fault_rate;
	options.transcript = getenv("SIM_TRANSCRIPT") != NULL ? stderr : NULL;
	cr_assert_eq(world_open(&options), 0);
	cr_assert_eq(task_start(run_script, run, "script", NULL), 0);
	cr_assert_eq(world_run(), 0, "%s, seed %d: it does not end", run->script->name, (int)seed);
	cr_assert(fault_rate > 0 || descriptor_count() == 0, "%s: descriptors left open",
		  run->script->name);
	for (int i = 0; i < FAULT_COUNT; i++)
		faults_seen[i] += world_fault_count((enum fault)i);
	world_close();
}

static void check(const struct script *script)
{
	struct run *real = calloc(1, sizeof(*real)), *simulated = calloc(1, sizeof(*simulated));

	real->script = simulated->script = script;
	(void)run_script(real);
	simulate(simulated, 1, 0);
	for (int i = 0; i < LINES; i++) {
		if (getenv("SIM_SHOW") != NULL && real->trial.lines[i][0] != '\0')
			(void)fprintf(stderr, "%s %d: %s\n", script->name, i, real->trial.lines[i]);
		cr_expect_str_eq(simulated->trial.lines[i], real->trial.lines[i],
				 "%s, line %d: here %s, simulated %s", script->name, i,
				 real->trial.lines[i], simulated->trial.lines[i]);
	}
	free(real);
	free(simulated);
}

Test(sim_ring, completes_as_this_kernel_does)
{
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		check(&scripts[i]);
}

/* With faults the completions are others, but a script ends. */
Test(sim_ring, ends_whatever_happens, .timeout = 60)
{
	struct run *run = calloc(1, sizeof(*run));

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		for (uint64_t seed = 0; seed < 50; seed++) {
			*run = (struct run){ .script = &scripts[i] };
			simulate(run, seed, 200000);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		cr_expect_gt(faults_seen[faults[i]], 0, "%s never happened",
			     fault_rows[faults[i]].name);
	free(run);
}
