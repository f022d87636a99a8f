/*
 * io_uring: sending. One send at a time on a stream, since two in flight may overtake each other;
 * what has queued up behind it goes out together in the next one. Datagrams know no such limit.
 */
#include <errno.h>
#include <poll.h>

#include "uring.h"

#define STREAM_FLAGS (MSG_NOSIGNAL | MSG_WAITALL)
#define PLAIN_FEW 2 /* messages in a batch: they are answered without the ring */

/*
 * Datagrams and records are never left to the kernel to be sent later. When a UNIX peer's queue is
 * full it has already taken the bytes from the message, and its second attempt sends an empty one
 * (seen on 6.18). And a second attempt reads control messages once more, from memory that another
 * send has by then: a datagram would leave from the wrong address, or its departure be another's.
 * They are sent without waiting, and again when the socket is writable.
 */
static bool waits_here(const struct connection *connection)
{
	return connection->kind != KIND_STREAM;
}

/* Loud: the last attempt found no room. True if that has to be waited for now. */
static bool wait_for_room(struct engine *engine, struct connection *connection)
{
	struct io_uring_sqe *sqe;

	if (!waits_here(connection) || !connection_is(connection, CONNECTION_LOUD))
		return false;
	sqe = uring_submission(engine);
	if (sqe == NULL) {
		connection_work(engine, connection);
		return true;
	}
	io_uring_prep_poll_add(sqe, connection->fd, POLLOUT);
	uring_own(engine, connection, sqe, OPERATION_ROOM, 0);
	connection->flags |= CONNECTION_SENDING;
	return true;
}

/*
 * A poll also ends because the peer has said its last (POLLRDHUP), at once and each time: a peer
 * that then does not read its records would keep us sending and polling. No poll waits for room
 * alone, so from then on the sweep tries.
 */
void uring_on_room(struct engine *engine, struct connection *connection,
		   const struct io_uring_cqe *cqe)
{
	if (cqe->res > 0 && !(cqe->res & (POLLOUT | POLLERR | POLLHUP))) {
		connection->full = true;
		engine->connections.full++;
		sweep_soon(engine);
		return;
	}
	connection->flags &= ~(uint32_t)(CONNECTION_SENDING | CONNECTION_LOUD);
}

static int stream_flags(const struct connection *connection)
{
	return STREAM_FLAGS | (waits_here(connection) ? MSG_DONTWAIT : 0);
}

static bool copies(const struct engine *engine, const struct connection *connection)
{
	return !feature_on(engine, FEATURE_ZERO_COPY) || connection->kind != KIND_STREAM ||
	       connection_is(connection, CONNECTION_COPIES | CONNECTION_NOTIFIED) ||
	       connection->queued_bytes < engine->config.zero_copy_min;
}

/*
 * A send that must not wait (MSG_DONTWAIT) is over when the system call that submitted it returns,
 * and unless it took all bytes (MSG_WAITALL) it has made a completion by then. So no completion
 * means success, its buffers are free, and a wait in the same call is not cut short. A service
 * that talks is told when its bytes are gone, which may be many messages at once: it stays loud.
 */
static bool is_quiet(const struct engine *engine, const struct connection *connection)
{
	const struct uring *uring = engine->state;

	return feature_on(engine, FEATURE_QUIET_SEND) && !uring->quiet_marked &&
	       uring->quiet_count < uring->quiet_max &&
	       !connection_is(connection, CONNECTION_LOUD | CONNECTION_TALKS);
}

static void note_quiet(struct engine *engine, struct io_uring_sqe *sqe)
{
	struct uring *uring = engine->state;

	uring->quiet[uring->quiet_count++] = sqe->user_data;
}

static void go_quietly(struct engine *engine, struct connection *connection,
		       struct io_uring_sqe *sqe)
{
	if (!is_quiet(engine, connection) || !copies(engine, connection) ||
	    (sqe->flags & IOSQE_BUFFER_SELECT))
		return;
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	sqe->msg_flags |= MSG_DONTWAIT;
	connection->flags |= CONNECTION_QUIET;
	if (connection->state != STATE_OPEN || connection_is(connection, CONNECTION_PAUSED) ||
	    (uint32_t)connection->sent != connection->queued_bytes)
		((struct uring *)engine->state)->quiet_urgent = true;
	note_quiet(engine, sqe);
}

static void prepare_one(struct engine *engine, struct connection *connection,
			struct io_uring_sqe *sqe)
{
	const struct segment *segment = &engine->buffers.segments[connection->queue_head];

	connection->sent = (int32_t)segment->length;
	if (copies(engine, connection)) {
		io_uring_prep_send(sqe, connection->fd, segment->data, segment->length,
				   stream_flags(connection));
		return;
	}
	io_uring_prep_send_zc(sqe, connection->fd, segment->data, segment->length, STREAM_FLAGS, 0);
}

static void prepare_many(struct engine *engine, struct connection *connection,
			 struct io_uring_sqe *sqe)
{
	const struct segment *segments = engine->buffers.segments;
	struct send_scratch *scratch = uring_scratch(engine->state, sqe);
	uint32_t number = connection->queue_head, count = 0;

	for (; number != NONE && count < SEND_VECTOR; number = segments[number].next, count++) {
		scratch->vector[count] = (struct iovec){ .iov_base = segments[number].data,
							 .iov_len = segments[number].length };
		connection->sent += (int32_t)segments[number].length;
	}
	scratch->header = (struct msghdr){ .msg_iov = scratch->vector, .msg_iovlen = count };
	if (copies(engine, connection)) {
		io_uring_prep_sendmsg(sqe, connection->fd, &scratch->header, STREAM_FLAGS);
		return;
	}
	io_uring_prep_sendmsg_zc(sqe, connection->fd, &scratch->header, STREAM_FLAGS);
}

/*
 * Feature plain_send: by default where a system call of its own is cheaper. One or two replies cost
 * less than another io_uring_enter; and of bulk the buffer is free, and in the cache, for the next
 * receive. Asked for by name, it is for every send.
 */
static bool is_plain(const struct engine *engine, const struct connection *connection)
{
	return feature_on(engine, FEATURE_PLAIN_SEND) &&
	       (engine->settled <= PLAIN_FEW || connection->pool == POOL_LARGE ||
		feature_named(engine, FEATURE_PLAIN_SEND));
}

/* True if the ring has nothing left to do. */
static bool sent_plainly(struct engine *engine, struct connection *connection)
{
	ssize_t sent;

	if (!is_plain(engine, connection))
		return false;
	engine->counters.feature_uses[FEATURE_PLAIN_SEND]++;
	sent = send_now(engine, connection);
	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		engine->counters.send_errors++;
		connection_fail(engine, connection, -errno);
		return true;
	}
	if (sent >= 0 && connection->kind == KIND_RECORD)
		connection_sent_one(engine, connection);
	else if (sent >= 0)
		connection_sent(engine, connection, (uint32_t)sent);
	return connection->queue_head == NONE;
}

void uring_send(struct engine *engine, struct connection *connection)
{
	struct io_uring_sqe *sqe;
	bool one;

	if (wait_for_room(engine, connection) || sent_plainly(engine, connection))
		return;
	sqe = uring_submission(engine);
	if (sqe == NULL) {
		connection_work(engine, connection);
		return;
	}
	connection->sent = 0;
	one = engine->buffers.segments[connection->queue_head].next == NONE;
	if (one || connection->kind == KIND_RECORD)
		prepare_one(engine, connection, sqe);
	else if (!feature_on(engine, FEATURE_SEND_BUNDLE) ||
		 !uring_bundle_fill(engine, connection, sqe))
		prepare_many(engine, connection, sqe);
	uring_own(engine, connection, sqe, OPERATION_SEND, 0);
	go_quietly(engine, connection, sqe);
	connection->flags |= CONNECTION_SENDING;
}

static void send_failed(struct engine *engine, struct connection *connection, int error)
{
	if (error == -EINTR || error == -EAGAIN || error == -ECANCELED || error == -ENOBUFS)
		return; /* goes out again, unless the connection closes */
	if (error == -EOPNOTSUPP && !connection_is(connection, CONNECTION_COPIES)) {
		connection->flags |= CONNECTION_COPIES;
		return;
	}
	engine->counters.send_errors++;
	connection_fail(engine, connection, error);
}

static void send_ended(struct engine *engine, struct connection *connection, int result)
{
	connection->flags &= ~(uint32_t)(CONNECTION_SENDING | CONNECTION_LOUD);
	if (feature_on(engine, FEATURE_SEND_BUNDLE) && connection->sent != result)
		uring_bundle_reset(engine, connection);
	if (result < 0)
		send_failed(engine, connection, result);
	else if (connection->kind == KIND_RECORD)
		connection_sent_one(engine, connection);
	else
		connection_sent(engine, connection, (uint32_t)result);
}

/*
 * Zero-copy: the result comes first, and the bytes are ours again with the notification. That may
 * be late, as where a network card says that it is done only when there is more to send. So the
 * next send does not wait for it, if this one took all; but it copies, so that only one is waited
 * for.
 */
static void sent_without_copy(struct engine *engine, struct connection *connection, int result)
{
	bool whole = result > 0 && result == connection->sent &&
		     !connection_is(connection, CONNECTION_TALKS);

	connection->flags |= CONNECTION_NOTIFIED;
	connection->sent = result;
	if (!whole)
		return;
	connection->flags &= ~(uint32_t)CONNECTION_SENDING;
	connection_lend(engine, connection, (uint32_t)result);
	connection_work(engine, connection);
}

static void notified(struct engine *engine, struct connection *connection)
{
	connection->flags &= ~(uint32_t)CONNECTION_NOTIFIED;
	if (connection->lent == NONE)
		send_ended(engine, connection, connection->sent);
	else
		connection_back(engine, connection);
}

void uring_on_send(struct engine *engine, struct connection *connection,
		   const struct io_uring_cqe *cqe)
{
	uint64_t *uses = engine->counters.feature_uses;

	uses[FEATURE_ZERO_COPY] += (cqe->flags & IORING_CQE_F_NOTIF) != 0;
	uses[FEATURE_SEND_BUNDLE] += (cqe->flags & IORING_CQE_F_BUFFER) != 0;
	if (cqe->flags & IORING_CQE_F_NOTIF) {
		notified(engine, connection);
	} else if (cqe->flags & IORING_CQE_F_MORE) {
		sent_without_copy(engine, connection, cqe->res);
	} else {
		bool quiet = connection_is(connection, CONNECTION_QUIET);

		connection->flags &= ~(uint32_t)CONNECTION_QUIET;
		send_ended(engine, connection, cqe->res);
		/* The rest has to wait for the socket. */
		if (quiet || (cqe->res == -EAGAIN && waits_here(connection)))
			connection->flags |= CONNECTION_LOUD;
	}
}

static uint32_t detail_of(uint64_t name)
{
	return (uint32_t)(name >> 32) & 0xffffff;
}

static void datagrams_quietly(struct engine *engine, struct io_uring_sqe *sqe)
{
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	engine->buffers.segments[detail_of(sqe->user_data)].quiet = true;
	note_quiet(engine, sqe);
}

void uring_send_datagrams(struct engine *engine, struct connection *connection)
{
	if (wait_for_room(engine, connection))
		return;
	while (connection->queue_head != NONE) {
		struct io_uring_sqe *sqe = uring_submission(engine);
		struct send_scratch *scratch;
		uint32_t count;

		if (sqe == NULL) {
			connection_work(engine, connection);
			return;
		}
		scratch = uring_scratch(engine->state, sqe);
		count = datagram_address(engine, connection, connection->queue_head, scratch);
		io_uring_prep_sendmsg(sqe, connection->fd, &scratch->header,
				      MSG_NOSIGNAL | MSG_DONTWAIT);
		uring_own(engine, connection, sqe, OPERATION_SEND_DATAGRAM,
			  datagram_detach(engine, connection, count));
		if (is_quiet(engine, connection))
			datagrams_quietly(engine, sqe);
	}
}

/* A socket that took no more now: the same again, once it does. */
static void send_again(struct engine *engine, struct connection *connection, uint32_t segment)
{
	uint32_t next;

	connection->flags |= CONNECTION_LOUD;
	for (; segment != NONE; segment = next) {
		next = engine->buffers.segments[segment].next;
		connection_queue(engine, connection, segment);
	}
}

void uring_on_send_datagram(struct engine *engine, struct connection *connection,
			    const struct io_uring_cqe *cqe)
{
	uint32_t segment = detail_of(cqe->user_data);

	engine->buffers.segments[segment].quiet = false;
	if (cqe->res == -EAGAIN && datagram_waits(connection)) {
		send_again(engine, connection, segment);
		return;
	}
	datagram_sent(engine, connection, segment, cqe->res);
}

/* A quiet send that did not speak up. */
static void quiet_ended(struct engine *engine, uint64_t name)
{
	struct connection *connection = connection_at(engine, (uint32_t)name);
	uint32_t segment = detail_of(name);

	if (name >> 56 == OPERATION_SEND) {
		if (!connection_is(connection, CONNECTION_QUIET))
			return;
		connection->flags &= ~(uint32_t)CONNECTION_QUIET;
		connection->operations--;
		send_ended(engine, connection, connection->sent);
	} else {
		if (!engine->buffers.segments[segment].quiet)
			return;
		engine->buffers.segments[segment].quiet = false;
		connection->operations--;
		datagram_sent(engine, connection, segment, 0);
	}
	engine->counters.feature_uses[FEATURE_QUIET_SEND]++;
	if (connection->queue_head != NONE || connection->state != STATE_OPEN)
		connection_work(engine, connection);
}

void uring_quiet_mark(struct engine *engine)
{
	struct uring *uring = engine->state;

	/* What failed may wait behind an overflow, and what is not submitted has not ended. */
	if (uring->quiet_count == 0 || uring->quiet_marked || uring_overflown(uring) ||
	    io_uring_sq_ready(&uring->ring) > 0)
		return;
	uring->quiet_mark = *uring->ring.cq.khead + io_uring_cq_ready(&uring->ring);
	uring->quiet_marked = true;
}

void uring_quiet_finish(struct engine *engine)
{
	struct uring *uring = engine->state;

	/* Those that failed are known only when all completions up to the mark have been seen. */
	if (!uring->quiet_marked || (int32_t)(*uring->ring.cq.khead - uring->quiet_mark) < 0)
		return;
	for (uint32_t i = 0; i < uring->quiet_count; i++)
		quiet_ended(engine, uring->quiet[i]);
	uring->quiet_count = 0;
	uring->quiet_marked = uring->quiet_urgent = false;
}
