#include "notify.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "manager.h"

/* How long there may be no room for a message. */
#define ROOM_LIMIT_MS 1000

/* A manager that cannot be told may end us: that is worth a line, but not the end. */
static void warn_once(struct notify *notify, int error)
{
	if (!notify->warned)
		warning("the service manager (NOTIFY_SOCKET) cannot be told: %s",
			error == -EAFNOSUPPORT ? "its address is neither a path nor an abstract "
						 "name (@NAME), the kinds that are known here"
					       : strerror(-error));
	notify->warned = true;
}

/* A path, or the name of an abstract socket behind an @. */
static int address_make(const char *path, struct sockaddr_un *ret_address, socklen_t *ret_length)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || length < 2)
		return -EAFNOSUPPORT;
	if (length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	*ret_address = address;
	*ret_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length +
				  (path[0] == '/' ? 1 : 0));
	return 0;
}

static int connect_to(const char *path, int *ret_fd)
{
	struct sockaddr_un address;
	socklen_t length;
	int fd, error = address_make(path, &address, &length);

	if (error)
		return error;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, length) < 0) {
		error = -errno;
		(void)close(fd);
		return error;
	}
	*ret_fd = fd;
	return 0;
}

void notify_open(struct notify *ret_notify)
{
	const char *path = getenv("NOTIFY_SOCKET");
	int error;

	*ret_notify = (struct notify){ .fd = -1 };
	if (!path || !*path)
		return;
	error = connect_to(path, &ret_notify->fd);
	if (error)
		warn_once(ret_notify, error);
	else
		ret_notify->watchdog_ns = manager_watchdog_ns();
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		(void)close(notify->fd);
	notify->fd = -1;
}

static int send_now(const struct notify *notify, const char *state)
{
	return send(notify->fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static void tell(struct notify *notify, const char *state)
{
	struct pollfd room = { .fd = notify->fd, .events = POLLOUT };
	int error;

	if (notify->fd < 0)
		return;
	error = send_now(notify, state);
	if (error == -EAGAIN && poll(&room, 1, ROOM_LIMIT_MS) > 0)
		error = send_now(notify, state);
	if (error)
		warn_once(notify, error);
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
