/* Accepting: once, or all that come; into the process's descriptors or into the ring's. */
#include "ring_state.h"

#include <errno.h>
#include <poll.h>

#define ACCEPT_FLAGS (IORING_ACCEPT_MULTISHOT | IORING_ACCEPT_DONTWAIT | IORING_ACCEPT_POLL_FIRST)

int accept_prepare(struct operation *operation)
{
	const struct io_uring_sqe *sqe = &operation->sqe;

	if (sqe->len != 0 || sqe->buf_index != 0 || (sqe->ioprio & ~ACCEPT_FLAGS) != 0 ||
	    (sqe->accept_flags & ~(unsigned)(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0)
		return -EINVAL;
	if (sqe->file_index != 0 && (sqe->accept_flags & SOCK_CLOEXEC))
		return -EINVAL;
	if (!(sqe->ioprio & IORING_ACCEPT_MULTISHOT))
		return 0;
	if (sqe->file_index != 0 && sqe->file_index != IORING_FILE_INDEX_ALLOC)
		return -EINVAL;
	operation->flags |= OPERATION_MULTISHOT;
	return 0;
}

/* Where the connection goes, or a negative errno: then it is lost. */
static int install(struct operation *operation, struct sim_socket *socket)
{
	const struct io_uring_sqe *sqe = &operation->sqe;
	struct sockaddr *name = (struct sockaddr *)(uintptr_t)sqe->addr;
	socklen_t *length = (socklen_t *)(uintptr_t)sqe->addr2;

	socket->file.nonblocking = (sqe->accept_flags & SOCK_NONBLOCK) != 0;
	if (name != NULL && length != NULL)
		(void)sim_socket_name(socket, true, name, length);
	if (sqe->file_index != 0)
		return ring_files_install(operation->ring, sqe->file_index, &socket->file);
	return descriptor_open(&socket->file);
}

/* A descriptor first: without one nothing is taken from the queue. */
static int accept_one(struct operation *operation, struct sim_socket *listener)
{
	struct sim_socket *socket;
	int error;

	if (operation->sqe.file_index == 0 && !descriptor_is_free())
		return -EMFILE;
	error = sim_socket_accept(listener, &socket);
	return error < 0 ? error : install(operation, socket);
}

static uint32_t more_flag(const struct sim_socket *listener)
{
	return !socket_is_unix(listener) && listener->accepting.count > 0
		       ? IORING_CQE_F_SOCK_NONEMPTY
		       : 0;
}

enum outcome accept_issue(struct operation *operation)
{
	struct sim_socket *listener = sim_socket_of(operation->file);
	uint16_t how = operation->sqe.ioprio;

	if (listener == NULL)
		return operation_done(operation, -ENOTSOCK, 0);
	if ((how & IORING_ACCEPT_POLL_FIRST) && !(operation->flags & OPERATION_POLLED))
		return OUTCOME_WAITS;
	for (;;) {
		int result = accept_one(operation, listener);
		uint32_t flags = result >= 0 ? more_flag(listener) : 0;

		if (result == -EAGAIN && !(how & IORING_ACCEPT_DONTWAIT))
			return OUTCOME_WAITS;
		operation->attempts = 0;
		if (result < 0 || !(operation->flags & OPERATION_MULTISHOT) ||
		    !completion_more(operation, result, flags))
			return operation_done(operation, result, flags);
		if (flags == 0 && !socket_is_unix(listener))
			return OUTCOME_WAITS;
	}
}
