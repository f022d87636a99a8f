/*
 * Connections that wait for a buffer: a list for each pool, first come, first served.
 */
#include "hot.h"

void starved_add(struct engine *engine, struct connection *connection, enum pool_id id)
{
	struct pool *pool = &engine->buffers.pools[id];
	uint32_t number = connection_number(engine, connection);

	if (connection_is(connection, CONNECTION_ON_STARVED))
		return;
	engine->counters.receive_starved++;
	engine->starved_count++;
	connection->flags |= CONNECTION_ON_STARVED;
	connection->starved = (uint8_t)id;
	connection->next = NONE;
	connection->previous = pool->starved_tail;
	if (pool->starved_tail == NONE)
		pool->starved_head = number;
	else
		connection_at(engine, pool->starved_tail)->next = number;
	pool->starved_tail = number;
	sweep_soon(engine);
}

void starved_remove(struct engine *engine, struct connection *connection)
{
	struct pool *pool = &engine->buffers.pools[connection->starved];

	if (!connection_is(connection, CONNECTION_ON_STARVED))
		return;
	connection->flags &= ~(uint32_t)CONNECTION_ON_STARVED;
	engine->starved_count--;
	if (connection->previous == NONE)
		pool->starved_head = connection->next;
	else
		connection_at(engine, connection->previous)->next = connection->next;
	if (connection->next == NONE)
		pool->starved_tail = connection->previous;
	else
		connection_at(engine, connection->next)->previous = connection->previous;
}

/* How many can be given one at once? */
static uint32_t ready(const struct pool *pool)
{
	if (pool->ring != NULL && pool->available > pool->ring_limit)
		return pool->ring_limit;
	return pool->available;
}

/* A stream makes do with small buffers while peers that do not read hold all the large ones. */
static bool falls_back(struct engine *engine, const struct pool *pool)
{
	struct connection *first = connection_at(engine, pool->starved_head);

	if (pool != &engine->buffers.pools[POOL_LARGE] || pool->available > 0 ||
	    first->kind != KIND_STREAM)
		return false;
	adapt_to(engine, first, POOL_SMALL);
	return true;
}

/* One that has been told to wait meanwhile takes none. */
static bool takes_one(const struct connection *connection)
{
	return connection_reads(connection) ||
	       (connection_is(connection, CONNECTION_GREETS) && connection->state == STATE_OPEN);
}

static void wake(struct engine *engine, struct pool *pool)
{
	uint32_t left = ready(pool);

	while (pool->starved_head != NONE && (left > 0 || falls_back(engine, pool))) {
		struct connection *first = connection_at(engine, pool->starved_head);

		starved_remove(engine, first);
		connection_work(engine, first);
		if (left > 0 && takes_one(first))
			left--;
	}
}

void starved_wake(struct engine *engine)
{
	for (int i = 0; i < POOL_COUNT && engine->starved_count > 0; i++)
		wake(engine, &engine->buffers.pools[i]);
}
