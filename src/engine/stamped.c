/* What arrived on a stream or as a record, with the time. */
#include "stamped.h"

#include "arrival.h"
#include "datagram.h"
#include "hot.h"

uint32_t stamped_length(const struct engine *engine, uint32_t buffer)
{
	return ((const struct datagram_head *)buffer_memory(engine, buffer))->data_length;
}

/* What a record was sent before anybody asked for its time has none, whatever the kernel says. */
static void check_early(struct connection *connection, uint32_t length, struct arrival *arrival)
{
	if (connection->early == 0)
		return;
	connection->early -= length < connection->early ? length : connection->early;
	*arrival = (struct arrival){ 0 };
}

void stamped_received(struct engine *engine, struct connection *connection, uint32_t buffer)
{
	const struct pool *pool = &engine->buffers.pools[engine->buffers.table[buffer].pool];
	uint32_t before = datagram_before(connection), length = stamped_length(engine, buffer);
	uint32_t held = length < pool->receive - before ? length : pool->receive - before;
	struct arrival arrival;
	struct message *message;
	uint32_t segment;

	if (linger_receive(engine, connection, length)) {
		buffer_release(engine, buffer);
		return;
	}
	datagram_arrival(engine, connection, buffer, &arrival);
	check_early(connection, length, &arrival);
	segment = segment_take(engine, buffer, buffer_memory(engine, buffer) + before, held);
	message = emit_data(engine, connection, segment, pool->size - before);
	arrival_tell(engine, connection, message, &arrival);
	if (held < length) {
		message->flags |= MESSAGE_TRUNCATED;
		engine->counters.datagrams_truncated++;
	}
}
