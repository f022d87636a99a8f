/* Connecting, and what else is asked of a socket once: shutting it down, closing, options. */
#include "ring_state.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"

#define RETRY_NS (20 * NS_PER_US)

int connect_prepare(struct operation *operation)
{
	const struct io_uring_sqe *sqe = &operation->sqe;

	if (sqe->len != 0 || sqe->buf_index != 0 || sqe->rw_flags != 0 || sqe->splice_fd_in != 0)
		return -EINVAL;
	if (sqe->off > sizeof(operation->name))
		return -EINVAL;
	memcpy(&operation->name, (const void *)(uintptr_t)sqe->addr, (size_t)sqe->off);
	return 0;
}

enum outcome connect_issue(struct operation *operation)
{
	struct sim_socket *socket = sim_socket_of(operation->file);
	int error;

	if (socket == NULL)
		return operation_done(operation, -ENOTSOCK, 0);
	if (operation->flags & OPERATION_INTRODUCED) {
		if (socket->state == SOCKET_CONNECTING)
			return OUTCOME_WAITS;
		return operation_done(operation, sim_socket_error(socket), 0);
	}
	error = sim_socket_connect(socket, (const struct sockaddr *)&operation->name,
				   (socklen_t)operation->sqe.off);
	if (error == -EINPROGRESS) {
		operation->flags |= OPERATION_INTRODUCED;
		return OUTCOME_WAITS;
	}
	/* A UNIX listener whose queue is full: a worker waits for it. */
	if (error == -EAGAIN) {
		operation_hold(operation,
			       RETRY_NS << (operation->attempts < 10 ? operation->attempts++ : 10),
			       false);
		return OUTCOME_PARKED;
	}
	return operation_done(operation, error, 0);
}

enum outcome shutdown_issue(struct operation *operation)
{
	struct sim_socket *socket = sim_socket_of(operation->file);

	if (socket == NULL)
		return operation_done(operation, -ENOTSOCK, 0);
	if (!(operation->flags & OPERATION_ATTEMPTED)) {
		operation->flags |= OPERATION_ATTEMPTED;
		return OUTCOME_LATER;
	}
	return operation_done(operation, sim_socket_shutdown(socket, (int)operation->sqe.len), 0);
}

enum outcome close_issue(struct operation *operation)
{
	const struct io_uring_sqe *sqe = &operation->sqe;
	int result;

	if (sqe->file_index != 0)
		result = sqe->fd != 0 ? -EINVAL
				      : ring_files_close(operation->ring, sqe->file_index - 1);
	else
		result = sim_ring_find(sqe->fd) != NULL ? -EBADF : descriptor_close(sqe->fd);
	return operation_done(operation, result, 0);
}

enum outcome command_issue(struct operation *operation)
{
	struct sim_socket *socket = sim_socket_of(operation->file);
	const struct io_uring_sqe *sqe = &operation->sqe;

	if (socket == NULL || sqe->cmd_op != SOCKET_URING_OP_SETSOCKOPT)
		return operation_done(operation, -EOPNOTSUPP, 0);
	return operation_done(operation,
			      sim_socket_option_set(socket, (int)sqe->level, (int)sqe->optname,
						    (const void *)(uintptr_t)sqe->optval,
						    sqe->optlen),
			      0);
}
