/*
 * Timeouts. They are coarse (seconds), so instead of a timer a connection all slots are looked at
 * a few times in the shortest timeout, and only while there are connections.
 */
#include <errno.h>

#include "backend.h"
#include "base/array.h"

#define SWEEPS_PER_TIMEOUT 4
#define SWEEP_NS_MIN (5 * NS_PER_MS)
#define SWEEP_NS_MAX (60 * NS_PER_S)

/*
 * How long a peer may take next to nothing while it holds what others wait for, by how much of it
 * is left. With a second whatever is left, 5,000 clients that never read, a thousand more each
 * second, held all of it, and those that behave waited 2.4 seconds for an answer.
 */
static const struct patience {
	uint32_t share; /* less than one in so many buffers is free */
	uint64_t limit_ns;
} patience[] = {
	{ .share = 16, .limit_ns = NS_PER_S / 4 },
	{ .share = 8, .limit_ns = NS_PER_S / 2 },
	{ .share = 4, .limit_ns = NS_PER_S },
};

/* How often a send is tried of which nobody tells when it can be. */
#define FULL_NS (10 * NS_PER_MS)

#define EXHAUSTED_NS (NS_PER_S / 10) /* none is free, and somebody waits */

/* What is next to nothing, in bytes: a peer that takes its answers one by one holds buffers as well
 * as one that takes none. */
#define TAKEN_MIN 16384u

/* UINT64_MAX: enough is left. */
static uint64_t patience_ns(const struct pool *pool)
{
	if (pool->available == 0 && pool->starved_head != NONE)
		return EXHAUSTED_NS;
	for (size_t i = 0; i < ARRAY_SIZE(patience); i++)
		if (pool->available < pool->count / patience[i].share)
			return patience[i].limit_ns;
	return UINT64_MAX;
}

static uint64_t least(uint64_t period, uint64_t timeout)
{
	return timeout > 0 && timeout / SWEEPS_PER_TIMEOUT < period ? timeout / SWEEPS_PER_TIMEOUT
								    : period;
}

/* Only what may run out now counts: an engine whose connections are idle sleeps. */
static uint64_t sweep_period_ns(const struct engine *engine)
{
	const struct engine_config *config = &engine->config;
	uint64_t period = least(SWEEP_NS_MAX, config->idle_timeout_ns);

	period = least(period, config->send_timeout_ns);
	if (engine->connections.lingering > 0)
		period = least(period, config->linger_ns);
	if (engine->connections.full > 0)
		period = least(period, SWEEPS_PER_TIMEOUT * FULL_NS);
	for (int i = 0; i < POOL_COUNT; i++)
		period = least(period, patience_ns(&engine->buffers.pools[i]));
	return period < SWEEP_NS_MIN ? SWEEP_NS_MIN : period;
}

void sweep_soon(struct engine *engine)
{
	uint64_t next_ns = engine->now_ns + sweep_period_ns(engine);

	if (next_ns < engine->sweep_ns)
		engine->sweep_ns = next_ns;
}

static bool older(const struct engine *engine, uint32_t since_ms, uint64_t limit_ns)
{
	return limit_ns > 0 && engine->now_ms - since_ms >= limit_ns / NS_PER_MS;
}

/* How long may a peer take no answer? Not long when it holds what others wait for. */
static bool is_stuck_too_long(struct engine *engine, struct connection *connection)
{
	bool queued = connection->queue_head != NONE;
	uint32_t first = queued ? connection->queue_head : connection->lent;
	uint32_t held = engine->buffers.segments[first].buffer;
	uint64_t few = patience_ns(&engine->buffers.pools[engine->buffers.table[held].pool]);
	uint64_t limit = engine->config.send_timeout_ns;
	uint32_t least = 1;

	if (limit == 0 || limit > few) {
		limit = few;
		least = TAKEN_MIN;
	}
	return older(engine, connection->progress_ms, limit / SWEEPS_PER_TIMEOUT) &&
	       !peer_takes(engine, connection, least, limit) &&
	       older(engine, connection->progress_ms, limit);
}

static void try_again(struct engine *engine, struct connection *connection)
{
	engine->connections.full--;
	connection->full = false;
	connection->flags &= ~(uint32_t)(CONNECTION_SENDING | CONNECTION_LOUD);
	connection_work(engine, connection);
}

static void sweep_one(struct engine *engine, struct connection *connection)
{
	const struct engine_config *config = &engine->config;

	if (connection_is(connection, CONNECTION_LISTENER) || connection->state == STATE_FREE ||
	    connection->state == STATE_CLOSING || connection->state == STATE_CLOSED)
		return;
	if (connection->full)
		try_again(engine, connection);
	if (connection->state == STATE_LINGERING) {
		if (older(engine, connection->progress_ms, config->linger_ns))
			connection_fail(engine, connection, 0);
	} else if (connection->queue_head != NONE || connection->lent != NONE) {
		if (!is_stuck_too_long(engine, connection))
			return;
		engine->counters.send_timeouts++;
		connection->flags |= CONNECTION_RESET;
		connection_fail(engine, connection, -ETIMEDOUT);
	} else if (connection->state == STATE_OPEN &&
		   older(engine, connection->active_ms, config->idle_timeout_ns)) {
		engine->counters.idle_timeouts++;
		connection_fail(engine, connection, -ETIMEDOUT);
	}
}

void sweep(struct engine *engine)
{
	struct connections *connections = &engine->connections;

	if (connections->accepting_blocked > 0 && engine->now_ns >= connections->accept_retry_ns)
		accept_unblock(engine);
	if (engine->now_ns < engine->sweep_ns)
		return;
	engine->sweep_ns = engine->now_ns + sweep_period_ns(engine);
	for (uint32_t i = 0; i < connections->used && connections->open > 0; i++)
		sweep_one(engine, &connections->table[i]);
}

uint64_t sweep_wait(const struct engine *engine, uint64_t wait_ns)
{
	const struct connections *connections = &engine->connections;
	uint64_t next = UINT64_MAX, left;

	if (connections->open > 0)
		next = engine->sweep_ns;
	if (connections->accepting_blocked > 0 && connections->accept_retry_ns < next)
		next = connections->accept_retry_ns;
	if (next == UINT64_MAX)
		return wait_ns;
	left = next > engine->now_ns ? next - engine->now_ns : 0;
	return left < wait_ns ? left : wait_ns;
}
