/*
 * Buffers that fit the stream. A small buffer keeps small messages in the cache; 64 KiB through
 * 4 KiB buffers cost 1.4 to 1.7 times what they cost through 256 KiB (docs/uring.md). So a stream
 * that fills buffer after buffer moves to the large pool, and back again when what comes would
 * long have fitted into a few small ones. Once full is not enough: then messages of just the size
 * of a buffer would move all connections to the few large ones.
 */
#include "backend.h"

#define FULL_TO_MOVE 4
#define SHORT_TO_RETURN 32

void adapt_to(struct engine *engine, struct connection *connection, enum pool_id id)
{
	if (connection->kind != KIND_STREAM || connection->pool == id)
		return;
	engine->buffers.streams_large += id == POOL_LARGE;
	engine->buffers.streams_large -= id != POOL_LARGE;
	connection->pool = (uint8_t)id;
}

static void move(struct engine *engine, struct connection *connection, enum pool_id id)
{
	connection->streak = 0;
	if (engine->buffers.pools[id].available == 0)
		return;
	adapt_to(engine, connection, id);
	engine->counters.feature_uses[FEATURE_LARGE_BUFFERS] += id == POOL_LARGE;
}

void adapt_receive(struct engine *engine, struct connection *connection, uint32_t length, bool more)
{
	uint32_t small = engine->buffers.pools[POOL_SMALL].receive;
	bool counts, large = connection->pool == POOL_LARGE;

	if (connection->kind != KIND_STREAM || !feature_on(engine, FEATURE_LARGE_BUFFERS))
		return;
	counts = large ? length < FULL_TO_MOVE * small : length >= small && more;
	connection->streak = counts ? (uint8_t)(connection->streak + 1) : 0;
	if (connection->streak >= (large ? SHORT_TO_RETURN : FULL_TO_MOVE))
		move(engine, connection, large ? POOL_SMALL : POOL_LARGE);
}
