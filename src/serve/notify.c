#include "notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/log.h"

void notify_init(struct notify *ret_notify)
{
	const char *path = getenv("NOTIFY_SOCKET");
	uint64_t watchdog_us = 0;

	*ret_notify = (struct notify){ .listens = path && *path };
	if (ret_notify->listens && sd_watchdog_enabled(0, &watchdog_us) > 0)
		ret_notify->watchdog_ns = watchdog_us * NS_PER_US;
}

/* A manager that cannot be told may end us: that is worth a line, but not the end. */
static void tell(struct notify *notify, const char *state)
{
	int told;

	if (!notify->listens)
		return;
	told = sd_notify(0, state);
	if (told < 0 && !notify->warned) {
		notify->warned = true;
		warning("the service manager (NOTIFY_SOCKET) cannot be told: %s", strerror(-told));
	}
}

static void tell_with_status(struct notify *notify, const char *what, const char *status)
{
	char state[512];

	(void)snprintf(state, sizeof(state), "%sSTATUS=%s", what, status);
	tell(notify, state);
}

void notify_ready(struct notify *notify, const char *status)
{
	tell_with_status(notify, "READY=1\n", status);
}

void notify_status(struct notify *notify, const char *status)
{
	tell_with_status(notify, "", status);
}

void notify_stopping(struct notify *notify, const char *status)
{
	tell_with_status(notify, "STOPPING=1\n", status);
}

void notify_watchdog(struct notify *notify)
{
	tell(notify, "WATCHDOG=1");
}
