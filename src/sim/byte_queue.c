#include "byte_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 1024u

void byte_queue_finish(struct byte_queue *queue)
{
	free(queue->bytes);
	*queue = (struct byte_queue){ 0 };
}

static int grow(struct byte_queue *queue, uint32_t needed)
{
	struct byte_queue larger = { .room = queue->room ? queue->room : ROOM_FIRST,
				     .length = queue->length };

	while (larger.room < needed)
		larger.room *= 2;
	larger.bytes = malloc(larger.room);
	if (!larger.bytes)
		return -ENOMEM;
	byte_queue_copy(queue, 0, larger.bytes, queue->length);
	free(queue->bytes);
	*queue = larger;
	return 0;
}

int byte_queue_add(struct byte_queue *queue, const void *bytes, uint32_t length)
{
	uint32_t tail, first;

	if (length == 0)
		return 0;
	if (queue->length + length > queue->room && grow(queue, queue->length + length) < 0)
		return -ENOMEM;
	tail = (queue->head + queue->length) & (queue->room - 1);
	first = queue->room - tail < length ? queue->room - tail : length;
	memcpy(queue->bytes + tail, bytes, first);
	memcpy(queue->bytes, (const uint8_t *)bytes + first, length - first);
	queue->length += length;
	return 0;
}

void byte_queue_copy(const struct byte_queue *queue, uint32_t at, void *bytes, uint32_t length)
{
	uint32_t begin, first;

	if (length == 0)
		return;
	begin = (queue->head + at) & (queue->room - 1);
	first = queue->room - begin < length ? queue->room - begin : length;
	memcpy(bytes, queue->bytes + begin, first);
	memcpy((uint8_t *)bytes + first, queue->bytes, length - first);
}

void byte_queue_drop(struct byte_queue *queue, uint32_t length)
{
	queue->length -= length;
	/* An empty one begins anew, so that few bytes touch little memory. */
	queue->head = queue->length > 0 ? (queue->head + length) & (queue->room - 1) : 0;
}
