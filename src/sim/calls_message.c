/* The system calls that send and receive. */
#include "calls_message.h"

#include <poll.h>
#include <sys/uio.h>

#include "calls.h"
#include "socket.h"

static int socket_at(int descriptor, struct sim_socket **ret_socket)
{
	struct file *file = descriptor_file(descriptor);
	struct sim_socket *found = sim_socket_of(file);

	if (!found)
		return file ? -ENOTSOCK : -EBADF;
	*ret_socket = found;
	return 0;
}

static bool waits(const struct sim_socket *at, int flags)
{
	return !((const struct file *)at)->nonblocking && !(flags & MSG_DONTWAIT);
}

/* Of a socket that waits this sends what there is room for, as if a signal had come: the program
 * under test has none. */
static ssize_t send_one(struct sim_socket *at, const struct msghdr *header, int flags)
{
	ssize_t result;

	do {
		result = sim_socket_send(at, header, flags);
	} while (result == -EAGAIN &&
		 call_await((struct file *)at, POLLOUT, waits(at, flags), UINT64_MAX));
	return result;
}

static ssize_t receive_one(struct sim_socket *at, struct msghdr *header, int flags)
{
	ssize_t result;

	do {
		result = sim_socket_receive(at, header, flags);
	} while (result == -EAGAIN &&
		 call_await((struct file *)at, POLLIN, waits(at, flags), UINT64_MAX));
	return result;
}

/* What every one of these calls begins with. */
static int begin(int descriptor, struct sim_socket **ret_socket)
{
	int error;

	world_enter();
	error = socket_at(descriptor, ret_socket);
	if (!error && world_fault(FAULT_INTERRUPTED))
		error = -EINTR;
	return error;
}

static ssize_t send_call(const char *name, int descriptor, const struct msghdr *header, int flags)
{
	struct sim_socket *at;
	ssize_t result = begin(descriptor, &at);

	if (!result)
		result = send_one(at, header, flags);
	return call_end(name, descriptor, result);
}

static ssize_t receive_call(const char *name, int descriptor, struct msghdr *header, int flags)
{
	struct sim_socket *at;
	ssize_t result = begin(descriptor, &at);

	if (!result)
		result = receive_one(at, header, flags);
	return call_end(name, descriptor, result);
}

ssize_t __wrap_sendmsg(int descriptor, const struct msghdr *header, int flags)
{
	if (!call_is_simulated(descriptor))
		return __real_sendmsg(descriptor, header, flags);
	return send_call("sendmsg", descriptor, header, flags);
}

ssize_t __wrap_sendto(int descriptor, const void *bytes, size_t length, int flags,
		      const struct sockaddr *name, socklen_t name_length)
{
	struct iovec vector = { .iov_base = (void *)bytes, .iov_len = length };
	const struct msghdr header = { .msg_name = (void *)name,
				       .msg_namelen = name_length,
				       .msg_iov = &vector,
				       .msg_iovlen = 1 };

	if (!call_is_simulated(descriptor))
		return __real_sendto(descriptor, bytes, length, flags, name, name_length);
	return send_call("sendto", descriptor, &header, flags);
}

ssize_t __wrap_send(int descriptor, const void *bytes, size_t length, int flags)
{
	struct iovec vector = { .iov_base = (void *)bytes, .iov_len = length };
	const struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };

	if (!call_is_simulated(descriptor))
		return __real_send(descriptor, bytes, length, flags);
	return send_call("send", descriptor, &header, flags);
}

int __wrap_sendmmsg(int descriptor, struct mmsghdr *headers, unsigned int count, int flags)
{
	struct sim_socket *at;
	unsigned int sent = 0;
	ssize_t result;

	if (!call_is_simulated(descriptor))
		return __real_sendmmsg(descriptor, headers, count, flags);
	result = begin(descriptor, &at);
	for (; result >= 0 && sent < count; sent += result >= 0) {
		result = send_one(at, &headers[sent].msg_hdr, flags);
		if (result >= 0)
			headers[sent].msg_len = (unsigned int)result;
	}
	return call_ended("sendmmsg", descriptor, sent > 0 ? (int)sent : (int)result);
}

ssize_t __wrap_recvmsg(int descriptor, struct msghdr *header, int flags)
{
	if (!call_is_simulated(descriptor))
		return __real_recvmsg(descriptor, header, flags);
	return receive_call("recvmsg", descriptor, header, flags);
}

ssize_t __wrap_recvfrom(int descriptor, void *bytes, size_t length, int flags,
			struct sockaddr *name, socklen_t *name_length)
{
	struct iovec vector = { .iov_base = bytes, .iov_len = length };
	struct msghdr header = { .msg_name = name,
				 .msg_namelen = name_length ? *name_length : 0,
				 .msg_iov = &vector,
				 .msg_iovlen = 1 };
	ssize_t result;

	if (!call_is_simulated(descriptor))
		return __real_recvfrom(descriptor, bytes, length, flags, name, name_length);
	result = receive_call("recvfrom", descriptor, &header, flags);
	if (result >= 0 && name_length)
		*name_length = header.msg_namelen;
	return result;
}

ssize_t __wrap_recv(int descriptor, void *bytes, size_t length, int flags)
{
	struct iovec vector = { .iov_base = bytes, .iov_len = length };
	struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };

	if (!call_is_simulated(descriptor))
		return __real_recv(descriptor, bytes, length, flags);
	return receive_call("recv", descriptor, &header, flags);
}

int __wrap_recvmmsg(int descriptor, struct mmsghdr *headers, unsigned int count, int flags,
		    struct timespec *limit)
{
	struct sim_socket *at;
	unsigned int got = 0;
	ssize_t result;

	if (!call_is_simulated(descriptor))
		return __real_recvmmsg(descriptor, headers, count, flags, limit);
	result = begin(descriptor, &at);
	for (; result >= 0 && got < count; got += result >= 0) {
		result = receive_one(at, &headers[got].msg_hdr, flags);
		if (result >= 0)
			headers[got].msg_len = (unsigned int)result;
	}
	return call_ended("recvmmsg", descriptor, got > 0 ? (int)got : (int)result);
}
