/* The operations that a simulated ring has: a row each. What has none is unknown to this kernel. */
#include "ring_state.h"

#include <poll.h>

#include "base/array.h"

static enum outcome nothing_issue(struct operation *operation)
{
	return operation_done(operation, 0, 0);
}

static const struct operation_kind kinds[] = {
	[IORING_OP_NOP] = { .name = "nop", .issue = nothing_issue },
	[IORING_OP_POLL_ADD] = { .name = "poll",
				 .needs_file = true,
				 .prepare = poll_prepare,
				 .issue = poll_issue },
	[IORING_OP_ACCEPT] = { .name = "accept",
			       .needs_file = true,
			       .waits = POLLIN,
			       .prepare = accept_prepare,
			       .issue = accept_issue },
	[IORING_OP_CONNECT] = { .name = "connect",
				.needs_file = true,
				.waits = POLLOUT,
				.prepare = connect_prepare,
				.issue = connect_issue },
	[IORING_OP_RECV] = { .name = "recv",
			     .needs_file = true,
			     .selects = true,
			     .waits = POLLIN,
			     .prepare = receive_prepare,
			     .issue = receive_issue },
	[IORING_OP_RECVMSG] = { .name = "recvmsg",
				.needs_file = true,
				.selects = true,
				.waits = POLLIN,
				.prepare = receive_message_prepare,
				.issue = receive_message_issue },
	[IORING_OP_SEND] = { .name = "send",
			     .needs_file = true,
			     .selects = true,
			     .waits = POLLOUT,
			     .prepare = send_prepare,
			     .issue = send_issue },
	[IORING_OP_SENDMSG] = { .name = "sendmsg",
				.needs_file = true,
				.selects = true,
				.waits = POLLOUT,
				.prepare = send_message_prepare,
				.issue = send_issue },
	[IORING_OP_SEND_ZC] = { .name = "send_zc",
				.needs_file = true,
				.announced = true,
				.waits = POLLOUT,
				.prepare = send_prepare,
				.issue = send_issue },
	[IORING_OP_SENDMSG_ZC] = { .name = "sendmsg_zc",
				   .needs_file = true,
				   .announced = true,
				   .waits = POLLOUT,
				   .prepare = send_message_prepare,
				   .issue = send_issue },
	[IORING_OP_CLOSE] = { .name = "close", .issue = close_issue },
	[IORING_OP_SHUTDOWN] = { .name = "shutdown", .needs_file = true, .issue = shutdown_issue },
	[IORING_OP_ASYNC_CANCEL] = { .name = "cancel",
				     .prepare = cancel_prepare,
				     .issue = cancel_issue },
	[IORING_OP_URING_CMD] = { .name = "command", .needs_file = true, .issue = command_issue },
};

const struct operation_kind *operation_kind(uint8_t opcode)
{
	if (opcode >= ARRAY_SIZE(kinds) || kinds[opcode].issue == NULL || ring_lacks_opcode(opcode))
		return NULL;
	return &kinds[opcode];
}
