/* The files of UNIX sockets that are bound to a path: they stay when their socket has gone. */
#ifndef SIM_PATH_H
#define SIM_PATH_H

#include <sys/stat.h>

#include "descriptor.h"

void sim_paths_open(void);
void sim_paths_close(void);

/* Errors: EADDRINUSE, ENOMEM. */
int sim_path_make(const char *path);

/* Errors: ENOENT: it is none of the world's. */
int sim_path_unlink(const char *path);
int sim_path_chmod(const char *path, mode_t mode);
int sim_path_status(const char *path, struct stat *ret_status);

/* As open(2) with O_PATH: one reference, the caller's. Errors: ENOENT, ENOMEM. */
int sim_path_open(const char *path, struct file **ret_file);

/* Of such a file. Errors: ENOENT (it was unlinked), EBADF (another kind of file). */
int sim_path_file_chmod(const struct file *file, mode_t mode);
int sim_path_file_status(const struct file *file, struct stat *ret_status);

#endif
