/* What calls_path.c takes the place of. */
#ifndef SIM_CALLS_PATH_H
#define SIM_CALLS_PATH_H

#include <sys/stat.h>

int __real_lstat64(const char *path, struct stat *ret_status);
int __wrap_lstat64(const char *path, struct stat *ret_status);
int __real_chmod(const char *path, mode_t mode);
int __wrap_chmod(const char *path, mode_t mode);
int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __real_fstat64(int descriptor, struct stat *ret_status);
int __wrap_fstat64(int descriptor, struct stat *ret_status);
int __real_fchmod(int descriptor, mode_t mode);
int __wrap_fchmod(int descriptor, mode_t mode);
int __real_fchownat(int directory, const char *path, uid_t user, gid_t group, int flags);
int __wrap_fchownat(int directory, const char *path, uid_t user, gid_t group, int flags);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);

#endif
