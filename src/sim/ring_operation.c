/* The life of an operation: tried, armed, held, cancelled, complete. */
#include "ring_state.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>

#define CHUNK 32u
#define RETRY_NS_FIRST 1000u
#define RETRY_DOUBLINGS_MAX 12u
#define WORKER_NS_MAX 50000u

/* Operations are allocated by the dozen, and freed with their ring. */
struct chunk {
	struct chunk *next;
	struct operation operations[CHUNK];
};

static void chunk_add(struct sim_ring *ring)
{
	struct chunk *chunk = calloc(1, sizeof(*chunk));

	if (chunk == NULL)
		abort();
	chunk->next = ring->chunks;
	ring->chunks = chunk;
	for (uint32_t i = 0; i < CHUNK; i++) {
		chunk->operations[i].next = ring->free;
		ring->free = &chunk->operations[i];
	}
}

static void file_ready(struct watcher *watcher, uint32_t events);

struct operation *operation_new(struct sim_ring *ring)
{
	struct operation *operation;

	if (ring->free == NULL)
		chunk_add(ring);
	operation = ring->free;
	ring->free = operation->next;
	operation->watcher = (struct watcher){ .changed = file_ready };
	operation->ring = ring;
	operation->file = NULL;
	operation->next = operation->linked = operation->work_next = NULL;
	operation->event = 0;
	operation->flags = operation->cqe_flags = 0;
	operation->result = 0;
	operation->done = operation->attempts = 0;
	operation->pieces = 1;
	operation->header = (struct msghdr){ 0 };
	operation->notification = NULL;
	return operation;
}

struct operation **operation_bucket(struct sim_ring *ring, uint64_t user_data)
{
	uint64_t mixed = user_data * UINT64_C(0x9e3779b97f4a7c15);

	return &ring->names[mixed >> 32 & (RING_BUCKETS - 1)];
}

/* From now on it is under way: it can be found, and be cancelled. */
void operation_list(struct operation *operation)
{
	struct sim_ring *ring = operation->ring;
	struct operation **bucket = operation_bucket(ring, operation->sqe.user_data);

	if (operation->flags & OPERATION_LISTED)
		return;
	operation->flags |= OPERATION_LISTED;
	operation->next = ring->under_way;
	operation->before = &ring->under_way;
	if (operation->next != NULL)
		operation->next->before = &operation->next;
	ring->under_way = operation;
	operation->named_next = *bucket;
	operation->named_before = bucket;
	if (operation->named_next != NULL)
		operation->named_next->named_before = &operation->named_next;
	*bucket = operation;
	ring->under_way_count++;
}

static void unlist(struct operation *operation)
{
	if (!(operation->flags & OPERATION_LISTED))
		return;
	operation->flags &= ~(uint32_t)OPERATION_LISTED;
	*operation->before = operation->next;
	if (operation->next != NULL)
		operation->next->before = operation->before;
	*operation->named_before = operation->named_next;
	if (operation->named_next != NULL)
		operation->named_next->named_before = operation->named_before;
	operation->ring->under_way_count--;
}

/* An operation keeps what it works on, also when its descriptor is closed. */
static void hold_file(struct operation *operation, struct file *file)
{
	file_hold(file);
	operation->file = file;
	operation->flags |= OPERATION_HOLDS;
}

static void drop_file(struct operation *operation)
{
	struct file *file = operation->file;

	file_unwatch(&operation->watcher);
	if (file == NULL)
		return;
	operation->file = NULL;
	if (operation->flags & OPERATION_HOLDS)
		file_release(file);
	operation->flags &= ~(uint32_t)OPERATION_HOLDS;
}

int operation_take_file(struct operation *operation)
{
	struct file *file = operation->sqe.flags & IOSQE_FIXED_FILE
				    ? ring_file(operation->ring, (uint32_t)operation->sqe.fd)
				    : descriptor_file(operation->sqe.fd);

	if (file == NULL)
		return -EBADF;
	hold_file(operation, file);
	return 0;
}

static void operation_free(struct operation *operation)
{
	struct sim_ring *ring = operation->ring;

	/* What it did may have made its own socket ready again. */
	operation_unqueue(operation);
	if (operation->event != 0)
		world_forget(operation->event);
	operation->event = 0;
	if (operation->notification != NULL)
		operation_free(operation->notification);
	operation->notification = NULL;
	unlist(operation);
	drop_file(operation);
	operation->next = ring->free;
	ring->free = operation;
}

/* What follows it in its chain begins as task work, or is cancelled. */
static void go_on_with_chain(struct operation *operation)
{
	struct operation *linked = operation->linked;
	bool stops = (operation->flags & OPERATION_FAILED) &&
		     !(operation->sqe.flags & IOSQE_IO_HARDLINK);

	operation->linked = NULL;
	if (linked == NULL)
		return;
	if (stops)
		linked->flags |= OPERATION_CANCELLED;
	operation_list(linked);
	operation_queue(linked);
}

static void complete(struct operation *operation)
{
	if (operation->result < 0)
		operation->flags |= OPERATION_FAILED;
	if (operation->kind != NULL && operation->kind->announced)
		operation->cqe_flags |= IORING_CQE_F_MORE;
	completion_last(operation);
	if (operation->kind != NULL && operation->kind->announced)
		notification_start(operation);
	go_on_with_chain(operation);
	operation_free(operation);
}

enum outcome operation_done(struct operation *operation, int32_t result, uint32_t cqe_flags)
{
	operation->result = result;
	operation->cqe_flags = cqe_flags;
	return OUTCOME_DONE;
}

enum outcome operation_waits(struct operation *operation)
{
	if (!(operation->sqe.msg_flags & MSG_DONTWAIT))
		return OUTCOME_WAITS;
	if (operation->done == 0)
		return operation_done(operation, -EAGAIN, 0);
	/* Less than everything: that is told even where success is not. */
	operation->flags |= OPERATION_FAILED;
	return operation_done(operation, (int32_t)operation->done, 0);
}

static void go_on(struct operation *operation);

static void due(void *argument)
{
	struct operation *operation = argument;

	operation->event = 0;
	if (!(operation->flags & OPERATION_RUNNING)) {
		operation_queue(operation);
		return;
	}
	operation->flags &= ~(uint32_t)OPERATION_RUNNING;
	go_on(operation);
}

static void watch(struct operation *operation)
{
	operation_list(operation);
	if (operation->watcher.before == NULL && operation->file != NULL)
		file_watch(operation->file, &operation->watcher);
}

struct operation *operation_of(struct watcher *watcher)
{
	return watcher->changed == file_ready ? (struct operation *)watcher : NULL;
}

void operation_hold(struct operation *operation, uint64_t delay_ns, bool running)
{
	if (running)
		operation->flags |= OPERATION_RUNNING;
	watch(operation);
	if (operation->event != 0)
		world_forget(operation->event);
	operation->event = world_at(world_now_ns() + delay_ns, due, operation);
}

static void file_ready(struct watcher *watcher, uint32_t events)
{
	struct operation *operation = (struct operation *)watcher;
	const uint32_t always = POLLERR | POLLHUP;

	if ((events & (operation->waits | always)) == 0 || operation->event != 0)
		return;
	operation_queue(operation);
}

/* Wait for the file. If it is ready all the same (an attempt that failed for no good reason), it is
 * tried again a little later, and ever later. */
static void arm(struct operation *operation)
{
	uint32_t doublings = operation->attempts < RETRY_DOUBLINGS_MAX ? operation->attempts
								       : RETRY_DOUBLINGS_MAX;

	watch(operation);
	if ((operation->file->kind->ready(operation->file) & operation->waits) == 0) {
		operation->attempts = 0;
		return;
	}
	operation->attempts++;
	operation_hold(operation, (uint64_t)RETRY_NS_FIRST << doublings, false);
}

static void finish(struct operation *operation)
{
	/* Beside the program's own calls its completion is task work. */
	if (operation->flags & OPERATION_FINISHED)
		operation_queue(operation);
	else
		complete(operation);
}

static void settle(struct operation *operation, enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_DONE:
		finish(operation);
		break;
	case OUTCOME_WAITS:
		arm(operation);
		break;
	case OUTCOME_YIELDS:
		watch(operation);
		operation_queue(operation);
		break;
	case OUTCOME_LATER:
		operation_hold(operation, world_below(WORKER_NS_MAX), true);
		break;
	case OUTCOME_PARKED:
		operation_list(operation);
		break;
	}
}

/* A worker was interrupted by a cancel, and had nothing to do. */
static enum outcome interrupted(struct operation *operation)
{
	return operation->done > 0 ? operation_done(operation, (int32_t)operation->done, 0)
				   : operation_done(operation, -EINTR, 0);
}

/* What a worker of the kernel does, in its own time. */
static void go_on(struct operation *operation)
{
	enum outcome outcome = operation->kind->issue(operation);

	if (outcome == OUTCOME_WAITS && (operation->flags & OPERATION_INTERRUPTED))
		outcome = interrupted(operation);
	if (outcome == OUTCOME_DONE)
		operation->flags |= OPERATION_FINISHED;
	settle(operation, outcome);
}

/* A cancel wins over an attempt that was about to be made; what was done before is told. */
static enum outcome cancelled(struct operation *operation)
{
	return operation->done > 0 ? operation_done(operation, (int32_t)operation->done, 0)
				   : operation_done(operation, -ECANCELED, 0);
}

/* The first attempt, and each one that task work makes. */
void operation_begin(struct operation *operation)
{
	int error = 0;

	if (operation->flags & (OPERATION_FINISHED | OPERATION_REFUSED)) {
		complete(operation);
		return;
	}
	if (operation->flags & OPERATION_CANCELLED) {
		operation->flags |= OPERATION_FAILED;
		settle(operation, cancelled(operation));
		return;
	}
	if (operation->kind->needs_file && operation->file == NULL)
		error = operation_take_file(operation);
	if (error < 0)
		settle(operation, operation_done(operation, error, 0));
	else
		settle(operation, operation->kind->issue(operation));
}

/* The ring ends. */
static void abandon(struct operation *operation)
{
	while (operation->linked != NULL) {
		struct operation *linked = operation->linked;

		operation->linked = linked->linked;
		linked->linked = NULL;
		operation_free(linked);
	}
	operation_free(operation);
}

void operations_finish(struct sim_ring *ring)
{
	struct chunk *chunk;

	ring_work_drop(ring);
	while (ring->under_way != NULL)
		abandon(ring->under_way);
	if (ring->link_first != NULL)
		abandon(ring->link_first);
	ring->link = ring->link_first = ring->free = NULL;
	while ((chunk = ring->chunks) != NULL) {
		ring->chunks = chunk->next;
		free(chunk);
	}
}
