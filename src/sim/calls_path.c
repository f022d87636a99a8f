/* The files of UNIX sockets; what is none of the world's is a file as always. */
#include "calls_path.h"

#include "calls.h"
#include "path.h"

int __wrap_lstat64(const char *path, struct stat *ret_status)
{
	if (world_get() && sim_path_status(path, ret_status) == 0)
		return 0;
	return __real_lstat64(path, ret_status);
}

int __wrap_chmod(const char *path, mode_t mode)
{
	if (world_get() && sim_path_chmod(path, mode) == 0)
		return 0;
	return __real_chmod(path, mode);
}

int __wrap_unlink(const char *path)
{
	if (world_get() && sim_path_unlink(path) == 0)
		return 0;
	return __real_unlink(path);
}
