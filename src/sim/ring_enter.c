/* io_uring_enter(2) of the simulated machine: submit, make completions, wait for them. */
#include "ring_state.h"

#include <errno.h>

#include "base/array.h"
#include "base/clock.h"

#define THREAD_NS_MAX 30000u
#define LATE_NS_MAX 2000000u

/* What all calls begin with. */
void ring_call(void)
{
	world_enter();
}

static int check_owner(struct sim_ring *ring)
{
	if (!ring->enabled)
		return -EBADFD;
	if (!(ring->flags & IORING_SETUP_SINGLE_ISSUER))
		return 0;
	if (ring->owner == NULL)
		ring->owner = task_self();
	return ring->owner == task_self() ? 0 : -EEXIST;
}

/* Before anything was taken. */
static int refused(void)
{
	static const int errors[] = { -EBUSY, -EAGAIN, -ENOMEM, -EINTR };

	return world_fault(FAULT_SUBMIT_REFUSED) ? errors[world_below(ARRAY_SIZE(errors))] : 0;
}

/* The submission thread takes what it finds, in its own time. */
static void thread_due(void *argument)
{
	struct sim_ring *ring = argument;

	ring->submit_event = 0;
	(void)ring_submit(ring, UINT32_MAX);
	if (ring->shared->sq_tail != ring->shared->sq_head)
		ring->submit_event = world_at(world_now_ns() + 1 + world_below(THREAD_NS_MAX),
					      thread_due, ring);
}

static void wake_thread(struct sim_ring *ring)
{
	if (ring->submit_event == 0)
		ring->submit_event = world_at(world_now_ns() + 1 + world_below(THREAD_NS_MAX),
					      thread_due, ring);
}

/* What a task sleeps for. */
struct wish {
	const struct sim_ring *ring;
	uint32_t count;
};

static bool is_granted(const void *argument)
{
	const struct wish *wish = argument;

	return completion_count(wish->ring) >= wish->count || wish->ring->work_count > 0 ||
	       wish->ring->overflow.count > 0;
}

/* Make what completions can be made without waiting. */
static bool collect(struct sim_ring *ring, uint32_t count)
{
	for (uint32_t round = 0; ring->work_count > 0 && round < 2; round++) {
		if (round > 0 && completion_count(ring) >= count)
			break;
		ring_work(ring);
	}
	if (ring->overflow.count > 0)
		completion_make_room(ring);
	return completion_count(ring) >= count;
}

static bool sleep_until(struct sim_ring *ring, uint32_t count, uint64_t deadline_ns)
{
	const struct wish wish = { .ring = ring, .count = count };

	while (!collect(ring, count)) {
		if (world_now_ns() >= deadline_ns || task_self() == NULL)
			return false;
		(void)task_sleep(is_granted, &wish, deadline_ns);
	}
	return true;
}

static uint64_t deadline(uint64_t wait_ns)
{
	return wait_ns == UINT64_MAX ? UINT64_MAX : world_now_ns() + wait_ns;
}

static int ring_wait_for(struct sim_ring *ring, uint32_t count, const struct ring_wait *wait)
{
	uint64_t end_ns = deadline(wait->wait_ns), least_ns = deadline(wait->least_ns);
	bool found;

	if (collect(ring, count))
		return 0;
	if (world_fault(FAULT_INTERRUPTED))
		return -EINTR;
	if (wait->wait_ns < UINT64_MAX && wait->wait_ns > 0 && world_fault(FAULT_WAKE_EARLY))
		end_ns = world_now_ns() + world_random() % wait->wait_ns;
	/* A minimum wait: for all of them for so long, and then for a single one. */
	if (wait->least_ns > 0 && count > 1) {
		if (sleep_until(ring, count, least_ns < end_ns ? least_ns : end_ns))
			return 0;
		count = 1;
	}
	found = sleep_until(ring, count, end_ns);
	if (world_fault(FAULT_WAKE_LATE)) {
		(void)task_sleep(NULL, NULL, world_now_ns() + world_below(LATE_NS_MAX));
		found = collect(ring, count);
	}
	return found ? 0 : -ETIME;
}

int ring_enter(struct sim_ring *ring, uint32_t submit_count, uint32_t wait_count, uint32_t flags,
	       const struct ring_wait *wait)
{
	uint32_t taken = 0;
	int error;

	ring_call();
	error = check_owner(ring);
	if (error == 0 && !(ring->flags & IORING_SETUP_SQPOLL))
		error = refused();
	if (error < 0)
		return error;
	if (ring->flags & IORING_SETUP_SQPOLL) {
		if (submit_count > 0)
			wake_thread(ring);
		taken = submit_count;
	} else if (submit_count > 0) {
		taken = ring_submit(ring, submit_count);
	}
	if (!(ring->flags & IORING_SETUP_DEFER_TASKRUN) && ring->work_count > 0)
		ring_work(ring);
	world_trace("enter", ring->number, taken);
	if (!(flags & IORING_ENTER_GETEVENTS) || taken != submit_count)
		return (int)taken;
	if (wait_count > ring->shared->cq_entries)
		wait_count = ring->shared->cq_entries;
	error = ring_wait_for(ring, wait_count, wait);
	return taken > 0 ? (int)taken : error;
}
