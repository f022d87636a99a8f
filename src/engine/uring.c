/*
 * The io_uring backend: one completion loop that submits in batches. What the kernel really does,
 * and each trap that this code steps around, stands in docs/uring.md.
 *
 * Nearly all submissions are made while the work list is walked, which ends when the ring is full;
 * completions change states, emit messages and put connections on that list.
 */
#include "uring.h"
#include "hot.h"
#include "kernel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SQ_RESERVE 8u /* what one connection may need at once, datagrams apart */

struct io_uring_sqe *uring_submission(struct engine *engine)
{
	struct uring *uring = engine->state;

	return io_uring_get_sqe(&uring->ring);
}

void uring_own(struct engine *engine, struct connection *connection, struct io_uring_sqe *sqe,
	       enum uring_operation operation, uint32_t detail)
{
	sqe->user_data = uring_data(operation, detail, connection_number(engine, connection));
	if (connection_is(connection, CONNECTION_DIRECT) && operation != OPERATION_CANCEL &&
	    operation != OPERATION_CLOSE)
		sqe->flags |= IOSQE_FIXED_FILE;
	connection->operations++;
}

/* Cancel everything on the connection. */
static void cancel_all(struct engine *engine, struct connection *connection)
{
	unsigned flags = IORING_ASYNC_CANCEL_ALL;
	struct io_uring_sqe *sqe = uring_submission(engine);

	if (sqe == NULL) {
		connection_work(engine, connection);
		return;
	}
	if (connection_is(connection, CONNECTION_DIRECT))
		flags |= IORING_ASYNC_CANCEL_FD_FIXED;
	io_uring_prep_cancel_fd(sqe, connection->fd, flags);
	uring_own(engine, connection, sqe, OPERATION_CANCEL, 0);
	/* Once is enough for a connection that closes: nothing new is started on it. */
	connection->flags |= CONNECTION_CANCELLING;
	if (connection->state == STATE_CLOSING)
		connection->flags |= CONNECTION_DOOMED;
}

void uring_cancel_receive(struct engine *engine, struct connection *connection)
{
	enum uring_operation operation = connection->state == STATE_LISTENING ? OPERATION_ACCEPT
					 : connection->kind == KIND_DATAGRAM
						 ? OPERATION_RECEIVE_DATAGRAM
						 : OPERATION_RECEIVE;
	struct io_uring_sqe *sqe;

	/* A receive with a buffer of its own is named after it; a send that is cancelled along with
	 * it goes out again. */
	if (connection->armed == POOL_COUNT) {
		cancel_all(engine, connection);
		return;
	}
	sqe = uring_submission(engine);
	if (sqe == NULL) {
		connection_work(engine, connection);
		return;
	}
	io_uring_prep_cancel64(
		sqe,
		uring_data(operation, connection->armed, connection_number(engine, connection)), 0);
	uring_own(engine, connection, sqe, OPERATION_CANCEL, 0);
	connection->flags |= CONNECTION_CANCELLING;
}

static int uring_start(struct engine *engine, struct connection *connection)
{
	connection_work(engine, connection);
	return 0;
}

static int uring_connect(struct engine *engine, struct connection *connection,
			 const struct sockaddr *peer, socklen_t peer_length)
{
	struct uring *uring = engine->state;
	struct io_uring_sqe *sqe = uring_submission(engine);
	struct sockaddr_storage *name;
	int error;

	if (sqe == NULL) {
		error = uring_submit(engine);
		sqe = uring_submission(engine);
		if (sqe == NULL)
			return error < 0 ? error : -EAGAIN;
	}
	name = &uring_scratch(uring, sqe)->name;
	memcpy(name, peer, peer_length);
	io_uring_prep_connect(sqe, connection->fd, (const struct sockaddr *)name, peer_length);
	uring_own(engine, connection, sqe, OPERATION_CONNECT, 0);
	return 0;
}

static void on_connect(struct engine *engine, struct connection *connection,
		       const struct io_uring_cqe *cqe)
{
	if (connection->state != STATE_CONNECTING)
		return;
	if (cqe->res < 0) {
		connection_fail(engine, connection, cqe->res);
		return;
	}
	connection_move(engine, connection, STATE_OPEN);
	engine->counters.connected++;
	departures_start(engine, connection);
	emit_opened(engine, connection);
}

static void on_cancel(struct engine *engine, struct connection *connection,
		      const struct io_uring_cqe *cqe)
{
	(void)engine;
	(void)cqe; /* -EALREADY: it is about to end, or is cancelled once more */
	connection->flags &= ~(uint32_t)CONNECTION_CANCELLING;
}

void uring_own_no_more(struct io_uring_sqe *sqe)
{
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = uring_data(OPERATION_CLOSE, 0, 0);
}

/* A direct descriptor knows no setsockopt(2) either (the ring's: kernel 6.7; before it, the peer
 * sees an end instead of a reset). */
static void reset_direct(struct engine *engine, const struct connection *connection)
{
	static struct linger now = { .l_onoff = 1, .l_linger = 0 };
	struct io_uring_sqe *sqe = uring_submission(engine);

	if (sqe == NULL)
		return;
	io_uring_prep_cmd_sock(sqe, SOCKET_URING_OP_SETSOCKOPT, connection->fd, SOL_SOCKET,
			       SO_LINGER, &now, sizeof(now));
	sqe->flags |= IOSQE_FIXED_FILE | IOSQE_IO_HARDLINK;
	uring_own_no_more(sqe);
}

void uring_close_direct(struct engine *engine, int fd)
{
	struct io_uring_sqe *sqe = uring_submission(engine);

	if (sqe == NULL)
		return;
	io_uring_prep_close_direct(sqe, (unsigned)fd);
	uring_own_no_more(sqe);
}

static void close_fd(struct engine *engine, struct connection *connection)
{
	struct io_uring_sqe *sqe;

	if (connection_is(connection, CONNECTION_GONE))
		return;
	drops_keep(engine, connection);
	connection->flags |= CONNECTION_GONE;
	if (connection_is(connection, CONNECTION_DIRECT)) {
		if (connection_is(connection, CONNECTION_RESET))
			reset_direct(engine, connection);
		uring_close_direct(engine, connection->fd);
		return;
	}
	/* A submission thread closes in its own time, and not at all if the ring ends first. And
	 * who connects after a drain is to be refused. */
	sqe = feature_on(engine, FEATURE_SQPOLL) || connection_is(connection, CONNECTION_LISTENER)
		      ? NULL
		      : uring_submission(engine);
	if (sqe == NULL) {
		(void)close(connection->fd);
		return;
	}
	io_uring_prep_close(sqe, connection->fd);
	uring_own_no_more(sqe);
}

/* Bring to an end what is still with the kernel. A zero-copy send whose notification is awaited
 * cannot be cancelled: closing the socket with a reset makes the network let go of its bytes. */
static void work_closing(struct engine *engine, struct connection *connection)
{
	if (connection->operations == 0 || connection_is(connection, CONNECTION_GONE))
		return;
	if (connection->operations == 1 && connection_is(connection, CONNECTION_NOTIFIED)) {
		connection->flags |= CONNECTION_RESET;
		reset_on_close(connection);
		close_fd(engine, connection);
	} else if (!connection_is(connection, CONNECTION_DOOMED)) {
		cancel_all(engine, connection);
	}
}

static void work_listening(struct engine *engine, struct connection *listener)
{
	bool armed = connection_is(listener, CONNECTION_RECEIVING);

	if (engine->draining && !armed)
		accept_rest(engine, listener);
	else if (engine->draining && !connection_is(listener, CONNECTION_CANCELLING))
		uring_cancel_receive(engine, listener);
	else if (!engine->draining && !armed && !connection_is(listener, CONNECTION_PAUSED))
		uring_accept(engine, listener);
}

/* Arm the receive, or cancel it: it is not wanted now, or has to take other buffers. */
static void work_receiving(struct engine *engine, struct connection *connection)
{
	bool reads = connection_reads(connection);

	if (!connection_is(connection, CONNECTION_RECEIVING)) {
		if (reads)
			uring_receive(engine, connection);
		return;
	}
	if (connection_is(connection, CONNECTION_CANCELLING))
		return;
	if (!reads || (connection->armed != connection->pool && connection->armed != POOL_COUNT))
		uring_cancel_receive(engine, connection);
}

/* A direct descriptor knows no shutdown(2): the ring has to do it. */
static void shut_down_direct(struct engine *engine, struct connection *connection)
{
	struct io_uring_sqe *sqe;

	if (!connection_is(connection, CONNECTION_DIRECT) ||
	    connection_is(connection, CONNECTION_ENDED) || engine->config.linger_ns == 0 ||
	    connection_step(connection) != STEP_SHUT_DOWN)
		return;
	sqe = uring_submission(engine);
	if (sqe == NULL)
		return;
	io_uring_prep_shutdown(sqe, connection->fd, SHUT_WR);
	uring_own(engine, connection, sqe, OPERATION_SHUT_DOWN, 0);
	connection_move(engine, connection, STATE_LINGERING);
	connection->progress_ms = engine->now_ms;
}

static void on_shut_down(struct engine *engine, struct connection *connection,
			 const struct io_uring_cqe *cqe)
{
	if (cqe->res < 0)
		connection_fail(engine, connection, 0);
}

static void work(struct engine *engine, struct connection *connection)
{
	if (connection_is(connection, CONNECTION_GREETS) && connection->state == STATE_OPEN)
		emit_opened(engine, connection);
	if (connection->state == STATE_LISTENING)
		work_listening(engine, connection);
	if (connection_step(connection) == STEP_SEND) {
		if (connection->kind == KIND_DATAGRAM)
			uring_send_datagrams(engine, connection);
		else
			uring_send(engine, connection);
	}
	shut_down_direct(engine, connection);
	if (connection_finish(engine, connection, close_fd))
		return;
	if (connection->state == STATE_CLOSING) {
		work_closing(engine, connection);
	} else if (connection->state != STATE_LISTENING) {
		work_receiving(engine, connection);
		uring_departures(engine, connection);
	}
}

static void arm_wake(struct engine *engine)
{
	struct uring *uring = engine->state;
	struct io_uring_sqe *sqe = uring->wake_armed ? NULL : uring_submission(engine);

	if (sqe == NULL)
		return;
	io_uring_prep_poll_add(sqe, engine->wake_fd, POLLIN);
	sqe->user_data = uring_data(OPERATION_WAKE, 0, 0);
	uring->wake_armed = true;
}

static void on_wake(struct engine *engine)
{
	struct uring *uring = engine->state;
	uint64_t count;
	ssize_t got = read(engine->wake_fd, &count, sizeof(count));

	(void)got; /* somebody woke us; how often does not matter */
	uring->wake_armed = false;
	engine->woken = true;
}

static void walk_work(struct engine *engine)
{
	struct uring *uring = engine->state;
	struct connection *connection;

	arm_wake(engine);
	while (!batch_full(engine) && io_uring_sq_space_left(&uring->ring) >= SQ_RESERVE &&
	       (connection = connection_work_next(engine)) != NULL)
		work(engine, connection);
}

static void (*const handlers[OPERATION_COUNT])(struct engine *, struct connection *,
					       const struct io_uring_cqe *) = {
	[OPERATION_ACCEPT] = uring_on_accept,
	[OPERATION_CONNECT] = on_connect,
	[OPERATION_RECEIVE] = uring_on_receive,
	[OPERATION_RECEIVE_DATAGRAM] = uring_on_receive_datagram,
	[OPERATION_SEND] = uring_on_send,
	[OPERATION_SEND_DATAGRAM] = uring_on_send_datagram,
	[OPERATION_INPUT] = uring_on_input,
	[OPERATION_ROOM] = uring_on_room,
	[OPERATION_SHUT_DOWN] = on_shut_down,
	[OPERATION_CANCEL] = on_cancel,
	[OPERATION_DEPARTURE] = uring_on_departure,
};

static void handle(struct engine *engine, const struct io_uring_cqe *cqe)
{
	enum uring_operation operation = (enum uring_operation)(cqe->user_data >> 56);
	struct connection *connection;

	if (operation == OPERATION_WAKE) {
		on_wake(engine);
		return;
	}
	if (operation == OPERATION_CLOSE)
		return;
	connection = connection_at(engine, (uint32_t)cqe->user_data);
	if (!(cqe->flags & IORING_CQE_F_MORE)) {
		connection->operations--;
		connection_work(engine, connection);
	}
	handlers[operation](engine, connection, cqe);
}

const struct io_uring_cqe *uring_completion(const struct uring *uring, uint32_t *at)
{
	const struct io_uring_cq *ring = &uring->ring.cq;
	uint32_t shift = (uring->ring.flags & IORING_SETUP_CQE32) != 0;
	uint32_t end = io_uring_smp_load_acquire(ring->ktail);

	while (*at != end) {
		const struct io_uring_cqe *cqe = &ring->cqes[(*at & ring->ring_mask) << shift];
		uint32_t flags = uring->ring.flags & KERNEL_SETUP_MIXED ? cqe->flags : 0;

		*at += flags & KERNEL_COMPLETION_LONG ? 2 : 1;
		if (!(flags & KERNEL_COMPLETION_SKIP))
			return cqe;
	}
	return NULL;
}

static void reap(struct engine *engine, bool overflown)
{
	struct uring *uring = engine->state;
	const struct io_uring_cqe *cqe;
	uint32_t begin = *uring->ring.cq.khead, at = begin;

	while (!batch_full(engine) && (cqe = uring_completion(uring, &at)) != NULL) {
		handle(engine, cqe);
		engine->counters.completions++;
	}
	uring_departures_check(engine, overflown);
	io_uring_cq_advance(&uring->ring, at - begin);
}

/* Errors of io_uring_enter that pass: completions have to be taken first, or time has run out. */
static bool passes(int error)
{
	return error >= 0 || error == -ETIME || error == -EBUSY || error == -EAGAIN ||
	       error == -ENOMEM;
}

static int uring_turn(struct engine *engine, uint64_t wait_ns)
{
	struct uring *uring = engine->state;
	bool overflown;
	int error;

	walk_work(engine);
	wait_ns = sweep_wait(engine, wait_ns); /* what was walked may have begun to linger */
	starved_wake(engine);		       /* plain sends have given buffers back */
	uring_pools_fill(engine);
	if (engine->batch_count > 0 || engine->connections.work_head != NONE ||
	    io_uring_cq_ready(&uring->ring) > 0 || uring_must_not_sleep(engine))
		wait_ns = 0;
	overflown = uring_overflown(uring);
	engine->counters.cq_overflows += overflown;
	error = uring_wait(engine, wait_ns);
	uring_quiet_mark(engine);
	engine_waited(engine);
	arrivals_begin(engine);
	reap(engine, overflown);
	uring_quiet_finish(engine);
	return passes(error) ? 0 : error;
}

static bool uring_pending(const struct engine *engine)
{
	const struct uring *uring = engine->state;

	return uring_has_news(uring);
}

const struct backend backend_uring = {
	.name = "uring",
	.open = uring_open,
	.start = uring_start,
	.connect = uring_connect,
	.turn = uring_turn,
	.pending = uring_pending,
	.close = uring_close,
};
