/* Cancelling: by name, by file, or everything; with the races that it has. */
#include "ring_state.h"

#include <errno.h>

#define FLAGS_KNOWN                                                                   \
	(IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ANY | \
	 IORING_ASYNC_CANCEL_FD_FIXED | IORING_ASYNC_CANCEL_USERDATA | IORING_ASYNC_CANCEL_OP)
#define RUNNING_NS_MAX 100000u

static bool matches(const struct cancel *wanted, const struct operation *operation)
{
	bool by_name = (wanted->flags & IORING_ASYNC_CANCEL_USERDATA) != 0 ||
		       !(wanted->flags & (IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_OP));

	if (operation->kind == &notification_kind || (operation->flags & OPERATION_CANCELLED))
		return false;
	if (wanted->flags & IORING_ASYNC_CANCEL_ANY)
		return true;
	if ((wanted->flags & IORING_ASYNC_CANCEL_FD) && operation->file != wanted->file)
		return false;
	if ((wanted->flags & IORING_ASYNC_CANCEL_OP) && operation->sqe.opcode != wanted->opcode)
		return false;
	return !by_name || operation->sqe.user_data == wanted->user_data;
}

/* Only what does its work once can be in the hands of a worker. */
static bool could_be_running(const struct operation *operation)
{
	return !(operation->flags & (OPERATION_MULTISHOT | OPERATION_QUEUED)) &&
	       operation->event == 0 && operation->file != NULL &&
	       operation->kind->issue != poll_issue;
}

/* false: it runs, and ends by itself. */
static bool cancel_one(struct operation *operation)
{
	if (operation->flags & (OPERATION_RUNNING | OPERATION_FINISHED)) {
		operation->flags |= OPERATION_INTERRUPTED;
		return false;
	}
	if (could_be_running(operation) && world_fault(FAULT_CANCEL_RUNNING)) {
		operation->flags |= OPERATION_INTERRUPTED;
		operation_hold(operation, 1 + world_below(RUNNING_NS_MAX), true);
		return false;
	}
	if (operation->event != 0)
		world_forget(operation->event);
	operation->event = 0;
	operation->flags |= OPERATION_CANCELLED;
	operation_queue(operation);
	return true;
}

/* The first that matches, from one on in the list that the wish leads to. */
static struct operation *first_match(struct sim_ring *ring, const struct cancel *wanted)
{
	struct operation *operation;

	if (wanted->flags & IORING_ASYNC_CANCEL_FD) {
		for (struct watcher *at = wanted->file->watchers; at != NULL; at = at->next) {
			operation = operation_of(at);
			if (operation != NULL && operation->ring == ring &&
			    matches(wanted, operation))
				return operation;
		}
		return NULL;
	}
	if (wanted->flags & (IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_OP)) {
		for (operation = ring->under_way; operation != NULL; operation = operation->next)
			if (matches(wanted, operation))
				return operation;
		return NULL;
	}
	operation = *operation_bucket(ring, wanted->user_data);
	while (operation != NULL && !matches(wanted, operation))
		operation = operation->named_next;
	return operation;
}

static void cancel_each(struct sim_ring *ring, const struct cancel *wanted, int *count,
			bool *ret_running)
{
	struct operation *next;

	for (struct operation *at = ring->under_way; at != NULL; at = next) {
		next = at->next;
		if (!matches(wanted, at))
			continue;
		if (!cancel_one(at))
			*ret_running = true;
		++*count;
	}
}

static void cancel_each_of_file(struct sim_ring *ring, const struct cancel *wanted, int *count,
				bool *ret_running)
{
	struct watcher *next;

	for (struct watcher *at = wanted->file->watchers; at != NULL; at = next) {
		struct operation *operation = operation_of(at);

		next = at->next;
		if (operation == NULL || operation->ring != ring || !matches(wanted, operation))
			continue;
		if (!cancel_one(operation))
			*ret_running = true;
		++*count;
	}
}

static bool is_for_all(const struct cancel *wanted)
{
	return (wanted->flags & (IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY)) != 0;
}

int ring_cancel(struct sim_ring *ring, const struct cancel *wanted, bool *ret_running)
{
	struct operation *operation;
	int count = 0;

	*ret_running = false;
	if (is_for_all(wanted)) {
		if (wanted->flags & IORING_ASYNC_CANCEL_FD)
			cancel_each_of_file(ring, wanted, &count, ret_running);
		else
			cancel_each(ring, wanted, &count, ret_running);
		return count;
	}
	operation = first_match(ring, wanted);
	if (operation == NULL)
		return -ENOENT;
	*ret_running = !cancel_one(operation);
	return *ret_running ? -EALREADY : 0;
}

int cancel_prepare(struct operation *operation)
{
	const struct io_uring_sqe *sqe = &operation->sqe;
	const uint32_t both = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ANY;

	if (sqe->off != 0 || sqe->splice_fd_in != 0 ||
	    (sqe->cancel_flags & ~(uint32_t)FLAGS_KNOWN) != 0)
		return -EINVAL;
	return (sqe->cancel_flags & both) == both ? -EINVAL : 0;
}

/* FAULT_CANCEL_LATE: what is ready goes first and ends, so that this one finds nothing. */
static bool comes_late(struct sim_ring *ring, const struct cancel *wanted)
{
	struct operation *operation = first_match(ring, wanted);

	if (operation == NULL || operation->file == NULL || operation->event != 0 ||
	    (operation->file->kind->ready(operation->file) & operation->waits) == 0 ||
	    !world_fault(FAULT_CANCEL_LATE))
		return false;
	operation->flags |= OPERATION_ENDS;
	operation_queue(operation);
	return true;
}

enum outcome cancel_issue(struct operation *operation)
{
	struct sim_ring *ring = operation->ring;
	const struct io_uring_sqe *sqe = &operation->sqe;
	struct cancel wanted = { .user_data = sqe->addr,
				 .flags = sqe->cancel_flags,
				 .opcode = (uint8_t)sqe->len };
	bool running;

	if (wanted.flags & IORING_ASYNC_CANCEL_FD) {
		wanted.file = wanted.flags & IORING_ASYNC_CANCEL_FD_FIXED
				      ? ring_file(ring, (uint32_t)sqe->fd)
				      : descriptor_file(sqe->fd);
		if (wanted.file == NULL)
			return operation_done(operation, -EBADF, 0);
	}
	if (!(operation->flags & OPERATION_ATTEMPTED) && comes_late(ring, &wanted)) {
		operation->flags |= OPERATION_ATTEMPTED;
		return OUTCOME_YIELDS;
	}
	return operation_done(operation, ring_cancel(ring, &wanted, &running), 0);
}
