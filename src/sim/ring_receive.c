/* Receiving: once or again and again, into the program's memory or into provided buffers. */
#include "ring_state.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define LOOPS_MAX 32u /* of a multishot before others have their turn, as in Linux */
#define SPOIL_BYTES_MAX 512u
#define SPOIL 0xa5
#define UNKNOWN (-1)

#define RECEIVE_FLAGS (IORING_RECVSEND_POLL_FIRST | IORING_RECV_MULTISHOT | IORING_RECVSEND_BUNDLE)

static bool is_bundle(const struct operation *operation)
{
	return (operation->sqe.ioprio & IORING_RECVSEND_BUNDLE) != 0;
}

static bool selects(const struct operation *operation)
{
	return (operation->sqe.flags & IOSQE_BUFFER_SELECT) != 0;
}

static int prepare(struct operation *operation)
{
	const struct io_uring_sqe *sqe = &operation->sqe;

	if (sqe->off != 0 || (sqe->ioprio & ~RECEIVE_FLAGS) != 0)
		return -EINVAL;
	if (!(sqe->ioprio & IORING_RECV_MULTISHOT))
		return 0;
	if (!selects(operation) || (sqe->msg_flags & MSG_WAITALL))
		return -EINVAL;
	operation->flags |= OPERATION_MULTISHOT;
	return 0;
}

int receive_prepare(struct operation *operation)
{
	int error = prepare(operation);

	return error < 0 ? error : operation_one_piece(operation);
}

int receive_message_prepare(struct operation *operation)
{
	int error = prepare(operation);

	if (is_bundle(operation))
		return -EINVAL;
	if (error == 0)
		error = operation_copy_message(
			operation, (const struct msghdr *)(uintptr_t)operation->sqe.addr);
	return error;
}

/* How much more there is to read, or UNKNOWN. The end of a TCP stream is something to read. */
static int unread(const struct sim_socket *socket)
{
	if (socket->type != SOCK_STREAM)
		return UNKNOWN;
	if (sim_socket_unread(socket) > 0)
		return (int)sim_socket_unread(socket);
	return socket->protocol == IPPROTO_TCP && socket->read_ended;
}

static uint32_t more_flag(int left)
{
	return left > 0 ? IORING_CQE_F_SOCK_NONEMPTY : 0;
}

/* What a receive did not fill of its last buffer it may spoil: a program that still sends from it
 * is found out. */
static void spoil(const struct selection *selection, uint32_t bytes)
{
	for (uint32_t i = 0; i < selection->count; i++) {
		const struct iovec *piece = &selection->vector[i];
		size_t rest = piece->iov_len - bytes;

		if (bytes >= piece->iov_len) {
			bytes -= (uint32_t)piece->iov_len;
			continue;
		}
		memset((uint8_t *)piece->iov_base + bytes, SPOIL,
		       rest < SPOIL_BYTES_MAX ? rest : SPOIL_BYTES_MAX);
		return;
	}
}

/* The completion of what was received. Goes on: true, if it is to be tried again at once. */
static bool received(struct operation *operation, int32_t result, uint32_t flags, bool finished,
		     uint32_t *loops, enum outcome *ret_outcome)
{
	int left = unread((struct sim_socket *)operation->file);

	flags |= more_flag(left);
	if (finished || !(operation->flags & OPERATION_MULTISHOT) ||
	    !completion_more(operation, result, flags)) {
		*ret_outcome = operation_done(operation, result, flags);
		return false;
	}
	operation->attempts = 0;
	*ret_outcome = OUTCOME_WAITS;
	if (left == 0)
		return false;
	if (++*loops < LOOPS_MAX)
		return true;
	*ret_outcome = OUTCOME_YIELDS;
	return false;
}

/* A receive with MSG_WAITALL that brought less than all goes on. */
static bool wants_rest(const struct operation *operation, const struct sim_socket *socket,
		       ssize_t got)
{
	return (operation->sqe.msg_flags & MSG_WAITALL) && !selects(operation) && got > 0 &&
	       socket->type != SOCK_DGRAM && (size_t)got < message_length(&operation->header);
}

static bool polls_first(const struct operation *operation)
{
	return (operation->sqe.ioprio & IORING_RECVSEND_POLL_FIRST) &&
	       !(operation->flags & OPERATION_POLLED);
}

static int receive_into(struct operation *operation, struct selection *selection,
			struct msghdr *header)
{
	int error;

	*selection = (struct selection){ 0 };
	*header = operation->header;
	if (!selects(operation))
		return 0;
	error = selection_make(operation, operation->sqe.len, 1, selection);
	header->msg_iov = selection->vector;
	header->msg_iovlen = selection->count;
	return error;
}

/* Of a receive that has more of it to come: it waits, or has failed. */
static enum outcome with_rest(struct operation *operation, ssize_t got)
{
	const struct sim_socket *socket = (const struct sim_socket *)operation->file;
	bool ended = got == 0;

	if (got == -EAGAIN)
		return operation_waits(operation);
	if (operation->done > 0)
		got = (ssize_t)operation->done;
	operation->flags |= OPERATION_FAILED;
	return operation_done(operation, (int32_t)got, ended ? more_flag(unread(socket)) : 0);
}

/*
 * A bundle takes a few buffers first, and if they are filled and more is there, once more as many
 * as that fills: one completion for both. When the group is empty then, it ends, and says of what
 * is left what it knew after the first part.
 */
struct bundle {
	uint32_t bytes;
	uint32_t flags; /* of the first part */
	bool empty;
};

/* Bytes of one part; or what a receive says. */
static ssize_t receive_part(struct operation *operation, struct sim_socket *socket, uint32_t length,
			    struct bundle *bundle)
{
	struct selection selection;
	struct msghdr header = { 0 };
	uint32_t count = length == 0 ? operation->pieces : RING_BUNDLE_MAX;
	ssize_t got = selection_make(operation, length, count, &selection);

	if (got < 0)
		return got;
	if (selection.count > operation->pieces)
		operation->pieces = selection.count;
	header.msg_iov = selection.vector;
	header.msg_iovlen = selection.count;
	got = sim_socket_receive(socket, &header, (int)operation->sqe.msg_flags);
	if (got <= 0)
		return got;
	spoil(&selection, (uint32_t)got);
	if (bundle->bytes == 0)
		bundle->flags = selection_commit(&selection, (uint32_t)got, true);
	else
		(void)selection_commit(&selection, (uint32_t)got, true);
	bundle->bytes += (uint32_t)got;
	bundle->empty = selection.last;
	return (uint32_t)got == selection.length;
}

static enum outcome receive_bundles(struct operation *operation, struct sim_socket *socket)
{
	enum outcome outcome;
	uint32_t loops = 0;

	for (;;) {
		struct bundle bundle = { 0 };
		ssize_t full = receive_part(operation, socket, operation->sqe.len, &bundle);
		int left = unread(socket);

		if (bundle.bytes == 0)
			return full < 0 ? with_rest(operation, full)
					: operation_done(operation, 0, more_flag(left));
		if (full == 1 && left > 1 && !bundle.empty) {
			(void)receive_part(operation, socket, (uint32_t)left, &bundle);
			bundle.flags |= bundle.empty ? IORING_CQE_F_SOCK_NONEMPTY : 0;
		}
		if (!received(operation, (int32_t)bundle.bytes, bundle.flags, bundle.empty, &loops,
			      &outcome))
			return outcome;
	}
}

enum outcome receive_issue(struct operation *operation)
{
	struct sim_socket *socket = sim_socket_of(operation->file);
	enum outcome outcome;
	uint32_t loops = 0;

	if (socket == NULL)
		return operation_done(operation, -ENOTSOCK, 0);
	if (polls_first(operation))
		return operation_waits(operation);
	if (is_bundle(operation) && selects(operation))
		return receive_bundles(operation, socket);
	for (;;) {
		struct selection selection;
		struct msghdr header;
		ssize_t got = receive_into(operation, &selection, &header);
		uint32_t flags = 0;

		if (got < 0)
			return operation_done(operation, (int32_t)got, 0);
		got = sim_socket_receive(socket, &header, (int)operation->sqe.msg_flags);
		if (got < 0 || (got == 0 && operation->done > 0))
			return with_rest(operation, got);
		if (wants_rest(operation, socket, got)) {
			operation_advance(operation, (uint32_t)got);
			return operation_waits(operation);
		}
		if (got > 0) {
			spoil(&selection, (uint32_t)got);
			flags = selection_commit(&selection, (uint32_t)got, false);
		}
		if (!received(operation, (int32_t)((uint32_t)got + operation->done), flags,
			      got == 0, &loops, &outcome))
			return outcome;
	}
}

/* The head that a multishot recvmsg puts in front, in the provided buffer. */
struct headed {
	uint8_t *memory;
	size_t before, room; /* of head, name and control; behind them */
	struct iovec vector;
	struct msghdr header;
};

static int headed_begin(const struct operation *operation, const struct selection *selection,
			struct headed *ret_headed)
{
	const struct msghdr *wanted = &operation->header;
	struct headed *headed = ret_headed;

	headed->memory = selection->vector[0].iov_base;
	headed->before = sizeof(struct io_uring_recvmsg_out) + wanted->msg_namelen +
			 wanted->msg_controllen;
	if (selection->vector[0].iov_len < headed->before)
		return -EFAULT;
	headed->room = selection->vector[0].iov_len - headed->before;
	headed->vector = (struct iovec){ headed->memory + headed->before, headed->room };
	headed->header = (struct msghdr){ .msg_iov = &headed->vector,
					  .msg_iovlen = 1,
					  .msg_namelen = wanted->msg_namelen,
					  .msg_controllen = wanted->msg_controllen };
	if (wanted->msg_namelen > 0)
		headed->header.msg_name = headed->memory + sizeof(struct io_uring_recvmsg_out);
	if (wanted->msg_controllen > 0)
		headed->header.msg_control = headed->memory + sizeof(struct io_uring_recvmsg_out) +
					     wanted->msg_namelen;
	return 0;
}

/* How many bytes of the buffer are in use. */
static uint32_t headed_end(struct headed *headed, ssize_t got)
{
	struct io_uring_recvmsg_out head = {
		.namelen = headed->header.msg_namelen,
		.controllen = (uint32_t)headed->header.msg_controllen,
		.payloadlen = (uint32_t)got,
		.flags = (uint32_t)headed->header.msg_flags,
	};
	size_t held = (size_t)got < headed->room ? (size_t)got : headed->room;

	memcpy(headed->memory, &head, sizeof(head));
	return (uint32_t)(headed->before + held);
}

static enum outcome receive_headed(struct operation *operation, struct sim_socket *socket)
{
	enum outcome outcome;
	uint32_t loops = 0;

	for (;;) {
		struct selection selection;
		struct headed headed;
		uint32_t bytes;
		ssize_t got = selection_make(operation, 0, 1, &selection);

		if (got == 0)
			got = headed_begin(operation, &selection, &headed);
		if (got < 0)
			return operation_done(operation, (int32_t)got, 0);
		got = sim_socket_receive(socket, &headed.header, (int)operation->sqe.msg_flags);
		if (got < 0)
			return with_rest(operation, got);
		bytes = headed_end(&headed, got);
		spoil(&selection, bytes);
		if (!received(operation, (int32_t)bytes, selection_commit(&selection, bytes, false),
			      got == 0, &loops, &outcome))
			return outcome;
	}
}

/* A single one tells the header that was submitted what it has found. */
static void tell(struct operation *operation, const struct msghdr *header)
{
	struct msghdr *user = (struct msghdr *)(uintptr_t)operation->sqe.addr;

	user->msg_namelen = header->msg_namelen;
	user->msg_controllen = header->msg_controllen;
	user->msg_flags = header->msg_flags;
}

enum outcome receive_message_issue(struct operation *operation)
{
	struct sim_socket *socket = sim_socket_of(operation->file);
	struct selection selection;
	struct msghdr header;
	uint32_t flags = 0;
	ssize_t got;

	if (socket == NULL)
		return operation_done(operation, -ENOTSOCK, 0);
	if (polls_first(operation))
		return operation_waits(operation);
	if (operation->flags & OPERATION_MULTISHOT)
		return receive_headed(operation, socket);
	got = receive_into(operation, &selection, &header);
	if (got < 0)
		return operation_done(operation, (int32_t)got, 0);
	got = sim_socket_receive(socket, &header, (int)operation->sqe.msg_flags);
	if (got < 0 || (got == 0 && operation->done > 0))
		return with_rest(operation, got);
	if (wants_rest(operation, socket, got)) {
		operation_advance(operation, (uint32_t)got);
		return operation_waits(operation);
	}
	tell(operation, &header);
	if (got > 0)
		flags = selection_commit(&selection, (uint32_t)got, false);
	return operation_done(operation, (int32_t)((uint32_t)got + operation->done),
			      flags | more_flag(unread(socket)));
}
