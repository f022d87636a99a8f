/*
 * What every message passes through, in a header so that it is compiled into where it is used: a
 * message costs the kernel some 3 us, and 100 calls here would be felt.
 */
#ifndef ENGINE_HOT_H
#define ENGINE_HOT_H

#include "backend.h"
#include "base/watched.h"

/* Take a buffer off a pool's free list, or NONE. Its one reference is the taker's. */
static inline uint32_t buffer_take(struct engine *engine, enum pool_id id)
{
	struct pool *pool = &engine->buffers.pools[id];
	uint32_t number = pool->free;

	if (number == NONE)
		return NONE;
	pool->free = engine->buffers.table[number].next;
	pool->available--;
	engine->buffers.table[number].references = 1;
	watched_allow(buffer_memory(engine, number), pool->size);
	return number;
}

/* Is less than half of a pool left? Peers that do not read get no more of it then. */
static inline bool buffers_few(const struct engine *engine, enum pool_id id)
{
	const struct pool *pool = &engine->buffers.pools[id];

	return pool->available < pool->count / 2;
}

/* A free segment over a buffer's bytes; there is always one for each buffer. */
static inline uint32_t segment_take(struct engine *engine, uint32_t buffer, uint8_t *data,
				    uint32_t length)
{
	struct buffers *buffers = &engine->buffers;
	uint32_t number = buffers->segment_free;
	struct segment *segment = &buffers->segments[number];

	assert(number != NONE);
	buffers->segment_free = segment->next;
	buffers->segments_free--;
	*segment = (struct segment){
		.data = data, .length = length, .buffer = buffer, .next = NONE, .buffers = 1
	};
	return number;
}

/* Are segments running out? Pieces of a buffer, incremental or coalesced, may be many, and a peer
 * that takes no answers holds on to them: then they are not taken. */
static inline bool segments_low(const struct engine *engine)
{
	return engine->buffers.segments_free < 2 * BATCH_SLACK;
}

/* Should its input be read now? */
static inline bool connection_reads(const struct connection *connection)
{
	const uint32_t never = CONNECTION_PAUSED | CONNECTION_ENDED | CONNECTION_ON_STARVED |
			       CONNECTION_GREETS;

	return (connection->state == STATE_OPEN || connection->state == STATE_HANGING_UP ||
		connection->state == STATE_LINGERING) &&
	       (connection->flags & never) == 0;
}

/* What the backend has to do next for a connection on the work list. */
static inline enum connection_step connection_step(const struct connection *connection)
{
	bool sending = connection_is(connection, CONNECTION_SENDING);
	bool owed = connection_is(connection, CONNECTION_OWED);
	bool queued = connection->queue_head != NONE;
	bool lent = connection->lent != NONE;

	switch ((enum connection_state)connection->state) {
	case STATE_OPEN:
		return queued && !sending ? STEP_SEND : STEP_NOTHING;
	case STATE_HALF_CLOSED:
		if (sending)
			return STEP_NOTHING;
		return queued ? STEP_SEND : owed || lent ? STEP_NOTHING : STEP_END;
	case STATE_HANGING_UP:
		if (sending)
			return STEP_NOTHING;
		return queued ? STEP_SEND : lent ? STEP_NOTHING : STEP_SHUT_DOWN;
	case STATE_CLOSING:
		return connection->operations == 0 ? STEP_CLOSE : STEP_NOTHING;
	default:
		return STEP_NOTHING;
	}
}

#endif
