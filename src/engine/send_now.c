/* Sending by system call: what epoll does, and io_uring with the feature plain_send. */
#include "datagram.h"

ssize_t send_now(struct engine *engine, const struct connection *connection)
{
	const struct segment *segments = engine->buffers.segments;
	uint32_t number = connection->queue_head;
	struct iovec vector[SEND_VECTOR];
	struct msghdr header = { .msg_iov = vector };
	bool one = segments[number].next == NONE || connection->kind == KIND_RECORD;

	engine->counters.system_calls++;
	if (one)
		return send(connection->fd, segments[number].data, segments[number].length,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	for (; number != NONE && header.msg_iovlen < SEND_VECTOR; number = segments[number].next)
		vector[header.msg_iovlen++] = (struct iovec){ .iov_base = segments[number].data,
							      .iov_len = segments[number].length };
	return sendmsg(connection->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}
