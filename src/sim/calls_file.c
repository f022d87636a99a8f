/* The system calls that work on any descriptor, and those that make what is no socket. */
#include "calls_file.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>

#include "calls.h"
#include "counter.h"
#include "signals.h"
#include "socket.h"

static ssize_t read_file(int descriptor, void *bytes, size_t length)
{
	struct file *file = descriptor_file(descriptor);
	ssize_t result;

	if (!file)
		return -EBADF;
	if (!file->kind->read)
		return -EINVAL;
	do {
		result = file->kind->read(file, bytes, length);
	} while (result == -EAGAIN && call_await(file, POLLIN, !file->nonblocking, UINT64_MAX));
	return result;
}

static ssize_t write_file(int descriptor, const void *bytes, size_t length)
{
	struct file *file = descriptor_file(descriptor);
	ssize_t result;

	if (!file)
		return -EBADF;
	if (!file->kind->write)
		return -EINVAL;
	do {
		result = file->kind->write(file, bytes, length);
	} while (result == -EAGAIN && call_await(file, POLLOUT, !file->nonblocking, UINT64_MAX));
	return result;
}

ssize_t __wrap_read(int descriptor, void *bytes, size_t length)
{
	if (!call_is_simulated(descriptor))
		return __real_read(descriptor, bytes, length);
	world_enter();
	return call_end("read", descriptor, read_file(descriptor, bytes, length));
}

ssize_t __wrap_write(int descriptor, const void *bytes, size_t length)
{
	if (!call_is_simulated(descriptor))
		return __real_write(descriptor, bytes, length);
	world_enter();
	return call_end("write", descriptor, write_file(descriptor, bytes, length));
}

int __wrap_close(int descriptor)
{
	if (!call_is_simulated(descriptor))
		return __real_close(descriptor);
	world_enter();
	return call_ended("close", descriptor, descriptor_close(descriptor));
}

static int control(int descriptor, int command, long argument)
{
	struct file *file = descriptor_file(descriptor);

	if (!file)
		return -EBADF;
	switch (command) {
	case F_GETFL:
		return O_RDWR | (file->nonblocking ? O_NONBLOCK : 0);
	case F_SETFL:
		file->nonblocking = argument & O_NONBLOCK;
		return 0;
	case F_GETFD:
		return FD_CLOEXEC;
	case F_SETFD:
		return 0;
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return descriptor_duplicate(descriptor, (int)argument);
	default:
		return -EINVAL;
	}
}

static long long_argument(va_list arguments)
{
	return va_arg(arguments, long);
}

int __wrap_fcntl64(int descriptor, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = long_argument(arguments);
	va_end(arguments);
	if (!call_is_simulated(descriptor))
		return __real_fcntl64(descriptor, command, argument);
	world_enter();
	return call_ended("fcntl", descriptor, control(descriptor, command, argument));
}

int __wrap_fcntl(int descriptor, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = long_argument(arguments);
	va_end(arguments);
	return __wrap_fcntl64(descriptor, command, argument);
}

static int control_device(int descriptor, unsigned long request, void *argument)
{
	struct file *file = descriptor_file(descriptor);
	struct sim_socket *at = sim_socket_of(file);
	int bytes = 0;

	if (!file)
		return -EBADF;
	if (!at || (request != FIONREAD && request != SIOCOUTQ))
		return -ENOTTY;
	if (request == FIONREAD)
		bytes = (int)sim_socket_unread(at);
	memcpy(argument, &bytes, sizeof(bytes));
	return 0;
}

int __wrap_ioctl(int descriptor, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (!call_is_simulated(descriptor))
		return __real_ioctl(descriptor, request, argument);
	world_enter();
	return call_ended("ioctl", descriptor, control_device(descriptor, request, argument));
}

int __wrap_eventfd(unsigned int value, int flags)
{
	struct file *file;
	int result;

	if (!world_get())
		return __real_eventfd(value, flags);
	world_enter();
	result = sim_counter_open(value, flags, &file);
	if (!result)
		result = descriptor_open(file);
	return call_ended("eventfd", result, result);
}

int __wrap_eventfd_read(int descriptor, eventfd_t *ret_value)
{
	if (!call_is_simulated(descriptor))
		return __real_eventfd_read(descriptor, ret_value);
	return __wrap_read(descriptor, ret_value, sizeof(*ret_value)) == sizeof(*ret_value) ? 0
											    : -1;
}

int __wrap_eventfd_write(int descriptor, eventfd_t value)
{
	if (!call_is_simulated(descriptor))
		return __real_eventfd_write(descriptor, value);
	return __wrap_write(descriptor, &value, sizeof(value)) == sizeof(value) ? 0 : -1;
}

int __wrap_signalfd(int descriptor, const sigset_t *mask, int flags)
{
	struct file *file;
	int result;

	if (!world_get())
		return __real_signalfd(descriptor, mask, flags);
	world_enter();
	result = sim_signal_file_open(sim_signal_mask(mask), flags & SFD_NONBLOCK, &file);
	if (!result)
		result = descriptor_open(file);
	return call_ended("signalfd", result, result);
}
