/* Pools of buffers, and segments. All memory is taken and touched before the first message. */
#include "buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "backend.h"
#include "base/watched.h"

#define CACHE_LINE 64u
#define PAGE 4096u
#define HUGE_PAGE (2u << 20)

static size_t round_up(size_t value, size_t unit)
{
	return (value + unit - 1) / unit * unit;
}

/* An odd number of cache lines: buffers whose starts differ by a power of two share cache sets,
 * and small messages live at the start of their buffers. */
static uint32_t spread(uint32_t size)
{
	return (uint32_t)round_up(size, CACHE_LINE) | CACHE_LINE;
}

static size_t pool_bytes(const struct pool *pool)
{
	return round_up((size_t)pool->size * pool->count, PAGE);
}

/* Where addresses have 32 bits, more may be asked for than there are. Errors: ENOMEM. */
static int pools_measure(struct buffers *buffers, const struct engine_config *config)
{
	const uint32_t room = config->reply_room;
	uint64_t bytes = 0;

	buffers->pools[POOL_SMALL] = (struct pool){ .size = spread(config->buffer_size + room),
						    .count = config->buffer_count };
	buffers->pools[POOL_LARGE] = (struct pool){ .size = spread(config->large_size + room),
						    .count = config->large_count };
	buffers->pools[POOL_DATAGRAM] = (struct pool){ .size = spread(config->datagram_size),
						       .count = config->datagram_count };
	buffers->pools[POOL_OUTPUT] = (struct pool){ .size = spread(config->output_size),
						     .count = config->output_count };
	for (int i = 0; i < POOL_COUNT; i++) {
		struct pool *pool = &buffers->pools[i];
		bool stream = i == POOL_SMALL || i == POOL_LARGE;

		pool->first = buffers->count;
		pool->receive = pool->size - (stream ? room : 0);
		pool->free = pool->starved_head = pool->starved_tail = NONE;
		buffers->count += pool->count;
		bytes += (uint64_t)pool->size * pool->count + PAGE;
	}
	if (bytes > SIZE_MAX - 2 * HUGE_PAGE)
		return -ENOMEM;
	for (int i = 0; i < POOL_COUNT; i++)
		buffers->block_size += pool_bytes(&buffers->pools[i]);
	return 0;
}

/* Map the block, aligned for huge pages where they are wanted, and touch it. */
static int block_map(struct buffers *buffers, bool huge)
{
	size_t size = round_up(buffers->block_size, huge ? HUGE_PAGE : PAGE) +
		      (huge ? HUGE_PAGE : 0);
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (huge ? MAP_NORESERVE : MAP_POPULATE);
	uint8_t *block = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (block == MAP_FAILED)
		return -errno;
	buffers->block = block;
	buffers->block_size = size;
	if (!huge)
		return 0;
	(void)madvise(block, size, MADV_HUGEPAGE);
	for (size_t at = 0; at < size; at += PAGE)
		block[at] = 0;
	return 0;
}

static void pools_place(struct buffers *buffers, bool huge)
{
	uintptr_t start = (uintptr_t)buffers->block;
	uint8_t *at = buffers->block + (huge ? round_up(start, HUGE_PAGE) - start : 0);

	for (int i = 0; i < POOL_COUNT; i++) {
		struct pool *pool = &buffers->pools[i];

		pool->memory = at;
		pool->available = pool->count;
		at += pool_bytes(pool);
		for (uint32_t n = pool->first + pool->count; n-- > pool->first;) {
			buffers->table[n] = (struct buffer){ .next = pool->free,
							     .pool = (uint8_t)i };
			pool->free = n;
		}
	}
}

static void segments_link(struct buffers *buffers)
{
	buffers->segment_free = NONE;
	buffers->segments_free = buffers->segment_count;
	for (uint32_t n = buffers->segment_count; n-- > 0;) {
		buffers->segments[n].next = buffers->segment_free;
		buffers->segment_free = n;
	}
}

int buffers_init(struct engine *engine, bool huge)
{
	struct buffers *buffers = &engine->buffers;
	int error = pools_measure(buffers, &engine->config);

	if (error < 0)
		return error;
	/* Segments share a buffer that is filled bit by bit, or holds a run of datagrams. */
	buffers->segment_count = 4 * buffers->count + 4 * BATCH_SLACK + engine->config.batch_max;
	buffers->table = calloc(buffers->count, sizeof(*buffers->table));
	buffers->segments = calloc(buffers->segment_count, sizeof(*buffers->segments));
	if (buffers->table == NULL || buffers->segments == NULL)
		return -ENOMEM;
	error = block_map(buffers, huge);
	if (error < 0)
		return error;
	pools_place(buffers, huge);
	watched_forbid(buffers->block, buffers->block_size);
	segments_link(buffers);
	return 0;
}

void buffers_finish(struct engine *engine)
{
	struct buffers *buffers = &engine->buffers;

	if (buffers->block != NULL) {
		watched_allow(buffers->block, buffers->block_size);
		(void)munmap(buffers->block, buffers->block_size);
	}
	free(buffers->table);
	free(buffers->segments);
	*buffers = (struct buffers){ 0 };
}

void buffer_release(struct engine *engine, uint32_t number)
{
	struct buffer *buffer = &engine->buffers.table[number];
	struct pool *pool = &engine->buffers.pools[buffer->pool];

	assert(buffer->references > 0);
	if (--buffer->references > 0)
		return;
	watched_forbid(buffer_memory(engine, number), pool->size);
	buffer->next = pool->free;
	pool->free = number;
	pool->available++;
}

void segment_release(struct engine *engine, uint32_t number)
{
	struct buffers *buffers = &engine->buffers;
	struct segment *segment = &buffers->segments[number];

	for (uint32_t i = 0; i < segment->buffers; i++)
		buffer_release(engine, segment->buffer + i);
	segment->next = buffers->segment_free;
	buffers->segment_free = number;
	buffers->segments_free++;
}

static_assert(POOL_COUNT == ENGINE_POOL_COUNT, "each pool has a name");

const char *const engine_pool_names[ENGINE_POOL_COUNT] = {
	[POOL_SMALL] = "stream",
	[POOL_LARGE] = "large",
	[POOL_DATAGRAM] = "datagram",
	[POOL_OUTPUT] = "output",
};

void engine_pools(const struct engine *engine, struct engine_pool *ret_pools)
{
	for (int id = 0; id < POOL_COUNT; id++) {
		const struct pool *pool = &engine->buffers.pools[id];

		ret_pools[id] = (struct engine_pool){ .count = pool->count,
						      .held = pool->count - pool->available };
	}
}
