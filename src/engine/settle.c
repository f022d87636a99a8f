/* Settling a batch: what the program answered is queued, everything else is let go. */
#include "backend.h"

/* May what the program answered still go out? After its MESSAGE_HANG_UP nothing does. */
static bool takes_answers(const struct connection *connection)
{
	return (connection->state == STATE_OPEN || connection->state == STATE_HALF_CLOSED ||
		connection->state == STATE_HANGING_UP) &&
	       !connection_is(connection, CONNECTION_HUNG_UP);
}

/* A datagram may be empty; in a stream, nothing is nothing. */
static bool answers_empty(const struct connection *connection, const struct message *message)
{
	return message->answer_empty && connection->kind != KIND_STREAM;
}

static void settle_bytes(struct engine *engine, const struct message *message)
{
	struct connection *connection = connection_at(engine, message->connection);
	struct segment *segment = &engine->buffers.segments[message->buffer];

	assert(message->reply <= message->capacity);
	if ((message->reply == 0 && !answers_empty(connection, message)) ||
	    !takes_answers(connection)) {
		segment_release(engine, message->buffer);
		return;
	}
	segment->length = message->reply;
	if (connection->ancillary & ANCILLARY_HEADER)
		segment->traffic_class = message->answer_class;
	if (message->flags & MESSAGE_DEPARTURE)
		departure_of_reply(engine, connection, message);
	connection_queue(engine, connection, message->buffer);
}

static void settle_message(struct engine *engine, const struct message *message)
{
	if (message->kind == MESSAGE_CLOSED) {
		connection_give(engine, connection_at(engine, message->connection));
		return;
	}
	if (message->buffer != NONE)
		settle_bytes(engine, message);
	if (message->flags & MESSAGE_HANG_UP)
		engine_hang_up(engine, message->connection);
}

void batch_settle(struct engine *engine)
{
	for (uint32_t i = 0; i < engine->batch_count; i++)
		settle_message(engine, &engine->batch[i]);
	engine->settled = engine->batch_count;
	engine->batch_count = engine->batch_bytes = 0;
}
