/* io_uring: receiving, from streams and of datagrams. */
#include <errno.h>
#include <poll.h>

#include "hot.h"
#include "ring.h"
#include "stamped.h"
#include "uring.h"

/* Which pool a receive may use now: a bulk stream makes do with small buffers when it must. */
static bool find_pool(struct engine *engine, struct connection *connection)
{
	if (engine->buffers.pools[connection->pool].available > 0)
		return true;
	if (connection->kind == KIND_STREAM && connection->pool == POOL_LARGE) {
		adapt_to(engine, connection, POOL_SMALL);
		if (engine->buffers.pools[POOL_SMALL].available > 0)
			return true;
	}
	starved_add(engine, connection, connection->pool);
	return false;
}

/*
 * Without a ring, a receive that waits owns its buffer. There is a small one for every connection,
 * but few of the others: there a poll waits for input, and the receive does not wait at all.
 */
static bool polls_first(const struct engine *engine, const struct connection *connection)
{
	return connection->pool != POOL_SMALL &&
	       engine->buffers.pools[connection->pool].ring == NULL;
}

static void poll_for_input(struct engine *engine, struct connection *connection)
{
	struct io_uring_sqe *sqe = uring_submission(engine);

	if (sqe == NULL) {
		connection_work(engine, connection);
		return;
	}
	io_uring_prep_poll_add(sqe, connection->fd, POLLIN);
	uring_own(engine, connection, sqe, OPERATION_INPUT, 0);
	connection->armed = POOL_COUNT;
	connection->flags |= CONNECTION_RECEIVING;
}

void uring_on_input(struct engine *engine, struct connection *connection,
		    const struct io_uring_cqe *cqe)
{
	(void)engine;
	connection->flags &= ~(uint32_t)CONNECTION_RECEIVING;
	if (cqe->res != -ECANCELED)
		connection->flags |= CONNECTION_UNREAD;
}

static int own_flags(const struct engine *engine, const struct connection *connection)
{
	return polls_first(engine, connection) ? MSG_DONTWAIT : 0;
}

static void prepare_stream(struct engine *engine, struct connection *connection,
			   struct io_uring_sqe *sqe, uint32_t own)
{
	bool many = own == NONE && feature_on(engine, FEATURE_MULTISHOT_RECEIVE) &&
		    !engine->local_stream;
	int flags = (connection->kind == KIND_RECORD ? MSG_TRUNC : 0) |
		    own_flags(engine, connection);
	struct pool *pool = &engine->buffers.pools[connection->pool];

	if (many)
		io_uring_prep_recv_multishot(sqe, connection->fd, NULL, 0, flags);
	else if (own == NONE)
		io_uring_prep_recv(sqe, connection->fd, NULL, 0, flags);
	else
		io_uring_prep_recv(sqe, connection->fd, buffer_memory(engine, own), pool->receive,
				   flags);
	if (own == NONE && connection->kind == KIND_STREAM &&
	    feature_on(engine, FEATURE_RECEIVE_BUNDLE))
		sqe->ioprio |= IORING_RECVSEND_BUNDLE;
}

/* Whatever comes with a head. */
static void prepare_headed(struct engine *engine, struct connection *connection,
			   struct io_uring_sqe *sqe, uint32_t own)
{
	struct uring *uring = engine->state;
	/* Of a stream MSG_TRUNC would throw bytes away. */
	unsigned flags = connection->kind == KIND_STREAM ? 0 : MSG_TRUNC;

	if (own == NONE) {
		io_uring_prep_recvmsg_multishot(
			sqe, connection->fd,
			&uring->templates[control_kind(connection)][name_kind(connection)], flags);
		return;
	}
	datagram_receive_header(engine, connection, own, &uring->slots[own].header,
				&uring->slots[own].vector);
	io_uring_prep_recvmsg(sqe, connection->fd, &uring->slots[own].header,
			      flags | (unsigned)own_flags(engine, connection));
}

void uring_receive(struct engine *engine, struct connection *connection)
{
	bool datagram = connection->kind == KIND_DATAGRAM;
	struct io_uring_sqe *sqe;
	uint32_t own = NONE;

	if (polls_first(engine, connection) && !connection_is(connection, CONNECTION_UNREAD)) {
		poll_for_input(engine, connection);
		return;
	}
	if (!find_pool(engine, connection))
		return;
	sqe = uring_submission(engine);
	if (sqe == NULL) {
		connection_work(engine, connection);
		return;
	}
	if (engine->buffers.pools[connection->pool].ring == NULL)
		own = buffer_take(engine, connection->pool);
	if (datagram || is_stamped(connection))
		prepare_headed(engine, connection, sqe, own);
	else
		prepare_stream(engine, connection, sqe, own);
	if (own == NONE) {
		sqe->flags |= IOSQE_BUFFER_SELECT;
		sqe->buf_group = connection->pool;
	}
	/* Not both: a receive that must not wait would never look. */
	if (feature_on(engine, FEATURE_POLL_FIRST)) {
		if (!polls_first(engine, connection))
			sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
		engine->counters.feature_uses[FEATURE_POLL_FIRST]++;
	}
	uring_own(engine, connection, sqe,
		  datagram ? OPERATION_RECEIVE_DATAGRAM : OPERATION_RECEIVE,
		  own == NONE ? connection->pool : (DETAIL_OWN | own));
	connection->armed = own == NONE ? connection->pool : POOL_COUNT;
	connection->asked_turn = (uint32_t)engine->counters.turns;
	connection->flags &= ~(uint32_t)CONNECTION_UNREAD;
	connection->flags |= CONNECTION_RECEIVING;
}

static void emit_piece(struct engine *engine, struct connection *connection, uint32_t buffer,
		       uint8_t *data, uint32_t length, uint32_t capacity)
{
	if (linger_receive(engine, connection, length)) {
		buffer_release(engine, buffer);
		return;
	}
	arrival_unknown(engine, connection,
			emit_data(engine, connection, segment_take(engine, buffer, data, length),
				  capacity));
}

/* Incremental: the kernel goes on filling the buffer unless it says that it is done with it. */
static void received_part(struct engine *engine, struct connection *connection, uint32_t number,
			  const struct io_uring_cqe *cqe)
{
	struct buffer *buffer = &engine->buffers.table[number];
	uint8_t *data = buffer_memory(engine, number) + buffer->used;
	uint32_t length = (uint32_t)cqe->res;

	buffer->used += length;
	if (cqe->flags & IORING_CQE_F_BUF_MORE) {
		buffer->references++;
		engine->counters.feature_uses[FEATURE_INCREMENTAL]++;
	} else {
		ring_took(&engine->buffers.pools[buffer->pool]);
	}
	if (!segments_low(engine)) {
		emit_piece(engine, connection, number, data, length, length);
		return;
	}
	buffer_release(engine, number);
	connection->flags |= CONNECTION_RESET;
	connection_fail(engine, connection, -ENOBUFS);
}

/* A bundle: buffers in the order of the ring, all full but the last. */
static void received_bundle(struct engine *engine, struct connection *connection, uint32_t number,
			    uint32_t length)
{
	struct pool *pool = &engine->buffers.pools[engine->buffers.table[number].pool];

	engine->counters.feature_uses[FEATURE_RECEIVE_BUNDLE] += length > pool->receive;
	while (length > 0) {
		uint32_t part = length < pool->receive ? length : pool->receive;
		uint32_t next = ring_next(engine, pool, number);

		ring_took(pool);
		watched_filled(buffer_memory(engine, number), pool->size);
		emit_piece(engine, connection, number, buffer_memory(engine, number), part,
			   pool->size);
		length -= part;
		number = next;
	}
}

static void received_whole(struct engine *engine, struct connection *connection, uint32_t number,
			   const struct io_uring_cqe *cqe)
{
	struct pool *pool = &engine->buffers.pools[engine->buffers.table[number].pool];
	uint32_t length = (uint32_t)cqe->res;
	uint32_t held = length < pool->receive ? length : pool->receive;
	uint32_t before = engine->batch_count;

	if (pool->ring != NULL)
		ring_took(pool);
	emit_piece(engine, connection, number, buffer_memory(engine, number), held, pool->size);
	if (held < length && engine->batch_count > before) {
		engine->batch[before].flags |= MESSAGE_TRUNCATED;
		engine->counters.datagrams_truncated++;
	}
	adapt_receive(engine, connection, length, (cqe->flags & IORING_CQE_F_SOCK_NONEMPTY) != 0);
	if (connection->armed != connection->pool)
		connection_work(engine, connection);
}

static void received(struct engine *engine, struct connection *connection,
		     const struct io_uring_cqe *cqe)
{
	uint32_t number = uring_buffer(engine, cqe);
	bool small = engine->buffers.table[number].pool == POOL_SMALL;

	if (small && feature_on(engine, FEATURE_INCREMENTAL))
		received_part(engine, connection, number, cqe);
	else if (connection->kind == KIND_STREAM && feature_on(engine, FEATURE_RECEIVE_BUNDLE))
		received_bundle(engine, connection, number, (uint32_t)cqe->res);
	else
		received_whole(engine, connection, number, cqe);
}

/* With a head: a multishot receive that met the end of a stream has brought one, and no data. */
static void received_stamped(struct engine *engine, struct connection *connection,
			     const struct io_uring_cqe *cqe)
{
	struct uring *uring = engine->state;
	uint32_t number = uring_buffer(engine, cqe), length;
	struct pool *pool = &engine->buffers.pools[engine->buffers.table[number].pool];

	if ((cqe->user_data >> 32) & DETAIL_OWN)
		datagram_received_header(engine, number, &uring->slots[number].header,
					 (uint32_t)cqe->res);
	else
		ring_took(pool);
	length = stamped_length(engine, number);
	if (length == 0) {
		buffer_release(engine, number);
		connection_ended(engine, connection);
		return;
	}
	stamped_received(engine, connection, number);
	adapt_receive(engine, connection, length + datagram_before(connection),
		      (cqe->flags & IORING_CQE_F_SOCK_NONEMPTY) != 0);
	if (connection->armed != connection->pool)
		connection_work(engine, connection);
}

/* A receive that brought nothing may still have taken a buffer. */
static void give_back(struct engine *engine, const struct io_uring_cqe *cqe)
{
	uint32_t number = uring_buffer(engine, cqe);

	if (number == NONE)
		return;
	if (engine->buffers.pools[engine->buffers.table[number].pool].ring != NULL)
		ring_took(&engine->buffers.pools[engine->buffers.table[number].pool]);
	buffer_release(engine, number);
}

/* Which errors are the connection's own, and not just the end of this receive? */
static bool is_fatal(const struct connection *connection, int error)
{
	if (error == -ECANCELED || error == -EINTR || error == -EAGAIN || error == -ENOBUFS ||
	    error == -ENOMEM)
		return false;
	/* A datagram socket that hears of a peer's troubles goes on, if it has other peers. */
	return connection->kind != KIND_DATAGRAM || connection_is(connection, CONNECTION_CLIENT);
}

static void receive_ended(struct engine *engine, struct connection *connection,
			  const struct io_uring_cqe *cqe)
{
	if (!(cqe->flags & IORING_CQE_F_MORE)) {
		connection->flags &= ~(uint32_t)CONNECTION_RECEIVING;
		engine->counters.multishot_rearmed += cqe->res > 0;
	}
	if (cqe->res > 0)
		return;
	give_back(engine, cqe);
	if (cqe->res == -ENOBUFS && connection_reads(connection)) {
		if (connection->armed < POOL_COUNT)
			ring_was_empty(&engine->buffers.pools[connection->armed]);
		starved_add(engine, connection, connection->pool);
	} else if (cqe->res < 0 && is_fatal(connection, cqe->res))
		connection_fail(engine, connection, cqe->res);
}

/* What the kernel says of how it was done. */
static void count_features(struct engine *engine, const struct io_uring_cqe *cqe)
{
	uint64_t *uses = engine->counters.feature_uses;

	uses[FEATURE_MULTISHOT_RECEIVE] += (cqe->flags & IORING_CQE_F_MORE) != 0;
	uses[FEATURE_BUFFER_RING] += (cqe->flags & IORING_CQE_F_BUFFER) != 0;
}

void uring_on_receive(struct engine *engine, struct connection *connection,
		      const struct io_uring_cqe *cqe)
{
	count_features(engine, cqe);
	receive_ended(engine, connection, cqe);
	if (cqe->res > 0 && polls_first(engine, connection))
		connection->flags |= CONNECTION_UNREAD;
	if (cqe->res > 0 && is_stamped(connection))
		received_stamped(engine, connection, cqe);
	else if (cqe->res > 0)
		received(engine, connection, cqe);
	else if (cqe->res == 0)
		connection_ended(engine, connection);
}

void uring_on_receive_datagram(struct engine *engine, struct connection *connection,
			       const struct io_uring_cqe *cqe)
{
	struct uring *uring = engine->state;
	uint32_t number;
	bool own = ((cqe->user_data >> 32) & DETAIL_OWN) != 0;

	count_features(engine, cqe);
	/* With a buffer of its own an empty datagram is a result of 0. */
	if (cqe->res < 0 || (cqe->res == 0 && !own)) {
		receive_ended(engine, connection, cqe);
		return;
	}
	if (!(cqe->flags & IORING_CQE_F_MORE))
		connection->flags &= ~(uint32_t)CONNECTION_RECEIVING;
	number = uring_buffer(engine, cqe);
	if (polls_first(engine, connection))
		connection->flags |= CONNECTION_UNREAD;
	if (own)
		datagram_received_header(engine, number, &uring->slots[number].header,
					 (uint32_t)cqe->res);
	else
		ring_took(&engine->buffers.pools[engine->buffers.table[number].pool]);
	datagram_received(engine, connection, number);
}
