#include "witness.h"

#include <string.h>

#include "engine/backend.h"
#include "invariant.h"
#include "memory.h"
#include "sim/task.h"
#include "sim/world.h"

#define ENGINES_MAX 8
#define BUFFERS_MAX 2048
#define SEGMENTS_MAX 16384
/* Every how manieth turn everything is looked at: it takes longer than a turn. A mask. */
#define LOOK_MASK 7u

int __real_engine_turn(struct engine *engine, uint64_t wait_ns, struct message **ret_batch);
int __wrap_engine_turn(struct engine *engine, uint64_t wait_ns, struct message **ret_batch);
void __real_engine_config_init(struct engine_config *ret_config);
void __wrap_engine_config_init(struct engine_config *ret_config);
int __real_buffers_init(struct engine *engine, bool huge);
int __wrap_buffers_init(struct engine *engine, bool huge);
void __real_buffers_finish(struct engine *engine);
void __wrap_buffers_finish(struct engine *engine);
void __real_engine_close(struct engine *engine);
void __wrap_engine_close(struct engine *engine);

static struct engine *engines[ENGINES_MAX];
static uint32_t engine_count;
static uint64_t past_excuses, turns;
static const struct engine_config *shape;

/* What is known of each buffer and segment while they are looked at. */
enum holder { HOLDER_NOBODY, HOLDER_FREE, HOLDER_MESSAGE };
static uint8_t segment_holders[SEGMENTS_MAX];
static uint8_t buffer_free[BUFFERS_MAX];
static uint16_t buffer_held[BUFFERS_MAX];

void witness_shape(const struct engine_config *new_shape)
{
	shape = new_shape;
}

void __wrap_engine_config_init(struct engine_config *ret_config)
{
	if (shape)
		*ret_config = *shape;
	else
		__real_engine_config_init(ret_config);
}

static uint64_t excuses_of(const struct engine *engine)
{
	const struct engine_counters *counters = &engine->counters;

	return counters->connections_refused + counters->idle_timeouts + counters->send_timeouts;
}

uint64_t witness_excuses(void)
{
	uint64_t sum = past_excuses;

	for (uint32_t i = 0; i < engine_count; i++)
		sum += excuses_of(engines[i]);
	return sum;
}

uint32_t witness_engines(void)
{
	return engine_count;
}

uint64_t witness_turns(void)
{
	return turns;
}

/* A segment that somebody holds: it must not be free, nor held twice, and neither may be free the
 * buffers that it points into. */
static void hold(const struct engine *engine, uint32_t number, const char *who)
{
	const struct segment *segment = &engine->buffers.segments[number];

	if (number >= engine->buffers.segment_count)
		violated("%s holds segment %u, and there are %u", who, number,
			 engine->buffers.segment_count);
	if (segment_holders[number] == HOLDER_FREE)
		violated("%s holds segment %u, which is free", who, number);
	if (segment_holders[number] == HOLDER_MESSAGE)
		violated("%s holds segment %u, and so does somebody else", who, number);
	segment_holders[number] = HOLDER_MESSAGE;
	for (uint32_t i = segment->buffer; i < segment->buffer + segment->buffers; i++) {
		if (i >= engine->buffers.count)
			violated("segment %u has buffer %u, and there are %u", number, i,
				 engine->buffers.count);
		if (buffer_free[i])
			violated("buffer %u is free, and %s is to use it", i, who);
		buffer_held[i]++;
		if (buffer_held[i] > engine->buffers.table[i].references)
			violated("buffer %u has %u references, and more segments", i,
				 engine->buffers.table[i].references);
	}
}

static void look_at_free(const struct engine *engine)
{
	const struct buffers *buffers = &engine->buffers;
	uint32_t free_count = 0;

	for (uint32_t n = buffers->segment_free; n != NONE; n = buffers->segments[n].next) {
		if (segment_holders[n] == HOLDER_FREE)
			violated("segment %u is free twice", n);
		segment_holders[n] = HOLDER_FREE;
		free_count++;
	}
	if (free_count != buffers->segments_free)
		violated("%u segments are free, and %u are counted", free_count,
			 buffers->segments_free);
	for (int id = 0; id < POOL_COUNT; id++) {
		const struct pool *pool = &buffers->pools[id];

		for (uint32_t n = pool->free; n != NONE; n = buffers->table[n].next) {
			if (n < pool->first || n >= pool->first + pool->count)
				violated("buffer %u is free in a pool that is not its own", n);
			if (buffer_free[n])
				violated("buffer %u is free twice", n);
			if (buffers->table[n].references > 0)
				violated("buffer %u is free, and has %u references", n,
					 buffers->table[n].references);
			buffer_free[n] = 1;
		}
		if (pool->available > pool->count)
			violated("pool %d has %u buffers, and %u are available", id, pool->count,
				 pool->available);
	}
}

/* On epoll nothing but segments holds buffers between turns; a ring also has those it fills. */
static void look_at_count(const struct engine *engine)
{
	for (int id = 0; id < POOL_COUNT; id++) {
		const struct pool *pool = &engine->buffers.pools[id];
		uint32_t held = 0;

		for (uint32_t n = pool->first; n < pool->first + pool->count; n++)
			held += buffer_held[n] > 0;
		/* A buffer that is filled bit by bit counts as available until it is full. */
		if (held > pool->count - pool->available &&
		    !feature_on(engine, FEATURE_INCREMENTAL))
			violated("of pool %d %u buffers are held, and %u of %u are available", id,
				 held, pool->available, pool->count);
		if (engine->backend == &backend_epoll && held != pool->count - pool->available)
			violated("of pool %d %u buffers are held, but only %u of %u are available",
				 id, held, pool->available, pool->count);
	}
}

static void look(const struct engine *engine)
{
	const struct buffers *buffers = &engine->buffers;

	if (buffers->segment_count > SEGMENTS_MAX || buffers->count > BUFFERS_MAX)
		return;
	memset(segment_holders, 0, buffers->segment_count);
	memset(buffer_free, 0, buffers->count);
	memset(buffer_held, 0, buffers->count * sizeof(buffer_held[0]));
	look_at_free(engine);
	for (uint32_t i = 0; i < engine->batch_count; i++)
		if (engine->batch[i].buffer != NONE)
			hold(engine, engine->batch[i].buffer, "a message");
	for (uint32_t i = 0; i < engine->connections.used; i++) {
		const struct connection *connection = &engine->connections.table[i];

		for (uint32_t n = connection->queue_head; n != NONE; n = buffers->segments[n].next)
			hold(engine, n, "a queue");
		for (uint32_t n = connection->lent; n != NONE; n = buffers->segments[n].next)
			hold(engine, n, "a send without a copy");
	}
	look_at_count(engine);
}

int __wrap_engine_turn(struct engine *engine, uint64_t wait_ns, struct message **ret_batch)
{
	int count;

	if (!world_get())
		return __real_engine_turn(engine, wait_ns, ret_batch);
	memory_fix(task_self());
	count = __real_engine_turn(engine, wait_ns, ret_batch);
	turns++;
	if ((turns & LOOK_MASK) == 0)
		look(engine);
	return count;
}

int __wrap_buffers_init(struct engine *engine, bool huge)
{
	int error = __real_buffers_init(engine, huge);

	if (world_get() && !error && engine_count < ENGINES_MAX)
		engines[engine_count++] = engine;
	return error;
}

void __wrap_buffers_finish(struct engine *engine)
{
	for (uint32_t i = 0; i < engine_count; i++) {
		if (engines[i] != engine)
			continue;
		past_excuses += excuses_of(engine);
		engines[i] = engines[--engine_count];
	}
	__real_buffers_finish(engine);
}

void __wrap_engine_close(struct engine *engine)
{
	if (world_get())
		memory_free(task_self());
	__real_engine_close(engine);
}
