#include "message.h"

#include <stdlib.h>

#include "vector.h"

struct sim_message *message_make(const struct msghdr *header, size_t offset, uint32_t length)
{
	struct sim_message *message = malloc(sizeof(*message) + length);

	if (!message)
		return NULL;
	*message = (struct sim_message){ .length = length };
	(void)vector_read(header, offset, message->bytes, length);
	return message;
}

void message_queue_finish(struct message_queue *queue)
{
	while (queue->head)
		free(message_queue_take(queue));
}

void message_queue_add(struct message_queue *queue, struct sim_message *message)
{
	message->next = NULL;
	*queue->tail = message;
	queue->tail = &message->next;
	queue->count++;
	queue->bytes += message->length;
}

struct sim_message *message_queue_take(struct message_queue *queue)
{
	struct sim_message *message = queue->head;

	queue->head = message->next;
	if (!queue->head)
		queue->tail = &queue->head;
	queue->count--;
	queue->bytes -= message->length;
	return message;
}

uint32_t message_queue_unread(const struct message_queue *queue, bool all)
{
	if (all)
		return queue->bytes;
	return queue->head ? queue->head->length : 0;
}

ssize_t message_tell(const struct sim_message *message, struct msghdr *header, int flags)
{
	size_t copied = vector_write(header, 0, message->bytes, message->length);

	if (copied == message->length)
		return (ssize_t)copied;
	header->msg_flags |= MSG_TRUNC;
	return flags & MSG_TRUNC ? (ssize_t)message->length : (ssize_t)copied;
}
