#include "net/socket_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Owner and group may connect, whatever the umask. */
#define SOCKET_MODE 0660

bool socket_file_is(const struct address *address)
{
	return address->any.sa_family == AF_UNIX && address->local.sun_path[0] != '\0';
}

static int bind_once(int fd, const struct address *address)
{
	int error;

	/* bind() gives the file the socket's own mode: nobody gets in before we have set ours. */
	(void)fchmod(fd, S_IRUSR | S_IWUSR);
	if (bind(fd, &address->any, address->length) < 0)
		return -errno;
	if (chmod(address->local.sun_path, SOCKET_MODE) == 0)
		return 0;
	error = -errno;
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

static int stale_remove(enum transport transport, const struct address *address)
{
	const char *path = address->local.sun_path;
	struct stat before, now;
	int error;

	if (lstat(path, &before) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(before.st_mode))
		return -EEXIST;
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

int socket_file_bind(int fd, enum transport transport, const struct address *address)
{
	int error = bind_once(fd, address);

	if (error != -EADDRINUSE)
		return error;
	error = stale_remove(transport, address);
	return error ? error : bind_once(fd, address);
}
