/* Putting messages into the batch. The callers see to it that there is room. */
#include "hot.h"

static struct message *emit(struct engine *engine, const struct connection *connection,
			    enum message_kind kind)
{
	struct message *message = &engine->batch[engine->batch_count++];
	bool client = connection_is(connection, CONNECTION_CLIENT);

	assert(engine->batch_count <= engine->config.batch_max + BATCH_SLACK);
	*message = (struct message){ .connection = connection_number(engine, connection),
				     .buffer = NONE,
				     .listener = connection->listener,
				     .kind = (uint8_t)kind,
				     .flags = client ? MESSAGE_CLIENT : 0 };
	return message;
}

static void carry(struct engine *engine, struct message *message, uint32_t segment, uint32_t length,
		  uint32_t capacity)
{
	message->data = engine->buffers.segments[segment].data;
	message->length = length;
	message->capacity = capacity;
	message->buffer = segment;
}

/* A service that speaks first is told together with a buffer to speak with. */
static bool greet(struct engine *engine, struct connection *connection)
{
	uint32_t buffer = buffer_take(engine, POOL_OUTPUT);
	uint32_t segment;

	if (buffer == NONE) {
		connection->flags |= CONNECTION_GREETS;
		starved_add(engine, connection, POOL_OUTPUT);
		return false;
	}
	connection->flags &= ~(uint32_t)CONNECTION_GREETS;
	starved_remove(engine, connection);
	segment = segment_take(engine, buffer, buffer_memory(engine, buffer), 0);
	engine->buffers.segments[segment].talk = true;
	carry(engine, emit(engine, connection, MESSAGE_OPENED), segment, 0,
	      engine->buffers.pools[POOL_OUTPUT].size);
	return true;
}

void emit_opened(struct engine *engine, struct connection *connection)
{
	if (!connection_is(connection, CONNECTION_TALKS))
		(void)emit(engine, connection, MESSAGE_OPENED);
	else if (greet(engine, connection))
		connection_work(engine, connection);
}

struct message *emit_data(struct engine *engine, struct connection *connection, uint32_t segment,
			  uint32_t capacity)
{
	struct message *message = emit(engine, connection, MESSAGE_DATA);
	uint32_t length = engine->buffers.segments[segment].length;

	if (connection->kind != KIND_STREAM)
		message->flags |= MESSAGE_DATAGRAM;
	carry(engine, message, segment, length, capacity);
	connection->active_ms = engine->now_ms;
	connection->data_turn = (uint32_t)engine->counters.turns;
	engine->batch_bytes += length;
	engine->counters.messages_in++;
	engine->counters.bytes_in += length;
	return message;
}

void emit_sent(struct engine *engine, struct connection *connection, uint32_t number)
{
	struct segment *segment = &engine->buffers.segments[number];

	segment->data = buffer_memory(engine, segment->buffer);
	carry(engine, emit(engine, connection, MESSAGE_SENT), number, 0,
	      engine->buffers.pools[POOL_OUTPUT].size);
}

/* Of a connection that is being closed, nothing is of interest any more. */
void emit_departed(struct engine *engine, struct connection *connection,
		   const struct departure *departure)
{
	if (connection->state >= STATE_CLOSING)
		return;
	for (uint32_t i = 0; i < departure->count; i++) {
		struct message *message = emit(engine, connection, MESSAGE_DEPARTED);

		message->departure = departure->name + i;
		message->departed_ns = departure->at_ns;
		message->stamp = departure->hardware ? STAMP_HARDWARE : STAMP_KERNEL;
		message->clock = departure->hardware ? STAMP_DEVICE : STAMP_REALTIME;
	}
}

void emit_closed(struct engine *engine, struct connection *connection)
{
	emit(engine, connection, MESSAGE_CLOSED)->error = connection->error;
}
