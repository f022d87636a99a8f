/* Sending: from the program's memory, which is read when the send is made, early or late; as a
 * bundle from provided buffers; without copying, followed by a notification. */
#include "ring_state.h"

#include <errno.h>
#include <string.h>

#define SEND_FLAGS (IORING_RECVSEND_POLL_FIRST | IORING_RECVSEND_BUNDLE)
#define ZERO_COPY_FLAGS (IORING_RECVSEND_POLL_FIRST | IORING_SEND_ZC_REPORT_USAGE)

static bool is_bundle(const struct operation *operation)
{
	return !operation->kind->announced && (operation->sqe.ioprio & IORING_RECVSEND_BUNDLE);
}

static bool selects(const struct operation *operation)
{
	return (operation->sqe.flags & IOSQE_BUFFER_SELECT) != 0;
}

static int check(const struct operation *operation)
{
	const struct io_uring_sqe *sqe = &operation->sqe;

	if (!operation->kind->announced)
		return sqe->ioprio & ~SEND_FLAGS ? -EINVAL : 0;
	if (sqe->addr3 != 0 || (sqe->ioprio & ~ZERO_COPY_FLAGS) != 0 ||
	    (sqe->flags & IOSQE_CQE_SKIP_SUCCESS))
		return -EINVAL;
	return 0;
}

static void copy_name(struct operation *operation)
{
	const void *name = (const void *)(uintptr_t)operation->sqe.addr2;
	socklen_t length = operation->sqe.addr_len;

	if (name == NULL || length > sizeof(operation->name))
		return;
	memcpy(&operation->name, name, length);
	operation->header.msg_name = &operation->name;
	operation->header.msg_namelen = length;
}

int send_prepare(struct operation *operation)
{
	int error = check(operation);

	if (error < 0)
		return error;
	if (is_bundle(operation) && !selects(operation))
		return -EINVAL;
	(void)operation_one_piece(operation);
	copy_name(operation);
	return operation->kind->announced ? notification_prepare(operation) : 0;
}

int send_message_prepare(struct operation *operation)
{
	int error = check(operation);

	if (error == 0 && (operation->sqe.ioprio & IORING_RECVSEND_BUNDLE))
		error = -EINVAL;
	if (error == 0)
		error = operation_copy_message(
			operation, (const struct msghdr *)(uintptr_t)operation->sqe.addr);
	if (error == 0 && operation->kind->announced)
		error = notification_prepare(operation);
	return error;
}

/* Before the first attempt: not now, not at all, or by a worker. */
static bool puts_off(struct operation *operation, const struct sim_socket *socket,
		     enum outcome *ret_outcome)
{
	if (socket == NULL || (operation->kind->announced && socket_is_unix(socket))) {
		*ret_outcome = operation_done(operation, socket == NULL ? -ENOTSOCK : -EOPNOTSUPP,
					      0);
		return true;
	}
	if ((operation->sqe.ioprio & IORING_RECVSEND_POLL_FIRST) &&
	    !(operation->flags & OPERATION_POLLED)) {
		*ret_outcome = operation_waits(operation);
		return true;
	}
	if ((operation->flags & OPERATION_ATTEMPTED) || (operation->sqe.msg_flags & MSG_DONTWAIT) ||
	    socket->peer || !world_fault(FAULT_SEND_ASYNC))
		return false;
	operation->flags |= OPERATION_ATTEMPTED;
	*ret_outcome = OUTCOME_LATER;
	return true;
}

static bool goes_on(const struct operation *operation, const struct sim_socket *socket)
{
	return (operation->sqe.msg_flags & MSG_WAITALL) && socket->type != SOCK_DGRAM;
}

/* Linux has taken the bytes from the message before it finds a UNIX peer's queue full: what goes
 * out later is empty. */
static void lose_bytes(struct operation *operation, const struct sim_socket *socket)
{
	if (!socket_is_unix(socket) || socket->type == SOCK_STREAM)
		return;
	for (size_t i = 0; i < operation->header.msg_iovlen; i++)
		operation->header.msg_iov[i].iov_len = 0;
}

static enum outcome not_sent(struct operation *operation, const struct sim_socket *socket,
			     ssize_t error)
{
	if (error == -EAGAIN) {
		if (!(operation->sqe.msg_flags & MSG_DONTWAIT))
			lose_bytes(operation, socket);
		return operation_waits(operation);
	}
	operation->flags |= OPERATION_FAILED;
	return operation_done(operation,
			      operation->done > 0 ? (int32_t)operation->done : (int32_t)error, 0);
}

/* From provided buffers: one, or as a bundle as many as there are, again and again. */
static enum outcome send_selected(struct operation *operation, struct sim_socket *socket)
{
	uint32_t count = is_bundle(operation) ? RING_BUNDLE_MAX : 1;

	for (;;) {
		struct selection selection;
		struct msghdr header = operation->header;
		uint32_t flags;
		ssize_t sent = selection_make(operation, operation->sqe.len, count, &selection);

		if (sent < 0)
			return operation_done(operation, (int32_t)sent, 0);
		header.msg_iov = selection.vector;
		header.msg_iovlen = selection.count;
		sent = sim_socket_send(socket, &header, (int)operation->sqe.msg_flags);
		if (sent < 0)
			return not_sent(operation, socket, sent);
		flags = selection_commit(&selection, (uint32_t)sent, is_bundle(operation));
		if ((uint32_t)sent < selection.length && is_bundle(operation))
			operation->flags |= OPERATION_FAILED;
		if (!is_bundle(operation) || selection.last || (uint32_t)sent < selection.length ||
		    (operation->flags & OPERATION_POLLED) ||
		    !completion_more(operation, (int32_t)sent, flags))
			return operation_done(operation, (int32_t)sent, flags);
	}
}

enum outcome send_issue(struct operation *operation)
{
	struct sim_socket *socket = sim_socket_of(operation->file);
	enum outcome outcome;
	size_t length;
	ssize_t sent;

	if (puts_off(operation, socket, &outcome))
		return outcome;
	if (selects(operation))
		return send_selected(operation, socket);
	length = message_length(&operation->header);
	sent = sim_socket_send(socket, &operation->header, (int)operation->sqe.msg_flags);
	if (sent < 0)
		return not_sent(operation, socket, sent);
	if ((size_t)sent < length && goes_on(operation, socket)) {
		operation_advance(operation, (uint32_t)sent);
		return operation_waits(operation);
	}
	return operation_done(operation, (int32_t)((uint32_t)sent + operation->done), 0);
}
