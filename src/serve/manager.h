/*
 * What a service manager such as systemd says in the environment of what it starts, read as
 * sd_listen_fds(3) and sd_watchdog_enabled(3) read it. Those few variables are all that libsystemd
 * would be needed for, which is nowhere a static library and does not exist for musl; its makers
 * call the protocol stable and advise against the library where this is all (sd_notify(3), Notes).
 * A number is digits alone: +1 and 0x1, which libsystemd reads, no manager writes.
 */
#ifndef SERVE_MANAGER_H
#define SERVE_MANAGER_H

#include <stdint.h>

/* The descriptor of the first socket that is passed. */
#define MANAGER_FIRST_FD 3

/*
 * How many sockets are passed to this process, which are then closed in those that it starts; 0 if
 * none are, or to another process. Errors: EINVAL (LISTEN_PID or LISTEN_FDS is no such number, or
 * LISTEN_FDNAMES has not a name for each), EBADF (one is not open).
 */
int manager_sockets(uint32_t *ret_count);

/* The name of the next one, of those that manager_sockets() counted, for the caller to free; place
 * begins as NULL. Without names each is "unknown". Errors: ENOMEM. */
int manager_socket_name(const char **place, char **ret_name);

/* No child and no second look may take these sockets for its own. */
void manager_forget_sockets(void);

/* How often the watchdog wants to hear of this process at least; 0: not at all. */
uint64_t manager_watchdog_ns(void);

#endif
