/* A ring that is told what it may do, tried: one operation, and another that is not allowed. */
#include <errno.h>

#include <liburing.h>

#include "attempt.h"

#define ENTRIES 8u

static int result_of(struct io_uring *ring, int opcode)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	struct io_uring_cqe *cqe;
	int result;

	io_uring_prep_rw(opcode, sqe, -1, NULL, 0, 0);
	result = io_uring_submit_and_wait(ring, 1);
	if (result < 0)
		return result;
	result = io_uring_peek_cqe(ring, &cqe);
	if (result < 0)
		return result;
	result = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return result;
}

static int refuses(struct io_uring *ring)
{
	struct io_uring_restriction allowed = { .opcode = IORING_RESTRICTION_SQE_OP,
						.sqe_op = IORING_OP_NOP };
	int error = io_uring_register_restrictions(ring, &allowed, 1);

	if (error == 0)
		error = io_uring_enable_rings(ring);
	if (error == 0)
		error = result_of(ring, IORING_OP_NOP);
	if (error < 0)
		return error;
	return result_of(ring, IORING_OP_READ) == -EACCES ? 0 : -EOPNOTSUPP;
}

int attempt_restrictions(void)
{
	struct io_uring ring;
	int error = io_uring_queue_init(ENTRIES, &ring, IORING_SETUP_R_DISABLED);

	if (error < 0)
		return error;
	error = refuses(&ring);
	io_uring_queue_exit(&ring);
	return error;
}
