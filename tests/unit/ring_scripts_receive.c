/* Scripts of receiving. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "ring_trial.h"

static void note_head(struct trial *trial, uint32_t line, uint32_t buffer)
{
	struct io_uring_recvmsg_out head;

	memcpy(&head, trial->memory + buffer * PIECE, sizeof(head));
	trial_note(trial, line, "(%u %u %u %x)", head.namelen, head.controllen, head.payloadlen,
		   head.flags);
}

/* Two ends, and a multishot receive at the first of them, with so many buffers. */
static void open_armed(struct trial *trial, unsigned count, unsigned flags, int pair[2])
{
	trial_provide(trial, count, flags);
	trial_tcp(pair);
	trial_receive_many(trial, pair[0], 1, 0);
	(void)io_uring_submit(&trial->ring);
}

/* Send so much to the first end, and note what completes. */
static void bring(struct trial *trial, const int pair[2], int length, unsigned completions)
{
	trial_say(pair[1], (size_t)length);
	trial_settle(pair[0], length);
	trial_reap(trial, completions);
}

static void run_receive(struct trial *trial)
{
	struct io_uring_sqe *sqe;
	int pair[2];

	trial_tcp(pair);
	trial_say(pair[1], 10);
	trial_arrive(pair[0]);
	sqe = trial_next(trial, 1);
	io_uring_prep_recv(sqe, pair[0], trial->memory, 4, 0);
	(void)trial_named(sqe, 1);
	trial_reap(trial, 1);
	sqe = trial_next(trial, 2);
	io_uring_prep_recv(sqe, pair[0], trial->memory, PIECE, 0);
	(void)trial_named(sqe, 2);
	trial_reap(trial, 1);
	sqe = trial_next(trial, 3);
	io_uring_prep_recv(sqe, pair[0], trial->memory, PIECE, MSG_DONTWAIT);
	(void)trial_named(sqe, 3);
	sqe = trial_next(trial, 4);
	io_uring_prep_recv(sqe, pair[0], trial->memory, PIECE, 0);
	(void)trial_named(sqe, 4);
	trial_reap(trial, 1);
	trial_say(pair[1], 7);
	trial_reap(trial, 1);
	sqe = trial_next(trial, 5);
	io_uring_prep_recv(sqe, pair[0], trial->memory, 20, MSG_WAITALL);
	(void)trial_named(sqe, 5);
	(void)io_uring_submit(&trial->ring);
	trial_say(pair[1], 8);
	trial_reap(trial, 1);
	trial_say(pair[1], 8);
	(void)close(pair[1]);
	trial_reap(trial, 1);
	sqe = trial_next(trial, 6);
	io_uring_prep_recv(sqe, pair[0], trial->memory, PIECE, 0);
	(void)trial_named(sqe, 6);
	trial_reap(trial, 1);
	(void)close(pair[0]);
}

static void run_multishot(struct trial *trial)
{
	int pair[2];

	open_armed(trial, 4, 0, pair);
	bring(trial, pair, 10, 1);
	bring(trial, pair, PIECE, 1);
	bring(trial, pair, PIECE + 5, 2);
	bring(trial, pair, 1, 1);
	trial_receive_many(trial, pair[0], 2, 0);
	trial_reap(trial, 1);
	trial_give(trial, 4);
	trial_receive_many(trial, pair[0], 3, 0);
	trial_reap(trial, 1);
	(void)shutdown(pair[1], SHUT_WR);
	trial_reap(trial, 1);
	trial_receive_many(trial, pair[0], 4, 0);
	trial_reap(trial, 1);
	trial_close(pair);
}

/* Data and the end in one go, and a reset. */
static void run_ends(struct trial *trial)
{
	static const struct linger now = { .l_onoff = 1 };
	int pair[2], other[2];

	trial_provide(trial, 8, 0);
	trial_tcp(pair);
	trial_tcp(other);
	trial_say(pair[1], 10);
	(void)close(pair[1]);
	trial_say(other[1], 10);
	trial_arrive(pair[0]);
	trial_arrive(other[0]);
	trial_rest();
	trial_receive_many(trial, pair[0], 1, 0);
	trial_receive_many(trial, other[0], 2, 0);
	trial_reap(trial, 3);
	(void)setsockopt(other[1], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	(void)close(other[1]);
	trial_reap(trial, 1);
	(void)close(pair[0]);
	(void)close(other[0]);
}

static void run_unix(struct trial *trial)
{
	int pair[2];

	trial_provide(trial, 8, 0);
	(void)socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	trial_receive_many(trial, pair[0], 1, 0);
	(void)io_uring_submit(&trial->ring);
	bring(trial, pair, PIECE + 10, 2);
	bring(trial, pair, 1, 1);
	(void)close(pair[1]);
	trial_reap(trial, 1);
	(void)close(pair[0]);
	(void)socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
	trial_receive_many(trial, pair[0], 2, 0);
	(void)io_uring_submit(&trial->ring);
	trial_say(pair[1], 10);
	trial_settle(pair[0], 10);
	bring(trial, pair, 11, 2);
	(void)close(pair[1]);
	trial_reap(trial, 1);
	(void)close(pair[0]);
}

static void run_incremental(struct trial *trial)
{
	int pair[2];

	open_armed(trial, 2, IOU_PBUF_RING_INC, pair);
	bring(trial, pair, 10, 1);
	bring(trial, pair, PIECE - 10, 1);
	bring(trial, pair, PIECE, 1);
	bring(trial, pair, 1, 1);
	trial_close(pair);
}

static void run_bundle(struct trial *trial)
{
	int pair[2];

	trial_provide(trial, 6, 0);
	trial_tcp(pair);
	trial_say(pair[1], 2 * PIECE + 10);
	trial_settle(pair[0], 2 * PIECE + 10);
	trial_receive_many(trial, pair[0], 1, IORING_RECVSEND_BUNDLE);
	trial_reap(trial, 1);
	bring(trial, pair, 10, 1);
	bring(trial, pair, 3 * PIECE, 2);
	trial_close(pair);
}

static void run_datagrams(struct trial *trial)
{
	struct msghdr wanted = { .msg_namelen = sizeof(struct sockaddr_in) };
	struct io_uring_sqe *sqe = trial_next(trial, 1);
	int pair[2];

	trial_provide(trial, 5, 0);
	trial_udp(pair);
	io_uring_prep_recvmsg_multishot(sqe, pair[0], &wanted, MSG_TRUNC);
	(void)trial_named(sqe, 1);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	(void)io_uring_submit(&trial->ring);
	trial_say(pair[1], 5);
	trial_reap(trial, 1);
	note_head(trial, 1, 0);
	trial_say(pair[1], 6);
	trial_say(pair[1], PIECE);
	trial_reap(trial, 2);
	note_head(trial, 1, 1);
	note_head(trial, 1, 2);
	trial_say(pair[1], 0);
	trial_reap(trial, 1);
	note_head(trial, 1, 3);
	trial_close(pair);
}

static void run_datagram_alone(struct trial *trial)
{
	struct sockaddr_in name;
	struct iovec vector = { trial->memory, 8 };
	struct msghdr header = {
		.msg_name = &name, .msg_namelen = sizeof(name), .msg_iov = &vector, .msg_iovlen = 1
	};
	struct io_uring_sqe *sqe = trial_next(trial, 1);
	int pair[2];

	trial_udp(pair);
	io_uring_prep_recvmsg(sqe, pair[0], &header, MSG_TRUNC);
	(void)trial_named(sqe, 1);
	(void)io_uring_submit(&trial->ring);
	trial_say(pair[1], 20);
	trial_reap(trial, 1);
	trial_note(trial, 1, "(%u %zu %x)", header.msg_namelen, header.msg_controllen,
		   (unsigned)header.msg_flags);
	trial_close(pair);
}

static void run_poll_first(struct trial *trial)
{
	int pair[2];

	trial_provide(trial, 8, 0);
	trial_tcp(pair);
	trial_say(pair[1], 5);
	trial_arrive(pair[0]);
	trial_receive_many(trial, pair[0], 1, IORING_RECVSEND_POLL_FIRST);
	trial_reap(trial, 1);
	trial_cancel(trial, 2, 1, 0);
	trial_reap(trial, 2);
	trial_close(pair);
}

/* Nothing completes before it is asked for. */
static void run_deferred(struct trial *trial)
{
	int pair[2];

	open_armed(trial, 8, 0, pair);
	trial_say(pair[1], 5);
	trial_arrive(pair[0]);
	trial_rest();
	trial_note(trial, 0, "ready %u flags %x;", io_uring_cq_ready(&trial->ring),
		   *trial->ring.sq.kflags);
	(void)io_uring_get_events(&trial->ring);
	trial_note(trial, 0, "ready %u flags %x;", io_uring_cq_ready(&trial->ring),
		   *trial->ring.sq.kflags);
	trial_reap(trial, 1);
	trial_cancel(trial, 2, 1, 0);
	trial_reap(trial, 2);
	trial_close(pair);
}

const struct script receive_scripts[] = {
	{ "receive", DEFERRED, run_receive },
	{ "receive, plain ring", 0, run_receive },
	{ "multishot", DEFERRED, run_multishot },
	{ "ends", DEFERRED, run_ends },
	{ "unix", DEFERRED, run_unix },
	{ "incremental", DEFERRED, run_incremental },
	{ "bundle", DEFERRED, run_bundle },
	{ "datagrams", DEFERRED, run_datagrams },
	{ "datagram alone", DEFERRED, run_datagram_alone },
	{ "deferred", DEFERRED, run_deferred },
	{ "poll first", DEFERRED, run_poll_first },
	{ NULL, 0, NULL },
};
