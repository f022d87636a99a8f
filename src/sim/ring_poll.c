/* Waiting for a file to be ready, and nothing else. */
#include "ring_state.h"

#include <errno.h>
#include <poll.h>

int poll_prepare(struct operation *operation)
{
	const struct io_uring_sqe *sqe = &operation->sqe;

	/* Once only: with IORING_POLL_ADD_MULTI and its kin nothing here begins. */
	if (sqe->buf_index != 0 || sqe->off != 0 || sqe->addr != 0 || sqe->len != 0)
		return -EINVAL;
	/* These are always told. */
	operation->waits = sqe->poll32_events | POLLERR | POLLHUP | POLLNVAL | POLLRDHUP;
	return 0;
}

enum outcome poll_issue(struct operation *operation)
{
	uint32_t found = operation->file->kind->ready(operation->file) & operation->waits;

	return found == 0 ? OUTCOME_WAITS : operation_done(operation, (int32_t)found, 0);
}
