/* What a service manager such as systemd is told: sd_notify(3). Without NOTIFY_SOCKET in the
 * environment nothing is told, and nothing costs anything. */
#ifndef SERVE_NOTIFY_H
#define SERVE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct notify {
	bool listens;	      /* somebody wants to be told */
	bool warned;	      /* that he cannot be */
	uint64_t watchdog_ns; /* he ends us if he hears nothing for so long; 0: he does not */
};

/* Look at the environment. */
void notify_init(struct notify *ret_notify);

/* Every listener is armed. status: one line. */
void notify_ready(struct notify *notify, const char *status);
void notify_status(struct notify *notify, const char *status);

/* The server drains. */
void notify_stopping(struct notify *notify, const char *status);

/* Every thread serves. */
void notify_watchdog(struct notify *notify);

#endif
