/* Sending by system call: what epoll does, and io_uring with the feature plain_send. */
#include "datagram.h"

ssize_t send_now(struct engine *engine, const struct connection *connection)
{
	const struct segment *segments = engine->buffers.segments;
	uint32_t number = connection->queue_head;
	struct iovec vector[SEND_VECTOR];
	struct msghdr header = { .msg_iov = vector };
	uint32_t count = 0;
	bool one = segments[number].next == NONE || connection->kind == KIND_RECORD;

	engine->counters.system_calls++;
	if (one)
		return send(connection->fd, segments[number].data, segments[number].length,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
	for (; number != NONE && count < SEND_VECTOR; number = segments[number].next)
		vector[count++] = (struct iovec){ .iov_base = segments[number].data,
						  .iov_len = segments[number].length };
	header.msg_iovlen = count;
	return sendmsg(connection->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}
