/* The server's part of a usage: its processes and their threads. */
#ifndef USAGE_SERVER_H
#define USAGE_SERVER_H

#include "usage/usage.h"

/*
 * Set what a reading has of the server: all but .server_known. Threads that end meanwhile are left
 * out; processes are, if that happens again and again: what they have used is soon with their
 * parents.
 * Errors: those of reading /proc/PID/stat (ENOENT: there is no such process), EINVAL, E2BIG (more
 * than USAGE_PROCESSES_MAX), ENOTSUP (a kernel without CONFIG_PROC_CHILDREN).
 */
int server_read(const char *root, pid_t server, struct usage_reading *reading);

/* What the thread that used most in between has used, ns. One that is new counts in full. */
uint64_t server_busiest_ns(const struct usage_reading *after, const struct usage_reading *before);

#endif
