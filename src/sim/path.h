/* The files of UNIX sockets that are bound to a path: they stay when their socket has gone. */
#ifndef SIM_PATH_H
#define SIM_PATH_H

#include <stdint.h>
#include <sys/stat.h>

void sim_paths_open(void);
void sim_paths_close(void);

/* Errors: EADDRINUSE, ENOMEM. */
int sim_path_make(const char *path);

/* Errors: ENOENT: it is none of the world's. */
int sim_path_unlink(const char *path);
int sim_path_chmod(const char *path, mode_t mode);
int sim_path_status(const char *path, struct stat *ret_status);

#endif
