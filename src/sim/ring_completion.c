/*
 * Completions: into the ring, or kept in the kernel while it is full. As long as some are kept all
 * others join them, so that the order stays; and a multishot that finds no room ends.
 */
#include "ring_state.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_FIRST 64u

static void queue_grow(struct completion_queue *queue)
{
	uint32_t max = queue->max > 0 ? 2 * queue->max : QUEUE_FIRST;
	struct completion *table = calloc(max, sizeof(*table));

	if (table == NULL)
		abort(); /* a simulation that loses a completion proves nothing */
	for (uint32_t i = 0; i < queue->count; i++)
		table[i] = queue->table[(queue->first + i) & (queue->max - 1)];
	free(queue->table);
	*queue = (struct completion_queue){ .table = table, .count = queue->count, .max = max };
}

static void queue_put(struct completion_queue *queue, const struct completion *completion)
{
	if (queue->count == queue->max)
		queue_grow(queue);
	queue->table[(queue->first + queue->count++) & (queue->max - 1)] = *completion;
}

static const struct completion *queue_first(const struct completion_queue *queue)
{
	return &queue->table[queue->first];
}

static void queue_drop(struct completion_queue *queue)
{
	queue->first = (queue->first + 1) & (queue->max - 1);
	queue->count--;
}

uint32_t completion_count(const struct sim_ring *ring)
{
	return ring->shared->cq_tail - __atomic_load_n(&ring->shared->cq_head, __ATOMIC_ACQUIRE);
}

static void write_entry(struct sim_ring *ring, const struct completion *completion)
{
	struct ring_shared *shared = ring->shared;
	struct io_uring_cqe *cqe =
		&ring->completions[(shared->cq_tail & shared->cq_mask) << ring->cq_shift];
	uint32_t entries = completion->flags & RING_CQE_LONG ? 2 : 1;

	cqe->user_data = completion->user_data;
	cqe->res = completion->result;
	cqe->flags = completion->flags;
	if (entries == 2 || ring->cq_shift > 0)
		memcpy(cqe + 1, completion->more, sizeof(completion->more));
	__atomic_store_n(&shared->cq_tail, shared->cq_tail + entries, __ATOMIC_RELEASE);
}

/* A long one of a ring of both kinds does not go around its end: an entry is skipped before it. */
static bool has_room(struct sim_ring *ring, const struct completion *completion)
{
	static const struct completion skip = { .flags = RING_CQE_SKIP };
	struct ring_shared *shared = ring->shared;
	uint32_t room = shared->cq_entries - completion_count(ring);
	bool wide = (completion->flags & RING_CQE_LONG) != 0;

	if (!wide || (shared->cq_tail & shared->cq_mask) != shared->cq_mask)
		return room >= (wide ? 2 : 1);
	if (room < 3)
		return false;
	write_entry(ring, &skip);
	return true;
}

static bool put(struct sim_ring *ring, const struct completion *completion)
{
	if (ring->overflow.count > 0 || !has_room(ring, completion))
		return false;
	write_entry(ring, completion);
	world_trace("cqe", ring->number, completion->result);
	if (ring->file.watchers != NULL)
		file_changed(&ring->file, POLLIN);
	return true;
}

static void post(struct sim_ring *ring, const struct completion *completion)
{
	bool kept = completion_count(ring) > 0 && world_fault(FAULT_CQ_OVERFLOW);

	if (!kept && put(ring, completion))
		return;
	queue_put(&ring->overflow, completion);
	ring->shared->sq_flags |= IORING_SQ_CQ_OVERFLOW;
}

static struct completion of(const struct operation *operation, int32_t result, uint32_t flags)
{
	return (struct completion){ .user_data = operation->sqe.user_data,
				    .result = result,
				    .flags = flags };
}

void completion_last(struct operation *operation)
{
	struct completion completion = of(operation, operation->result, operation->cqe_flags);

	if ((operation->sqe.flags & IOSQE_CQE_SKIP_SUCCESS) &&
	    !(operation->flags & OPERATION_FAILED))
		return;
	queue_put(&operation->ring->batch, &completion);
	if (operation->flags & OPERATION_CUT)
		completion_flush(operation->ring);
}

bool completion_more(struct operation *operation, int32_t result, uint32_t flags)
{
	struct completion completion = of(operation, result, flags | IORING_CQE_F_MORE);

	/* Where Linux ends one for want of room, those after it find none either, and nothing
	 * overtakes it: who shares a buffer with it depends on that. */
	if ((operation->flags & OPERATION_ENDS) || world_fault(FAULT_MULTISHOT_ENDED)) {
		operation->flags |= OPERATION_CUT;
		return false;
	}
	return put(operation->ring, &completion);
}

void completion_flush(struct sim_ring *ring)
{
	while (ring->batch.count > 0) {
		struct completion completion = *queue_first(&ring->batch);

		queue_drop(&ring->batch);
		post(ring, &completion);
	}
}

void completion_make_room(struct sim_ring *ring)
{
	while (ring->overflow.count > 0 && has_room(ring, queue_first(&ring->overflow))) {
		write_entry(ring, queue_first(&ring->overflow));
		world_trace("cqe kept", ring->number, queue_first(&ring->overflow)->result);
		queue_drop(&ring->overflow);
	}
	if (ring->overflow.count == 0)
		ring->shared->sq_flags &= ~(uint32_t)IORING_SQ_CQ_OVERFLOW;
}

void completion_finish(struct sim_ring *ring)
{
	free(ring->batch.table);
	free(ring->overflow.table);
}
