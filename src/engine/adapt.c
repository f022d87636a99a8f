/*
 * Buffers that fit the stream. A small buffer keeps small messages in the cache; 64 KiB through
 * 4 KiB buffers cost 1.4 to 1.7 times what they cost through 256 KiB (docs/uring.md). So a stream
 * that fills its buffer and has more to read moves to the large pool, and back again when what
 * comes would long have fitted into a small one.
 */
#include "backend.h"

#define STREAK_BACK 32

bool adapt_receive(struct engine *engine, struct connection *connection, uint32_t length, bool more)
{
	const struct pool *small = &engine->buffers.pools[POOL_SMALL];

	if (connection->kind != KIND_STREAM || !feature_on(engine, FEATURE_LARGE_BUFFERS))
		return false;
	if (connection->pool == POOL_SMALL) {
		if (length < small->receive || !more ||
		    engine->buffers.pools[POOL_LARGE].available == 0)
			return false;
		connection->pool = POOL_LARGE;
		connection->streak = 0;
		engine->counters.feature_uses[FEATURE_LARGE_BUFFERS]++;
		return true;
	}
	connection->streak = length < small->receive ? (uint8_t)(connection->streak + 1) : 0;
	if (connection->streak < STREAK_BACK)
		return false;
	connection->pool = POOL_SMALL;
	return true;
}
