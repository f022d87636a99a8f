/*
 * io_uring: sending. One send at a time on a stream, since two in flight may overtake each other;
 * what has queued up behind it goes out together in the next one. Datagrams know no such limit.
 */
#include <errno.h>

#include "uring.h"

#define STREAM_FLAGS (MSG_NOSIGNAL | MSG_WAITALL)

/* What the kernel reads when it takes this submission. */
static struct send_scratch *scratch_of(struct uring *uring, const struct io_uring_sqe *sqe)
{
	return &uring->scratch[sqe - uring->ring.sq.sqes];
}

static bool copies(const struct engine *engine, const struct connection *connection)
{
	return !feature_on(engine, FEATURE_ZERO_COPY) || connection->kind != KIND_STREAM ||
	       connection_is(connection, CONNECTION_COPIES) ||
	       connection->queued_bytes < engine->config.zero_copy_min;
}

static void prepare_one(struct engine *engine, struct connection *connection,
			struct io_uring_sqe *sqe)
{
	const struct segment *segment = &engine->buffers.segments[connection->queue_head];

	if (copies(engine, connection)) {
		io_uring_prep_send(sqe, connection->fd, segment->data, segment->length,
				   STREAM_FLAGS);
		return;
	}
	io_uring_prep_send_zc(sqe, connection->fd, segment->data, segment->length, STREAM_FLAGS, 0);
	engine->counters.feature_uses[FEATURE_ZERO_COPY]++;
}

static void prepare_many(struct engine *engine, struct connection *connection,
			 struct io_uring_sqe *sqe)
{
	const struct segment *segments = engine->buffers.segments;
	struct send_scratch *scratch = scratch_of(engine->state, sqe);
	uint32_t number = connection->queue_head, count = 0;

	for (; number != NONE && count < SEND_VECTOR; number = segments[number].next, count++)
		scratch->vector[count] = (struct iovec){.iov_base = segments[number].data,
							.iov_len = segments[number].length};
	scratch->header = (struct msghdr){.msg_iov = scratch->vector, .msg_iovlen = count};
	if (copies(engine, connection)) {
		io_uring_prep_sendmsg(sqe, connection->fd, &scratch->header, STREAM_FLAGS);
		return;
	}
	io_uring_prep_sendmsg_zc(sqe, connection->fd, &scratch->header, STREAM_FLAGS);
	engine->counters.feature_uses[FEATURE_ZERO_COPY]++;
}

/* Feature plain_send: true if the ring has nothing left to do. */
static bool sent_plainly(struct engine *engine, struct connection *connection)
{
	ssize_t sent;

	if (!feature_on(engine, FEATURE_PLAIN_SEND))
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

	if (sent_plainly(engine, connection))
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
	connection->flags &= ~(uint32_t)CONNECTION_SENDING;
	if (feature_on(engine, FEATURE_SEND_BUNDLE) && connection->sent != 0 &&
	    connection->sent != result)
		uring_bundle_reset(engine, connection);
	if (result < 0)
		send_failed(engine, connection, result);
	else if (connection->kind == KIND_RECORD)
		connection_sent_one(engine, connection);
	else
		connection_sent(engine, connection, (uint32_t)result);
}

/* Zero-copy: the result comes first, and the bytes are ours again with the notification. */
void uring_on_send(struct engine *engine, struct connection *connection,
		   const struct io_uring_cqe *cqe)
{
	if (cqe->flags & IORING_CQE_F_NOTIF) {
		connection->flags &= ~(uint32_t)CONNECTION_NOTIFIED;
		send_ended(engine, connection, connection->sent);
	} else if (cqe->flags & IORING_CQE_F_MORE) {
		connection->flags |= CONNECTION_NOTIFIED;
		connection->sent = cqe->res;
	} else {
		send_ended(engine, connection, cqe->res);
	}
}

/* A UNIX peer whose queue is full cannot be waited for: the socket itself stays writable. */
static int datagram_flags(const struct connection *connection)
{
	bool waits = connection_is(connection, CONNECTION_UDP | CONNECTION_CLIENT);

	return MSG_NOSIGNAL | (waits ? 0 : MSG_DONTWAIT);
}

void uring_send_datagrams(struct engine *engine, struct connection *connection)
{
	while (connection->queue_head != NONE) {
		struct io_uring_sqe *sqe = uring_submission(engine);
		struct send_scratch *scratch;
		uint32_t count;

		if (sqe == NULL) {
			connection_work(engine, connection);
			return;
		}
		scratch = scratch_of(engine->state, sqe);
		count = datagram_address(engine, connection, connection->queue_head, scratch);
		io_uring_prep_sendmsg(sqe, connection->fd, &scratch->header,
				      (unsigned)datagram_flags(connection));
		uring_own(engine, connection, sqe, OPERATION_SEND_DATAGRAM,
			  datagram_detach(engine, connection, count));
	}
}

void uring_on_send_datagram(struct engine *engine, struct connection *connection,
			    const struct io_uring_cqe *cqe)
{
	uint32_t segment = (uint32_t)(cqe->user_data >> 32) & 0xffffff;

	datagram_sent(engine, connection, segment, cqe->res);
}
