/*
 * What a service manager such as systemd is told, by the protocol of sd_notify(3). Without
 * NOTIFY_SOCKET in the environment nothing is told, and nothing costs anything.
 *
 * sd_notify() itself opens a socket each time and waits for as long as the manager does not read.
 * This one is open and connected before the sandbox allows no sockets any more, and a manager that
 * does not read cannot stop the server.
 */
#ifndef SERVE_NOTIFY_H
#define SERVE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct notify {
	int fd;		      /* -1: nobody wants to be told, or can be */
	bool warned;	      /* that he cannot be */
	uint64_t watchdog_ns; /* he ends us if he hears nothing for so long; 0: he does not */
};

/* Look at the environment, and connect. */
void notify_open(struct notify *ret_notify);
void notify_close(struct notify *notify);

/* Every listener is armed. status: one line. */
void notify_ready(struct notify *notify, const char *status);
void notify_status(struct notify *notify, const char *status);

/* The server drains. */
void notify_stopping(struct notify *notify, const char *status);

/* Every thread serves. */
void notify_watchdog(struct notify *notify);

#endif
