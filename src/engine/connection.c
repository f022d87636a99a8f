/* The table of connections: slots, states, send queues, and the work list. */
#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/touch.h"
#include "hot.h"

#define TO(state) (1u << (state))

/* Which state may follow which; see the drawing in connection.h. */
static const uint16_t steps[STATE_COUNT] = {
	[STATE_FREE] = TO(STATE_LISTENING) | TO(STATE_CONNECTING) | TO(STATE_OPEN),
	[STATE_LISTENING] = TO(STATE_CLOSING),
	[STATE_CONNECTING] = TO(STATE_OPEN) | TO(STATE_CLOSING),
	[STATE_OPEN] = TO(STATE_HALF_CLOSED) | TO(STATE_HANGING_UP) | TO(STATE_CLOSING),
	[STATE_HALF_CLOSED] = TO(STATE_HANGING_UP) | TO(STATE_CLOSING),
	[STATE_HANGING_UP] = TO(STATE_LINGERING) | TO(STATE_CLOSING),
	[STATE_LINGERING] = TO(STATE_CLOSING),
	[STATE_CLOSING] = TO(STATE_CLOSED) | TO(STATE_FREE),
	[STATE_CLOSED] = TO(STATE_FREE),
};

int connections_init(struct engine *engine)
{
	struct connections *connections = &engine->connections;

	*connections = (struct connections){ .max = engine->config.connection_max,
					     .free = NONE,
					     .free_count = engine->config.connection_max,
					     .work_head = NONE,
					     .work_tail = NONE };
	memset(connections->parked, 0xff, sizeof(connections->parked));
	connections->table = calloc_touched(connections->max, sizeof(*connections->table));
	return connections->table == NULL ? -ENOMEM : 0;
}

void connections_finish(struct engine *engine)
{
	free(engine->connections.table);
	engine->connections.table = NULL;
}

uint32_t connection_take(struct engine *engine, int fd, enum connection_kind kind,
			 enum connection_state state)
{
	struct connections *connections = &engine->connections;
	uint32_t number = connections->free;

	if (connections->free_count == 0)
		return NONE;
	connections->free_count--;
	if (number == NONE)
		number = connections->used++;
	else
		connections->free = connections->table[number].next;
	connections->table[number] = (struct connection){ .fd = fd,
							  .next = NONE,
							  .work_next = NONE,
							  .queue_head = NONE,
							  .queue_tail = NONE,
							  .lent = NONE,
							  .active_ms = engine->now_ms,
							  .progress_ms = engine->now_ms,
							  .asked_ms = engine->now_ms - 1,
							  .listener = UINT16_MAX,
							  .kind = (uint8_t)kind,
							  .pool = kind == KIND_STREAM
									  ? POOL_SMALL
									  : POOL_LARGE };
	connection_move(engine, &connections->table[number], state);
	return number;
}

void connection_give(struct engine *engine, struct connection *connection)
{
	struct connections *connections = &engine->connections;

	assert(connection->operations == 0 && connection->queue_head == NONE &&
	       connection->lent == NONE);
	assert(!connection_is(connection,
			      CONNECTION_ON_STARVED | CONNECTION_READY | CONNECTION_ON_WORK));
	connection_move(engine, connection, STATE_FREE);
	connection->next = connections->free;
	connections->free = connection_number(engine, connection);
	connections->free_count++;
	accept_unblock(engine);
}

void connection_move(struct engine *engine, struct connection *connection,
		     enum connection_state state)
{
	assert(steps[connection->state] & TO(state));
	engine->connections.lingering -= connection->state == STATE_LINGERING;
	connection->state = (uint8_t)state;
	if (state != STATE_LINGERING)
		return;
	engine->connections.lingering++;
	sweep_soon(engine);
}

void connection_work(struct engine *engine, struct connection *connection)
{
	struct connections *connections = &engine->connections;
	uint32_t number = connection_number(engine, connection);

	if (connection_is(connection, CONNECTION_ON_WORK))
		return;
	connection->flags |= CONNECTION_ON_WORK;
	connection->work_next = NONE;
	if (connections->work_tail == NONE)
		connections->work_head = number;
	else
		connections->table[connections->work_tail].work_next = number;
	connections->work_tail = number;
}

struct connection *connection_work_next(struct engine *engine)
{
	struct connections *connections = &engine->connections;
	struct connection *connection;

	if (connections->work_head == NONE)
		return NULL;
	connection = &connections->table[connections->work_head];
	connections->work_head = connection->work_next;
	if (connections->work_head == NONE)
		connections->work_tail = NONE;
	connection->flags &= ~(uint32_t)CONNECTION_ON_WORK;
	return connection;
}

/* Does its peer owe us a read? (A quiet send is over within its turn.) */
static bool is_stuck(const struct connection *connection)
{
	return connection_is(connection, CONNECTION_SENDING) &&
	       !connection_is(connection, CONNECTION_QUIET);
}

static void stop_reading(struct engine *engine, struct connection *connection)
{
	connection->flags |= CONNECTION_PAUSED;
	engine->counters.receive_paused++;
	connection_work(engine, connection);
}

/* A client of ours reads on: it and an echo server would else wait for each other. */
static bool may_pause(const struct connection *connection)
{
	return connection->state == STATE_OPEN && connection->kind != KIND_DATAGRAM &&
	       !connection_is(connection,
			      CONNECTION_CLIENT | CONNECTION_PAUSED | CONNECTION_LISTENER);
}

/* Is there little left of what its messages take? */
static bool is_short(const struct engine *engine, const struct connection *connection)
{
	return buffers_few(engine, connection->pool) || segments_low(engine);
}

/*
 * A peer that does not take its answers is not read: what it may make us hold is bounded. The first
 * send of a queue usually ends within its round, so only what piles up behind one counts. But when
 * memory is short, nobody is read until what he has been answered is gone.
 */
static bool must_pause(const struct engine *engine, const struct connection *connection)
{
	if (!may_pause(connection))
		return false;
	return is_short(engine, connection) ||
	       (connection_is(connection, CONNECTION_SENDING) &&
		connection->queued_bytes > engine->config.queue_bytes_max);
}

void pressure(struct engine *engine)
{
	bool news = false;

	for (enum pool_id id = POOL_SMALL; id <= POOL_LARGE; id++) {
		bool few = buffers_few(engine, id);

		news = news || (few && !engine->buffers.pools[id].few);
		engine->buffers.pools[id].few = few;
		if (few)
			sweep_soon(engine);
	}
	for (uint32_t i = 0; news && i < engine->connections.used; i++) {
		struct connection *connection = &engine->connections.table[i];

		if (buffers_few(engine, connection->pool) && is_stuck(connection) &&
		    may_pause(connection))
			stop_reading(engine, connection);
	}
}

void connection_queue(struct engine *engine, struct connection *connection, uint32_t number)
{
	struct segment *segments = engine->buffers.segments;

	segments[number].next = NONE;
	if (connection->queue_head == NONE) {
		connection->queue_head = number;
		connection->progress_ms = engine->now_ms;
	} else {
		segments[connection->queue_tail].next = number;
	}
	connection->queue_tail = number;
	connection->queued_bytes += segments[number].length;
	if (must_pause(engine, connection))
		stop_reading(engine, connection);
	connection_work(engine, connection);
}

/* Take the head off the queue; a service that talks gets it back. */
static void queue_pop(struct engine *engine, struct connection *connection)
{
	uint32_t number = connection->queue_head;
	struct segment *segment = &engine->buffers.segments[number];

	connection->queue_head = segment->next;
	if (connection->queue_head == NONE)
		connection->queue_tail = NONE;
	connection->queued_bytes -= segment->length;
	if (segment->talk && connection->state == STATE_OPEN)
		emit_sent(engine, connection, number);
	else
		segment_release(engine, number);
}

static void queue_moved(struct engine *engine, struct connection *connection)
{
	connection->progress_ms = engine->now_ms;
	connection->active_ms = engine->now_ms;
	if (!connection_is(connection, CONNECTION_PAUSED) ||
	    connection->queued_bytes > engine->config.queue_bytes_max / 2 ||
	    (is_short(engine, connection) && connection->queue_head != NONE))
		return;
	connection->flags &= ~(uint32_t)CONNECTION_PAUSED;
	connection_work(engine, connection);
}

void connection_sent(struct engine *engine, struct connection *connection, uint32_t bytes)
{
	engine->counters.bytes_out += bytes;
	while (bytes > 0) {
		struct segment *segment = &engine->buffers.segments[connection->queue_head];

		if (bytes < segment->length) {
			segment->data += bytes;
			segment->length -= bytes;
			connection->queued_bytes -= bytes;
			engine->counters.send_short++;
			break;
		}
		bytes -= segment->length;
		engine->counters.messages_out++;
		queue_pop(engine, connection);
	}
	queue_moved(engine, connection);
}

void connection_sent_one(struct engine *engine, struct connection *connection)
{
	engine->counters.bytes_out += engine->buffers.segments[connection->queue_head].length;
	engine->counters.messages_out++;
	queue_pop(engine, connection);
	queue_moved(engine, connection);
}

void connection_lend(struct engine *engine, struct connection *connection, uint32_t bytes)
{
	struct segment *segments = engine->buffers.segments;
	uint32_t last = connection->queue_head;

	assert(connection->lent == NONE && bytes > 0 && bytes <= connection->queued_bytes);
	engine->counters.bytes_out += bytes;
	engine->counters.messages_out++;
	connection->queued_bytes -= bytes;
	while (bytes > segments[last].length) {
		bytes -= segments[last].length;
		engine->counters.messages_out++;
		last = segments[last].next;
	}
	assert(bytes == segments[last].length);
	connection->lent = connection->queue_head;
	connection->queue_head = segments[last].next;
	if (connection->queue_head == NONE)
		connection->queue_tail = NONE;
	segments[last].next = NONE;
	queue_moved(engine, connection);
}

static void release_all(struct engine *engine, uint32_t *first)
{
	while (*first != NONE) {
		uint32_t number = *first;

		*first = engine->buffers.segments[number].next;
		segment_release(engine, number);
	}
}

void connection_back(struct engine *engine, struct connection *connection)
{
	release_all(engine, &connection->lent);
}

/* Drop what is queued. */
static void queue_drop(struct engine *engine, struct connection *connection)
{
	release_all(engine, &connection->queue_head);
	connection->queue_tail = NONE;
	connection->queued_bytes = 0;
}

void connection_hang_up(struct engine *engine, struct connection *connection)
{
	if (connection->state != STATE_OPEN && connection->state != STATE_HALF_CLOSED)
		return;
	connection_move(engine, connection, STATE_HANGING_UP);
	connection->flags &= ~(uint32_t)CONNECTION_PAUSED;
	connection_work(engine, connection);
}

void connection_ended(struct engine *engine, struct connection *connection)
{
	connection->flags |= CONNECTION_ENDED;
	if (connection->state == STATE_OPEN)
		connection_move(engine, connection, STATE_HALF_CLOSED);
	else if (connection->state == STATE_LINGERING)
		connection_move(engine, connection, STATE_CLOSING);
	connection_work(engine, connection);
}

void connection_fail(struct engine *engine, struct connection *connection, int error)
{
	if (connection->state == STATE_FREE || connection->state >= STATE_CLOSING)
		return;
	connection->error = error;
	connection_move(engine, connection, STATE_CLOSING);
	connection_work(engine, connection);
}

void connection_closed(struct engine *engine, struct connection *connection)
{
	queue_drop(engine, connection);
	starved_remove(engine, connection);
	engine->connections.full -= connection->full;
	connection->full = false;
	adapt_to(engine, connection, POOL_SMALL);
	if (connection_is(connection, CONNECTION_LISTENER)) {
		connection_give(engine, connection);
		return;
	}
	connection_move(engine, connection, STATE_CLOSED);
	engine->connections.open--;
	engine->counters.closed++;
	emit_closed(engine, connection);
}
