#include "mutant.h"

#include "engine/backend.h"
#include "engine/connection.h"

enum {
	MUTANT_SHORT_SEND,
	MUTANT_FREED_TWICE,
	MUTANT_STARVED,
	MUTANT_BUSY_ACCEPT,
	MUTANT_LOST_WAKE,
	MUTANT_NO_TIMEOUT,
	MUTANT_LEAK,
};

const struct mutant mutants[] = {
	[MUTANT_SHORT_SEND] = { "short-send", "the rest of a short send is left out" },
	[MUTANT_FREED_TWICE] = { "freed-twice", "a buffer is given back twice" },
	[MUTANT_STARVED] = { "starved", "a receive that found no buffer is not armed again" },
	[MUTANT_BUSY_ACCEPT] = { "busy-accept",
				 "accepting is tried again too soon although nothing is free" },
	[MUTANT_LOST_WAKE] = { "lost-wake", "an order does not wake its thread" },
	[MUTANT_NO_TIMEOUT] = { "no-timeout", "nobody looks for timeouts" },
	[MUTANT_LEAK] = { "leak", "a segment is not given back" },
	{ 0 },
};

static int chosen = -1;
static uint32_t uses; /* of the chosen one: it strikes now and then */

void __real_connection_sent(struct engine *engine, struct connection *connection, uint32_t bytes);
void __wrap_connection_sent(struct engine *engine, struct connection *connection, uint32_t bytes);
void __real_segment_release(struct engine *engine, uint32_t number);
void __wrap_segment_release(struct engine *engine, uint32_t number);
void __real_starved_add(struct engine *engine, struct connection *connection, enum pool_id pool);
void __wrap_starved_add(struct engine *engine, struct connection *connection, enum pool_id pool);
void __real_accept_block(struct engine *engine, struct connection *listener);
void __wrap_accept_block(struct engine *engine, struct connection *listener);
void __real_engine_wake(struct engine *engine);
void __wrap_engine_wake(struct engine *engine);
void __real_sweep(struct engine *engine);
void __wrap_sweep(struct engine *engine);

void mutant_choose(int number)
{
	chosen = number;
	uses = 0;
}

static bool strikes(int number, uint32_t every)
{
	return chosen == number && ++uses % every == 0;
}

void __wrap_connection_sent(struct engine *engine, struct connection *connection, uint32_t bytes)
{
	const struct segment *head = &engine->buffers.segments[connection->queue_head];

	if (chosen == MUTANT_SHORT_SEND && bytes < head->length)
		bytes = head->length;
	__real_connection_sent(engine, connection, bytes);
}

void __wrap_segment_release(struct engine *engine, uint32_t number)
{
	const struct segment *segment = &engine->buffers.segments[number];
	uint32_t first = segment->buffer;
	struct buffer *buffer = &engine->buffers.table[first];

	if (segment->buffers > 0 && strikes(MUTANT_LEAK, 100))
		return;
	__real_segment_release(engine, number);
	if (segment->buffers == 0 || buffer->references > 0 || !strikes(MUTANT_FREED_TWICE, 100))
		return;
	buffer->next = engine->buffers.pools[buffer->pool].free;
	engine->buffers.pools[buffer->pool].free = first;
}

void __wrap_starved_add(struct engine *engine, struct connection *connection, enum pool_id pool)
{
	if (!strikes(MUTANT_STARVED, 3))
		__real_starved_add(engine, connection, pool);
}

void __wrap_accept_block(struct engine *engine, struct connection *listener)
{
	__real_accept_block(engine, listener);
	if (chosen == MUTANT_BUSY_ACCEPT)
		engine->connections.accept_retry_ns = engine->now_ns + 100 * NS_PER_US;
}

void __wrap_engine_wake(struct engine *engine)
{
	if (chosen != MUTANT_LOST_WAKE)
		__real_engine_wake(engine);
}

void __wrap_sweep(struct engine *engine)
{
	if (chosen != MUTANT_NO_TIMEOUT)
		__real_sweep(engine);
}
