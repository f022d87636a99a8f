/*
 * A ring of provided buffers: what a pool is while the kernel picks the buffers itself (kernel 5.19
 * or later; uring_pool.c registers it).
 *
 * The kernel takes the buffers in the order in which they were added, so with all of a pool in the
 * ring each message would land in the buffer that has been out of the cache for longest: 64 KiB
 * messages cost a third more. So the ring holds little more than what one turn takes, and is
 * filled with the buffers that were given back last. When it was too few (-ENOBUFS), it grows.
 */
#ifndef ENGINE_RING_H
#define ENGINE_RING_H

#include <liburing.h>

#include "backend.h"

/* Put a free buffer in; the kernel sees it after ring_publish(). */
static inline void ring_add(struct engine *engine, struct pool *pool)
{
	uint32_t number = pool->free;
	struct buffer *buffer = &engine->buffers.table[number];
	uint32_t index = number - pool->first;

	pool->free = buffer->next;
	buffer->references = 1;
	buffer->used = 0;
	buffer->position = (uint16_t)(pool->ring->tail + pool->ring_added);
	io_uring_buf_ring_add(pool->ring, pool->memory + (size_t)index * pool->size, pool->receive,
			      (uint16_t)index, (int)pool->ring_mask, (int)pool->ring_added);
	pool->ring_added++;
	pool->ring_count++;
}

static inline void ring_publish(struct pool *pool)
{
	if (pool->ring_added == 0)
		return;
	io_uring_buf_ring_advance(pool->ring, (int)pool->ring_added);
	pool->ring_added = 0;
}

/* The kernel has taken a buffer. */
static inline void ring_took(struct pool *pool)
{
	pool->available--;
	pool->ring_count--;
	pool->ring_taken++;
}

/* It found none. */
static inline void ring_was_empty(struct pool *pool)
{
	pool->ring_peak++;
	pool->ring_recent++;
}

/* The buffer that the kernel takes after this one. */
static inline uint32_t ring_next(const struct engine *engine, const struct pool *pool,
				 uint32_t number)
{
	uint32_t position = engine->buffers.table[number].position + 1u;

	return pool->first + pool->ring->bufs[position & pool->ring_mask].bid;
}

#endif
