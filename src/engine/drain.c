/*
 * Draining: no new connections after those that already wait in the listen queues, answers to all
 * that has arrived, then a clean end of each accepted stream. Whom the program owes an answer, it
 * waits for. Of a socket that stays open with others nothing is taken any more: it is theirs.
 */
#include <sys/ioctl.h>

#include "backend.h"

#define QUIET_TURNS 8
/* For the first request of who connected just before. */
#define GRACE_NS (100 * NS_PER_MS)

void engine_drain(struct engine *engine)
{
	struct connections *connections = &engine->connections;

	if (engine->draining)
		return;
	engine->draining = true;
	engine->drain_turn = (uint32_t)engine->counters.turns;
	engine->drain_ns = engine->now_ns;
	for (uint16_t i = 0; i < connections->listener_count; i++) {
		struct connection *listener = connection_at(engine, connections->listeners[i]);

		if (listener->kind == KIND_DATAGRAM && listener->kept)
			listener->flags |= CONNECTION_ENDED;
		if (listener->state == STATE_LISTENING || connection_is(listener, CONNECTION_ENDED))
			connection_work(engine, listener);
	}
}

void engine_owe(struct engine *engine, uint32_t number, bool owing)
{
	struct connection *connection = connection_at(engine, number);

	if (connection->state == STATE_FREE || connection->state >= STATE_CLOSING)
		return;
	connection->flags &= ~(uint32_t)CONNECTION_OWED;
	if (owing)
		connection->flags |= CONNECTION_OWED;
	else
		connection_work(engine, connection); /* its end may have waited for this */
}

/* A direct descriptor cannot be asked for its input. But what it has is received when we enter the
 * kernel, and what is left after one receive by the next: a few turns without any tell as much. Not
 * those in which there was no receive, for want of a buffer or of room to submit it. */
static bool direct_has_input(const struct engine *engine, const struct connection *connection)
{
	uint32_t turn = (uint32_t)engine->counters.turns;

	if (!connection_is(connection, CONNECTION_RECEIVING | CONNECTION_PAUSED))
		return true;
	return turn - engine->drain_turn < QUIET_TURNS ||
	       turn - connection->asked_turn < QUIET_TURNS ||
	       turn - connection->data_turn < QUIET_TURNS;
}

/* Is there input that the engine has not yet read? */
static bool has_input(const struct engine *engine, const struct connection *connection)
{
	int bytes = 0;

	if (connection_is(connection, CONNECTION_ENDED))
		return false;
	if (connection_is(connection, CONNECTION_DIRECT))
		return direct_has_input(engine, connection);
	return ioctl(connection->fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

static bool is_quiet(const struct engine *engine, const struct connection *connection)
{
	uint32_t receives = connection_is(connection, CONNECTION_ENDED) ? 0 : 1;

	return connection->queue_head == NONE && connection_operations(connection) <= receives &&
	       !engine->backend->pending(engine) &&
	       !connection_is(connection,
			      CONNECTION_SENDING | CONNECTION_GREETS | CONNECTION_OWED) &&
	       !has_input(engine, connection);
}

/*
 * A submission thread (sqpoll) may have taken input from the socket and not told us yet. So before
 * a connection counts as quiet, its receive is cancelled; what has come instead is read after all.
 */
static bool is_settled(struct engine *engine, struct connection *connection, bool quiet)
{
	bool paused = connection_is(connection, CONNECTION_PAUSED);

	if (!feature_on(engine, FEATURE_SQPOLL) || connection->queue_head != NONE)
		return quiet;
	if (quiet && connection_operations(connection) == 0)
		return true;
	if (quiet && !paused)
		connection->flags |= CONNECTION_PAUSED;
	else if (!quiet && paused && connection_operations(connection) == 0)
		connection->flags &= ~(uint32_t)CONNECTION_PAUSED;
	connection_work(engine, connection);
	return false;
}

static bool may_still_ask(const struct engine *engine, const struct connection *connection)
{
	return connection->data_turn == 0 && !connection_is(connection, CONNECTION_CLIENT) &&
	       engine->now_ns - engine->drain_ns < GRACE_NS;
}

static bool drain_one(struct engine *engine, struct connection *connection)
{
	bool quiet;

	if (connection->state == STATE_FREE || connection->state == STATE_CLOSED)
		return false;
	if (connection->state == STATE_LISTENING)
		return true;
	quiet = is_quiet(engine, connection);
	if (connection->kind == KIND_DATAGRAM)
		return !quiet;
	if (connection->state == STATE_OPEN && !may_still_ask(engine, connection) &&
	    is_settled(engine, connection, quiet))
		connection_hang_up(engine, connection);
	return true;
}

bool engine_busy(struct engine *engine)
{
	bool busy = engine->batch_count > 0;

	for (uint32_t i = 0; i < engine->connections.used; i++) {
		if (drain_one(engine, &engine->connections.table[i]))
			busy = true;
	}
	return busy;
}
