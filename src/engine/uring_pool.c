/* io_uring: pools as rings of provided buffers, from which the kernel takes what it needs. */
#include <errno.h>

#include "base/watched.h"
#include "ring.h"
#include "uring.h"

#define SPARE 16u /* beyond what a turn takes */
#define LARGE_AT_ONCE 2u
#define WINDOW_TURNS 256u

static unsigned power_of_two(uint32_t count)
{
	unsigned power = 1;

	while (power < count)
		power *= 2;
	return power;
}

static int pool_open(struct engine *engine, enum pool_id id)
{
	struct uring *uring = engine->state;
	struct pool *pool = &engine->buffers.pools[id];
	unsigned entries = power_of_two(pool->count), flags = 0;
	int error = 0;

	if (pool->count == 0)
		return 0;
	if (id == POOL_SMALL && feature_on(engine, FEATURE_INCREMENTAL))
		flags = IOU_PBUF_RING_INC;
	pool->ring = io_uring_setup_buf_ring(&uring->ring, entries, id, flags, &error);
	if (pool->ring == NULL)
		return error;
	pool->ring_mask = entries - 1;
	return 0;
}

/*
 * A multishot recvmsg puts sender and control messages in front of the data, in the provided
 * buffer; a single one does not. Without multishot, datagrams bring their own buffers.
 */
int uring_pools_open(struct engine *engine)
{
	int error = 0;

	if (!feature_on(engine, FEATURE_BUFFER_RING))
		return 0;
	error = pool_open(engine, POOL_SMALL);
	if (error < 0 || !feature_on(engine, FEATURE_MULTISHOT_RECEIVE))
		return error;
	error = pool_open(engine, POOL_LARGE);
	return error < 0 ? error : pool_open(engine, POOL_DATAGRAM);
}

void uring_pools_close(struct engine *engine)
{
	struct uring *uring = engine->state;

	for (int id = 0; id < POOL_COUNT; id++) {
		struct pool *pool = &engine->buffers.pools[id];

		if (pool->ring != NULL)
			(void)io_uring_free_buf_ring(&uring->ring, pool->ring, pool->ring_mask + 1,
						     id);
		pool->ring = NULL;
	}
}

/* What a turn takes at most, as the last windows of turns have shown. */
static uint32_t ring_wanted(struct pool *pool)
{
	uint32_t taken = pool->ring_taken;

	pool->ring_taken = 0;
	if (taken > pool->ring_recent)
		pool->ring_recent = taken;
	if (taken > pool->ring_peak)
		pool->ring_peak = taken;
	if (++pool->ring_turns == WINDOW_TURNS) {
		pool->ring_peak = pool->ring_recent;
		pool->ring_recent = pool->ring_turns = 0;
	}
	return pool->ring_peak + pool->ring_peak / 4 + SPARE;
}

/* Whoever comes first may take all that is in the ring, and then not read. So half of a pool is
 * given out freely, and the other half one by one. */
static uint32_t ring_share(const struct pool *pool)
{
	uint32_t kept = pool->count / 2;

	return pool->available > kept ? pool->available - kept : 1;
}

/* Two large buffers fill half of a level 2 cache. Other streams wait for their turn: to arm a
 * receive again costs nothing beside a quarter of a megabyte. */
static uint32_t ring_limit(struct engine *engine, enum pool_id id)
{
	struct pool *pool = &engine->buffers.pools[id];
	uint32_t wanted = ring_wanted(pool), share = ring_share(pool);

	if (id == POOL_LARGE && engine->buffers.streams_large > 0)
		wanted = LARGE_AT_ONCE;
	return id == POOL_DATAGRAM || wanted < share ? wanted : share;
}

void uring_pools_fill(struct engine *engine)
{
	for (int id = 0; id < POOL_COUNT; id++) {
		struct pool *pool = &engine->buffers.pools[id];

		if (pool->ring == NULL)
			continue;
		pool->ring_limit = ring_limit(engine, id);
		while (pool->ring_count < pool->ring_limit && pool->free != NONE)
			ring_add(engine, pool);
		ring_publish(pool);
	}
}

/* The kernel has written into it, head and all. */
static uint32_t filled(const struct engine *engine, uint32_t number)
{
	watched_filled(buffer_memory(engine, number),
		       engine->buffers.pools[engine->buffers.table[number].pool].size);
	return number;
}

uint32_t uring_buffer(const struct engine *engine, const struct io_uring_cqe *cqe)
{
	uint32_t detail = (uint32_t)(cqe->user_data >> 32) & 0xffffff;

	if (detail & DETAIL_OWN)
		return filled(engine, detail & DETAIL_MAX);
	if (!(cqe->flags & IORING_CQE_F_BUFFER))
		return NONE;
	return filled(engine, engine->buffers.pools[detail].first +
				      (cqe->flags >> IORING_CQE_BUFFER_SHIFT));
}
