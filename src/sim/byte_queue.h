/* Bytes in order: a ring that grows up to what it is asked to hold. */
#ifndef SIM_BYTE_QUEUE_H
#define SIM_BYTE_QUEUE_H

#include <stdint.h>

/* {0} is empty. */
struct byte_queue {
	uint8_t *bytes;
	uint32_t room; /* a power of two */
	uint32_t head;
	uint32_t length;
};

void byte_queue_finish(struct byte_queue *queue);

/* Add bytes at the end. Errors: ENOMEM; then nothing was added. */
int byte_queue_add(struct byte_queue *queue, const void *bytes, uint32_t length);

/* Copy bytes from at on; they are there. */
void byte_queue_copy(const struct byte_queue *queue, uint32_t at, void *bytes, uint32_t length);

/* Take bytes off the beginning; they are there. */
void byte_queue_drop(struct byte_queue *queue, uint32_t length);

#endif
