/* epoll: streams and records. */
#include <errno.h>
#include <sys/socket.h>

#include "epoll.h"
#include "hot.h"
#include "stamped.h"

/* A buffer for the next receive; a bulk stream makes do with a small one. */
static uint32_t take_buffer(struct engine *engine, struct connection *connection)
{
	uint32_t buffer = buffer_take(engine, connection->pool);

	if (buffer != NONE || connection->kind == KIND_RECORD || connection->pool == POOL_SMALL)
		return buffer;
	adapt_to(engine, connection, POOL_SMALL);
	return buffer_take(engine, POOL_SMALL);
}

static void received(struct engine *engine, struct connection *connection, uint32_t buffer,
		     uint32_t length)
{
	const struct pool *pool = &engine->buffers.pools[engine->buffers.table[buffer].pool];
	uint32_t held = length < pool->receive ? length : pool->receive;
	struct message *message;

	if (linger_receive(engine, connection, length)) {
		buffer_release(engine, buffer);
		return;
	}
	message = emit_data(engine, connection,
			    segment_take(engine, buffer, buffer_memory(engine, buffer), held),
			    pool->size);
	arrival_unknown(engine, connection, message);
	if (held < length) {
		message->flags |= MESSAGE_TRUNCATED;
		engine->counters.datagrams_truncated++;
	}
}

/* Receive into a buffer, as the socket wants it: bytes, or -1 and errno. */
static ssize_t receive(struct engine *engine, struct connection *connection, uint32_t buffer)
{
	int flags = MSG_DONTWAIT | (connection->kind == KIND_RECORD ? MSG_TRUNC : 0);
	struct msghdr header;
	struct iovec vector;
	ssize_t length;

	if (!is_stamped(connection))
		return recv(connection->fd, buffer_memory(engine, buffer),
			    engine->buffers.pools[connection->pool].receive, flags);
	datagram_receive_header(engine, connection, buffer, &header, &vector);
	length = recvmsg(connection->fd, &header, flags);
	if (length > 0)
		datagram_received_header(engine, buffer, &header, (uint32_t)length);
	return length;
}

/* Nothing came: why? */
static void receive_failed(struct engine *engine, struct connection *connection, int error)
{
	if (error == 0) {
		connection_ended(engine, connection);
	} else if (error == EAGAIN) {
		connection->flags &= ~(uint32_t)CONNECTION_UNREAD;
		if (!connection_is(connection, CONNECTION_WATCHED))
			epoll_watch(engine, connection, false);
	} else if (error != EINTR) {
		connection_fail(engine, connection, -error);
	}
}

bool epoll_receive_stream(struct engine *engine, struct connection *connection)
{
	bool record = connection->kind == KIND_RECORD;
	uint32_t buffer = take_buffer(engine, connection), room, before;
	ssize_t length;
	bool more;

	if (buffer == NONE) {
		starved_add(engine, connection, connection->pool);
		return false;
	}
	before = is_stamped(connection) ? datagram_before(connection) : 0;
	room = engine->buffers.pools[connection->pool].receive - before;
	engine->counters.system_calls++;
	length = receive(engine, connection, buffer);
	if (length <= 0) {
		int error = length < 0 ? errno : 0;

		buffer_release(engine, buffer);
		receive_failed(engine, connection, error);
		return error == EINTR;
	}
	engine->counters.completions++;
	arrivals_begin(engine);
	if (is_stamped(connection))
		stamped_received(engine, connection, buffer);
	else
		received(engine, connection, buffer, (uint32_t)length);
	/* A short read has emptied the socket: the next byte is a new edge. */
	more = record || (uint32_t)length == room || connection_is(connection, CONNECTION_HUNG) ||
	       !connection_is(connection, CONNECTION_WATCHED);
	adapt_receive(engine, connection, before + (uint32_t)length, more);
	if (!more)
		connection->flags &= ~(uint32_t)CONNECTION_UNREAD;
	return more;
}

void epoll_send_stream(struct engine *engine, struct connection *connection)
{
	ssize_t sent = send_now(engine, connection);

	if (sent >= 0) {
		engine->counters.completions++;
		if (connection->kind == KIND_RECORD)
			connection_sent_one(engine, connection);
		else
			connection_sent(engine, connection, (uint32_t)sent);
		if (connection->queue_head == NONE &&
		    connection_is(connection, CONNECTION_WATCHED_OUT))
			epoll_watch(engine, connection, false);
	} else if (errno == EAGAIN) {
		connection->flags |= CONNECTION_SENDING;
		epoll_watch(engine, connection, true);
	} else if (errno != EINTR) {
		engine->counters.send_errors++;
		connection_fail(engine, connection, -errno);
	}
}
