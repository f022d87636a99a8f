#include "net/socket_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool socket_file_is(const struct address *address)
{
	return address->any.sa_family == AF_UNIX && address->local.sun_path[0] != '\0';
}

/* Through the descriptor of what has been looked at, so that nobody can put something else into its
 * place meanwhile. A descriptor of this kind knows no fchmod(). */
static int hand_over_opened(int fd, const struct socket_rights *rights)
{
	char path[32];
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISSOCK(status.st_mode) || status.st_uid != geteuid())
		return -EPERM;
	if (fchownat(fd, "", rights->uid, rights->gid, AT_EMPTY_PATH) < 0)
		return -errno;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return chmod(path, rights->mode) < 0 ? -errno : 0;
}

static int hand_over(const struct address *address, const struct socket_rights *rights)
{
	int fd = open(address->local.sun_path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int error = fd < 0 ? -errno : hand_over_opened(fd, rights);

	if (fd >= 0)
		(void)close(fd);
	return error;
}

static int bind_once(int fd, const struct address *address, const struct socket_rights *rights)
{
	int error;

	/* bind() gives the file the socket's own mode: nobody gets in before we have set ours. */
	if (fchmod(fd, S_IRUSR | S_IWUSR) < 0)
		return -errno;
	if (bind(fd, &address->any, address->length) < 0)
		return -errno;
	error = hand_over(address, rights);
	if (error)
		(void)unlink(address->local.sun_path);
	return error;
}

/* Does anyone serve the socket file? -ECONNREFUSED: nobody. Anything else that connect() says, also
 * EPROTOTYPE (another type of socket) and EAGAIN (its queue is full), means that someone does. */
static int connect_try(enum transport transport, const struct address *address)
{
	int fd = socket(AF_UNIX, transports[transport].socket_type | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0);
	int error;

	if (fd < 0)
		return -errno;
	error = connect(fd, &address->any, address->length) < 0 ? -errno : 0;
	(void)close(fd);
	return error;
}

static int stale_remove(enum transport transport, const struct address *address,
			const struct socket_rights *rights)
{
	const char *path = address->local.sun_path;
	struct stat before, now;
	int error;

	if (lstat(path, &before) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(before.st_mode))
		return -EEXIST;
	if (before.st_uid != geteuid() && before.st_uid != rights->uid)
		return -EPERM;
	error = connect_try(transport, address);
	if (error == -ENOENT)
		return 0;
	if (error != -ECONNREFUSED)
		return -EADDRINUSE;
	/* Another server may have taken the stale file's place since we looked. */
	if (lstat(path, &now) < 0 || now.st_ino != before.st_ino || now.st_dev != before.st_dev)
		return -EADDRINUSE;
	return unlink(path) < 0 ? -errno : 0;
}

int socket_file_bind(int fd, enum transport transport, const struct address *address,
		     const struct socket_rights *rights)
{
	int error = bind_once(fd, address, rights);

	if (error != -EADDRINUSE)
		return error;
	error = stale_remove(transport, address, rights);
	return error ? error : bind_once(fd, address, rights);
}
