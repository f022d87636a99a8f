/* The files of UNIX sockets; what is none of the world's is a file as always. */
#include "calls_path.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>

#include "calls.h"
#include "path.h"
#include "socket.h"

int __wrap_lstat64(const char *path, struct stat *ret_status)
{
	if (world_get() && sim_path_status(path, ret_status) == 0)
		return 0;
	return __real_lstat64(path, ret_status);
}

/* What a name under /proc/self/fd stands for: a number of the world's, or -1. */
static int descriptor_named(const char *path)
{
	int descriptor;

	if (sscanf(path, "/proc/self/fd/%d", &descriptor) != 1 || !call_is_simulated(descriptor))
		return -1;
	return descriptor;
}

int __wrap_chmod(const char *path, mode_t mode)
{
	int descriptor;

	if (!world_get())
		return __real_chmod(path, mode);
	descriptor = descriptor_named(path);
	if (descriptor >= 0)
		return call_ended("chmod", descriptor,
				  sim_path_file_chmod(descriptor_file(descriptor), mode));
	return sim_path_chmod(path, mode) == 0 ? 0 : __real_chmod(path, mode);
}

int __wrap_open64(const char *path, int flags, ...)
{
	struct file *file;
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	if (!world_get() || !(flags & O_PATH) || sim_path_open(path, &file) < 0)
		return __real_open64(path, flags, mode);
	return call_ended("open", -1, descriptor_open(file));
}

int __wrap_fstat64(int descriptor, struct stat *ret_status)
{
	if (!call_is_simulated(descriptor))
		return __real_fstat64(descriptor, ret_status);
	return call_ended("fstat", descriptor,
			  sim_path_file_status(descriptor_file(descriptor), ret_status));
}

/* The mode that bind(2) gives to a socket's file: here nobody but us looks for it meanwhile. */
int __wrap_fchmod(int descriptor, mode_t mode)
{
	bool is_socket;

	if (!call_is_simulated(descriptor))
		return __real_fchmod(descriptor, mode);
	is_socket = sim_socket_of(descriptor_file(descriptor)) != NULL;
	return call_ended("fchmod", descriptor, is_socket ? 0 : -EBADF);
}

int __wrap_fchownat(int directory, const char *path, uid_t user, gid_t group, int flags)
{
	if (!call_is_simulated(directory))
		return __real_fchownat(directory, path, user, group, flags);
	return call_ended("fchownat", directory, 0);
}

int __wrap_unlink(const char *path)
{
	if (world_get() && sim_path_unlink(path) == 0)
		return 0;
	return __real_unlink(path);
}
