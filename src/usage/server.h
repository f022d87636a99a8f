/* The server's part of a usage: its process and its threads. */
#ifndef USAGE_SERVER_H
#define USAGE_SERVER_H

#include "usage/usage.h"

/* Set what usage has of the server: all but .server_known. Threads that end meanwhile are left out.
 * Errors: those of reading /proc/PID/stat (ENOENT: there is no such process), EINVAL. */
int server_read(const char *root, pid_t server, struct usage *usage);

/* What the thread that used most in between has used, ns. One that is new counts in full. */
uint64_t server_busiest_ns(const struct usage *after, const struct usage *before);

#endif
