/* Taking submissions: one after the other, each tried at once; chains when their head has ended. */
#include "ring_state.h"

#include <errno.h>

#define SQE_FLAGS                                                             \
	(IOSQE_FIXED_FILE | IOSQE_IO_LINK | IOSQE_IO_HARDLINK | IOSQE_ASYNC | \
	 IOSQE_BUFFER_SELECT | IOSQE_CQE_SKIP_SUCCESS)
#define ASYNC_NS_MAX 20000u

/* The submission that is next, or NULL if the program's array names none. */
static const struct io_uring_sqe *next_submission(struct sim_ring *ring)
{
	struct ring_shared *shared = ring->shared;
	uint32_t index = shared->sq_head & shared->sq_mask;

	if (ring->array != NULL)
		index = ring->array[index];
	shared->sq_head++;
	if (index < shared->sq_entries)
		return &ring->submissions[index];
	shared->sq_dropped++;
	return NULL;
}

static int prepare(struct operation *operation)
{
	const struct io_uring_sqe *sqe = &operation->sqe;
	const struct operation_kind *kind = operation_kind(sqe->opcode);

	/* What is forbidden need not be simulated. */
	if (sqe->opcode < IORING_OP_LAST && ring_forbids(operation->ring, sqe))
		return -EACCES;
	if (kind == NULL)
		return -EINVAL;
	if (sqe->flags & ~(unsigned)SQE_FLAGS)
		return -EINVAL;
	if ((sqe->flags & IOSQE_BUFFER_SELECT) && !kind->selects)
		return -EOPNOTSUPP;
	operation->kind = kind;
	operation->waits = kind->waits;
	return kind->prepare != NULL ? kind->prepare(operation) : 0;
}

/* One that is wrong as it stands: it completes at once, and so does what was to follow it. */
static void refuse(struct operation *operation, int error)
{
	operation->kind = NULL;
	operation->flags |= OPERATION_FAILED;
	operation->sqe.flags &= (uint8_t)~IOSQE_IO_HARDLINK;
	operation->flags |= OPERATION_REFUSED;
	operation->result = error;
}

static void begin(struct operation *operation)
{
	if ((operation->sqe.flags & IOSQE_ASYNC) && operation->kind != NULL &&
	    operation->kind->needs_file && operation_take_file(operation) == 0)
		operation_hold(operation, world_below(ASYNC_NS_MAX), true);
	else
		operation_begin(operation);
}

/* Puts it at the end of the chain that is being submitted; true if it is not to begin yet. */
static bool joins_chain(struct sim_ring *ring, struct operation *operation)
{
	bool goes_on = (operation->sqe.flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK)) != 0;
	bool joins = ring->link != NULL;

	if (joins)
		ring->link->linked = operation;
	else if (goes_on)
		ring->link_first = operation;
	if (goes_on)
		ring->link = operation;
	return goes_on || joins;
}

static void end_chain(struct sim_ring *ring)
{
	struct operation *first = ring->link_first;

	ring->link = ring->link_first = NULL;
	if (first != NULL)
		begin(first);
}

/* false: it was wrong. */
static bool take_one(struct sim_ring *ring, const struct io_uring_sqe *sqe)
{
	struct operation *operation = operation_new(ring);
	bool ends = (sqe->flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK)) == 0;
	int error;

	operation->sqe = *sqe;
	operation->kind = NULL;
	error = prepare(operation);
	if (error < 0)
		refuse(operation, error);
	if (!joins_chain(ring, operation))
		begin(operation);
	else if (ends)
		end_chain(ring);
	return error == 0;
}

uint32_t ring_submit(struct sim_ring *ring, uint32_t count)
{
	struct ring_shared *shared = ring->shared;
	uint32_t ready = __atomic_load_n(&shared->sq_tail, __ATOMIC_ACQUIRE) - shared->sq_head;
	uint32_t taken = 0;

	count = count < ready ? count : ready;
	if (count > 1 && world_fault(FAULT_SUBMIT_PART))
		count = 1 + world_below(count - 1);
	while (taken < count) {
		const struct io_uring_sqe *sqe = next_submission(ring);

		if (sqe == NULL)
			break;
		taken++;
		if (!take_one(ring, sqe) && !(ring->flags & IORING_SETUP_SUBMIT_ALL))
			break;
	}
	end_chain(ring);
	completion_flush(ring);
	return taken;
}
