/* The system calls that make, name and end sockets. */
#include "calls_socket.h"

#include <poll.h>

#include "calls.h"
#include "socket.h"

/* The socket behind a descriptor, or why there is none. */
static int socket_at(int descriptor, struct sim_socket **ret_socket)
{
	struct file *file = descriptor_file(descriptor);
	struct sim_socket *found = sim_socket_of(file);

	if (!found)
		return file ? -ENOTSOCK : -EBADF;
	*ret_socket = found;
	return 0;
}

int __wrap_socket(int domain, int type, int protocol)
{
	struct sim_socket *made;
	int result;

	if (!world_get())
		return __real_socket(domain, type, protocol);
	world_enter();
	result = sim_socket_open(domain, type, protocol, false, &made);
	if (!result)
		result = descriptor_open((struct file *)made);
	return call_ended("socket", result, result);
}

int __wrap_socketpair(int domain, int type, int protocol, int *ret_descriptors)
{
	struct sim_socket *pair[2];
	int first, second, result;

	if (!world_get())
		return __real_socketpair(domain, type, protocol, ret_descriptors);
	world_enter();
	result = sim_socket_pair(domain, type, pair);
	if (result < 0)
		return call_ended("socketpair", -1, result);
	first = descriptor_open((struct file *)pair[0]);
	second = descriptor_open((struct file *)pair[1]);
	if (first < 0 || second < 0) {
		if (first >= 0)
			(void)descriptor_close(first);
		if (second >= 0)
			(void)descriptor_close(second);
		return call_ended("socketpair", -1, -EMFILE);
	}
	ret_descriptors[0] = first;
	ret_descriptors[1] = second;
	return call_ended("socketpair", first, 0);
}

int __wrap_bind(int descriptor, const struct sockaddr *name, socklen_t length)
{
	struct sim_socket *at;
	int result;

	if (!call_is_simulated(descriptor))
		return __real_bind(descriptor, name, length);
	world_enter();
	result = socket_at(descriptor, &at);
	if (!result)
		result = sim_socket_bind(at, name, length);
	return call_ended("bind", descriptor, result);
}

int __wrap_listen(int descriptor, int backlog)
{
	struct sim_socket *at;
	int result;

	if (!call_is_simulated(descriptor))
		return __real_listen(descriptor, backlog);
	world_enter();
	result = socket_at(descriptor, &at);
	if (!result)
		result = sim_socket_listen(at, backlog);
	return call_ended("listen", descriptor, result);
}

int __wrap_connect(int descriptor, const struct sockaddr *name, socklen_t length)
{
	struct sim_socket *at;
	int result;

	if (!call_is_simulated(descriptor))
		return __real_connect(descriptor, name, length);
	world_enter();
	result = socket_at(descriptor, &at);
	if (!result)
		result = sim_socket_connect(at, name, length);
	if (result == -EINPROGRESS && call_await((struct file *)at, POLLOUT | POLLERR | POLLHUP,
						 !((struct file *)at)->nonblocking, UINT64_MAX))
		result = sim_socket_error(at);
	return call_ended("connect", descriptor, result);
}

static int accept_one(struct sim_socket *listener, struct sim_socket **ret_socket)
{
	struct file *file = (struct file *)listener;
	int result;

	do {
		result = sim_socket_accept(listener, ret_socket);
	} while (result == -EAGAIN && call_await(file, POLLIN, !file->nonblocking, UINT64_MAX));
	return result;
}

int __wrap_accept4(int descriptor, struct sockaddr *name, socklen_t *length, int flags)
{
	struct sim_socket *listener, *accepted;
	int result;

	if (!call_is_simulated(descriptor))
		return __real_accept4(descriptor, name, length, flags);
	world_enter();
	result = socket_at(descriptor, &listener);
	if (!result)
		result = world_fault(FAULT_INTERRUPTED) ? -EINTR : accept_one(listener, &accepted);
	if (result < 0)
		return call_ended("accept4", descriptor, result);
	((struct file *)accepted)->nonblocking = flags & SOCK_NONBLOCK;
	if (name)
		(void)sim_socket_name(accepted, true, name, length);
	return call_ended("accept4", descriptor, descriptor_open((struct file *)accepted));
}

int __wrap_accept(int descriptor, struct sockaddr *name, socklen_t *length)
{
	if (!call_is_simulated(descriptor))
		return __real_accept(descriptor, name, length);
	return __wrap_accept4(descriptor, name, length, 0);
}

int __wrap_shutdown(int descriptor, int how)
{
	struct sim_socket *at;
	int result;

	if (!call_is_simulated(descriptor))
		return __real_shutdown(descriptor, how);
	world_enter();
	result = socket_at(descriptor, &at);
	if (!result)
		result = sim_socket_shutdown(at, how);
	return call_ended("shutdown", descriptor, result);
}

int __wrap_getsockname(int descriptor, struct sockaddr *name, socklen_t *length)
{
	struct sim_socket *at;
	int result;

	if (!call_is_simulated(descriptor))
		return __real_getsockname(descriptor, name, length);
	world_enter();
	result = socket_at(descriptor, &at);
	if (!result)
		result = sim_socket_name(at, false, name, length);
	return call_ended("getsockname", descriptor, result);
}

int __wrap_getpeername(int descriptor, struct sockaddr *name, socklen_t *length)
{
	struct sim_socket *at;
	int result;

	if (!call_is_simulated(descriptor))
		return __real_getpeername(descriptor, name, length);
	world_enter();
	result = socket_at(descriptor, &at);
	if (!result)
		result = sim_socket_name(at, true, name, length);
	return call_ended("getpeername", descriptor, result);
}

int __wrap_setsockopt(int descriptor, int level, int option, const void *value, socklen_t length)
{
	struct sim_socket *at;
	int result;

	if (!call_is_simulated(descriptor))
		return __real_setsockopt(descriptor, level, option, value, length);
	world_enter();
	result = socket_at(descriptor, &at);
	if (!result)
		result = sim_socket_option_set(at, level, option, value, length);
	return call_ended("setsockopt", descriptor, result);
}

int __wrap_getsockopt(int descriptor, int level, int option, void *value, socklen_t *length)
{
	struct sim_socket *at;
	int result;

	if (!call_is_simulated(descriptor))
		return __real_getsockopt(descriptor, level, option, value, length);
	world_enter();
	result = socket_at(descriptor, &at);
	if (!result)
		result = sim_socket_option_get(at, level, option, value, length);
	return call_ended("getsockopt", descriptor, result);
}
