/*
 * Messages as recvmsg(2) and sendmsg(2) know them: what is copied when they are submitted (names
 * and vectors), and what stays in the program's memory until it is used (bytes and control
 * messages).
 */
#include "ring_state.h"

#include <errno.h>

int operation_copy_message(struct operation *operation, const struct msghdr *user)
{
	if (user->msg_iovlen > OPERATION_VECTOR)
		return -EMSGSIZE;
	operation->header = *user;
	operation->header.msg_flags = 0;
	for (size_t i = 0; i < user->msg_iovlen; i++)
		operation->vector[i] = user->msg_iov[i];
	operation->header.msg_iov = operation->vector;
	return 0;
}

int operation_one_piece(struct operation *operation)
{
	operation->vector[0] = (struct iovec){ .iov_base = (void *)(uintptr_t)operation->sqe.addr,
					       .iov_len = operation->sqe.len };
	operation->header = (struct msghdr){ .msg_iov = operation->vector, .msg_iovlen = 1 };
	return 0;
}

size_t message_length(const struct msghdr *header)
{
	size_t length = 0;

	for (size_t i = 0; i < header->msg_iovlen; i++)
		length += header->msg_iov[i].iov_len;
	return length;
}

void operation_advance(struct operation *operation, uint32_t bytes)
{
	struct msghdr *header = &operation->header;

	operation->done += bytes;
	while (header->msg_iovlen > 0 && bytes >= header->msg_iov->iov_len) {
		bytes -= (uint32_t)header->msg_iov->iov_len;
		header->msg_iov++;
		header->msg_iovlen--;
	}
	if (header->msg_iovlen == 0)
		return;
	header->msg_iov->iov_base = (uint8_t *)header->msg_iov->iov_base + bytes;
	header->msg_iov->iov_len -= bytes;
}
