/*
 * Task work: attempts to be made because a file became ready, and completions of workers. With
 * IORING_SETUP_DEFER_TASKRUN it is done only when the program asks for events; otherwise a little
 * later, as an event of its own. A round of deferred work is bounded, as in Linux.
 */
#include "ring_state.h"

#define DEFERRED_MAX 20u
#define SIGNAL_NS_MAX 2000u

static void work_due(void *argument)
{
	struct sim_ring *ring = argument;

	ring->work_event = 0;
	ring_work(ring);
}

static void announce(struct sim_ring *ring)
{
	if (ring->flags & IORING_SETUP_TASKRUN_FLAG)
		ring->shared->sq_flags |= IORING_SQ_TASKRUN;
	if (!(ring->flags & IORING_SETUP_DEFER_TASKRUN) && ring->work_event == 0)
		ring->work_event = world_at(world_now_ns() + world_below(SIGNAL_NS_MAX), work_due,
					    ring);
}

void operation_queue(struct operation *operation)
{
	struct sim_ring *ring = operation->ring;

	if (operation->flags & OPERATION_QUEUED)
		return;
	operation->flags |= OPERATION_QUEUED;
	operation->work_next = NULL;
	*ring->work_end = operation;
	ring->work_end = &operation->work_next;
	ring->work_count++;
	announce(ring);
}

static struct operation *take(struct sim_ring *ring)
{
	struct operation *operation = ring->work_first;

	ring->work_first = operation->work_next;
	if (ring->work_first == NULL)
		ring->work_end = &ring->work_first;
	operation->work_next = NULL;
	operation->flags &= ~(uint32_t)OPERATION_QUEUED;
	ring->work_count--;
	return operation;
}

void operation_unqueue(struct operation *operation)
{
	struct sim_ring *ring = operation->ring;
	struct operation **at = &ring->work_first;

	if (!(operation->flags & OPERATION_QUEUED))
		return;
	while (*at != operation)
		at = &(*at)->work_next;
	*at = operation->work_next;
	if (operation->work_next == NULL)
		ring->work_end = at;
	operation->flags &= ~(uint32_t)OPERATION_QUEUED;
	ring->work_count--;
	if (ring->work_count == 0)
		ring->shared->sq_flags &= ~(uint32_t)IORING_SQ_TASKRUN;
}

/* The first two change places, if they are of different files. */
static void reorder(struct sim_ring *ring)
{
	struct operation *first = ring->work_first, *second = first->work_next;

	if (second == NULL || second->file == first->file || !world_fault(FAULT_REORDER))
		return;
	first->work_next = second->work_next;
	second->work_next = first;
	ring->work_first = second;
	if (first->work_next == NULL)
		ring->work_end = &first->work_next;
}

void ring_work(struct sim_ring *ring)
{
	/* What is added meanwhile waits for the next round. */
	uint32_t count = ring->work_count;

	if ((ring->flags & IORING_SETUP_DEFER_TASKRUN) && count > DEFERRED_MAX)
		count = DEFERRED_MAX;
	ring->shared->sq_flags &= ~(uint32_t)IORING_SQ_TASKRUN;
	for (; count > 0 && ring->work_count > 0; count--) {
		struct operation *operation;

		reorder(ring);
		operation = take(ring);
		operation->flags |= OPERATION_POLLED;
		operation_begin(operation);
	}
	completion_flush(ring);
	if (ring->work_count > 0)
		announce(ring);
}

void ring_work_drop(struct sim_ring *ring)
{
	while (ring->work_first != NULL)
		(void)take(ring);
	if (ring->work_event != 0)
		world_forget(ring->work_event);
	if (ring->submit_event != 0)
		world_forget(ring->submit_event);
	ring->work_event = ring->submit_event = 0;
}
