#include "net/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* A dying io_uring process keeps its ports bound for 7 to 12 ms after it has been reaped. Clients
 * wait for us, so the pauses are short; 600 ms in all. */
#define BIND_PAUSE_NS (2 * NS_PER_MS)
#define BIND_RETRY_COUNT 300

/* What the kernel takes from us that it cannot send yet: of a peer that reads nothing it would take
 * 3 MiB by itself, and grow the receive buffer to 8 MiB on the way, so that a hundred of them use
 * up the memory of TCP for the whole host. What is in flight does not count, so no rate suffers:
 * 64 KiB requests, four deep, were as fast with it. */
#define UNSENT_BYTES_MAX (128 * 1024)

static int option_set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int nonblocking_socket(enum transport transport, int family)
{
	int fd = socket(family, transports[transport].socket_type | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0);

	return fd < 0 ? -errno : fd;
}

/* What every TCP socket of ours has. Accepted connections inherit all of it from the listener on
 * Linux, which saves system calls for each of them. */
static int tcp_prepare(int fd, const struct socket_options *options)
{
	/* The last small segment of a bulk reply would wait 40 ms for a delayed ACK. */
	int error = option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);

	if (!error && options->keepalive)
		error = option_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	if (!error && options->user_timeout_ns)
		error = option_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
				   (int)(options->user_timeout_ns / NS_PER_MS));
	return error;
}

/* [::] serves IPv4 as well; any other IPv6 address leaves IPv4 to others. */
static int v6_prepare(int fd, const struct address *address)
{
	return option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, !address_is_any(&address->any));
}

/* A datagram to a socket bound to all addresses must be answered from the one that was asked, so
 * the kernel has to tell which it was. */
static int udp_prepare(int fd, const struct address *address)
{
	if (!address_is_any(&address->any))
		return 0;
	if (address->any.sa_family == AF_INET6)
		return option_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	return option_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

static int listener_prepare(int fd, enum transport transport, const struct address *address,
			    const struct socket_options *options)
{
	int error = 0;

	/* Connections of a former server in TIME_WAIT must not keep us from its port. */
	if (transport == TRANSPORT_TCP)
		error = option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (!error && transport == TRANSPORT_TCP)
		error = tcp_prepare(fd, options);
	if (!error && transport == TRANSPORT_TCP)
		error = option_set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX);
	if (!error && transport == TRANSPORT_UDP)
		error = udp_prepare(fd, address);
	if (!error && address->any.sa_family == AF_INET6)
		error = v6_prepare(fd, address);
	return error;
}

static int bind_once(int fd, enum transport transport, const struct address *address,
		     const struct socket_options *options)
{
	static const struct socket_rights standard = { SOCKET_MODE_STANDARD, (uid_t)-1, (gid_t)-1 };

	if (socket_file_is(address))
		return socket_file_bind(fd, transport, address,
					options->rights ? options->rights : &standard);
	return bind(fd, &address->any, address->length) < 0 ? -errno : 0;
}

static int bind_patiently(int fd, enum transport transport, const struct address *address,
			  const struct socket_options *options)
{
	const struct timespec pause = { .tv_nsec = BIND_PAUSE_NS };
	int error = bind_once(fd, transport, address, options);

	for (int i = 0; error == -EADDRINUSE && i < BIND_RETRY_COUNT; i++) {
		(void)nanosleep(&pause, NULL);
		error = bind_once(fd, transport, address, options);
	}
	return error;
}

static const char *internet_reason(int error)
{
	switch (error) {
	case -EADDRINUSE:
		return "another process has that port";
	case -EADDRNOTAVAIL:
		return "that is no address of this host";
	case -EACCES:
		return "a port that low needs CAP_NET_BIND_SERVICE";
	case -EAFNOSUPPORT:
		return "this host has no IPv6";
	default:
		return strerror(-error);
	}
}

static const char *local_reason(int error)
{
	switch (error) {
	case -EADDRINUSE:
		return "a server is listening there";
	case -EEXIST:
		return "something that is no socket stands there";
	case -ENOENT:
		return "there is no such directory";
	case -EACCES:
		return "no right to write in that directory";
	case -EPERM:
		return "another user's socket stands there";
	default:
		return strerror(-error);
	}
}

static int listen_failed(enum transport transport, const struct address *address, int error,
			 struct error *ret_error)
{
	return error_set(ret_error, error, "cannot listen at %s: %s",
			 address_url(transport, &address->any, address->length).text,
			 transports[transport].local ? local_reason(error)
						     : internet_reason(error));
}

/* A socket with all its options, bound. */
static int bound_socket(enum transport transport, const struct address *address,
			const struct socket_options *options, bool shared, int *ret_fd,
			struct error *ret_error)
{
	int fd = nonblocking_socket(transport, address->any.sa_family);
	int error = fd < 0 ? fd : listener_prepare(fd, transport, address, options);

	if (!error && shared)
		error = option_set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (error)
		(void)listen_failed(transport, address, error, ret_error);
	else if (options->extras)
		error = sockopt_apply(options->extras, fd, transport, ret_error);
	if (!error) {
		error = bind_patiently(fd, transport, address, options);
		if (error)
			(void)listen_failed(transport, address, error, ret_error);
	}
	if (!error)
		*ret_fd = fd;
	else if (fd >= 0)
		(void)close(fd);
	return error;
}

int socket_try(enum transport transport, const struct address *address,
	       const struct socket_options *options, struct error *ret_error)
{
	struct address free_port = *address;
	int fd = -1, error;

	address_set_port(&free_port, 0);
	error = bound_socket(transport, &free_port, options, false, &fd, ret_error);
	if (error)
		return listen_failed(transport, address, error, ret_error);
	(void)close(fd);
	return 0;
}

/* SO_REUSEPORT would let us join another server of the same user unnoticed, and with port 0 the
 * kernel may choose the port of such a one: bind alone first, for the port. */
static int port_claim(enum transport transport, const struct address *address,
		      const struct socket_options *options, struct address *ret_address,
		      struct error *ret_error)
{
	int fd = -1;
	int error = bound_socket(transport, address, options, false, &fd, ret_error);

	if (error)
		return error;
	error = address_of_socket(fd, ret_address);
	(void)close(fd);
	return error ? listen_failed(transport, address, error, ret_error) : 0;
}

static int duplicate(int fd, int *ret_fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return -errno;
	*ret_fd = copy;
	return 0;
}

/* Close what has been bound; a socket file is ours then, and goes too. */
static void all_undo(const struct address *address, const int *fds, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		(void)close(fds[i]);
	if (socket_file_is(address))
		(void)unlink(address->local.sun_path);
}

/* The sockets behind the first: UNIX listeners cannot be siblings, but one can be shared. */
static int sibling_open(enum transport transport, const struct address *address,
			const struct socket_options *options, int first, int *ret_fd,
			struct error *ret_error)
{
	int error;

	if (!transports[transport].local)
		return bound_socket(transport, address, options, true, ret_fd, ret_error);
	error = duplicate(first, ret_fd);
	return error ? listen_failed(transport, address, error, ret_error) : 0;
}

/* count bound sockets, or none. */
static int all_bind(enum transport transport, const struct address *address,
		    const struct socket_options *options, uint32_t count, int *ret_fds,
		    struct error *ret_error)
{
	bool shared = count > 1 && !transports[transport].local;
	struct address claimed = *address;
	uint32_t opened = 1;
	int error = 0;

	if (shared)
		error = port_claim(transport, address, options, &claimed, ret_error);
	if (!error)
		error = bound_socket(transport, &claimed, options, shared, &ret_fds[0], ret_error);
	if (error)
		return error;
	while (opened < count) {
		error = sibling_open(transport, &claimed, options, ret_fds[0], &ret_fds[opened],
				     ret_error);
		if (error) {
			all_undo(address, ret_fds, opened);
			return error;
		}
		opened++;
	}
	return 0;
}

static int all_listen(enum transport transport, const struct socket_options *options,
		      uint32_t count, const int *fds)
{
	int backlog = options->backlog ? (int)options->backlog : SOMAXCONN;

	if (!transports[transport].connected)
		return 0;
	for (uint32_t i = 0; i < count; i++)
		if (listen(fds[i], backlog) < 0)
			return -errno;
	return 0;
}

/* What has been bound, to be told and to be unlinked: by its number, or else it would stay. */
static int listening_describe(int fd, const struct address *asked, struct listening *ret_listening)
{
	struct listening listening = { .inode = 0 };
	struct stat status = { 0 };
	int error = address_of_socket(fd, &listening.address);

	if (!error && socket_file_is(asked) && lstat(asked->local.sun_path, &status) < 0)
		error = -errno;
	if (error)
		return error;
	listening.device = status.st_dev;
	listening.inode = status.st_ino;
	*ret_listening = listening;
	return 0;
}

int socket_listen(enum transport transport, const struct address *address,
		  const struct socket_options *options, uint32_t count, int *ret_fds,
		  struct listening *ret_listening, struct error *ret_error)
{
	int error = all_bind(transport, address, options, count, ret_fds, ret_error);

	if (error)
		return error;
	error = all_listen(transport, options, count, ret_fds);
	if (!error)
		error = listening_describe(ret_fds[0], address, ret_listening);
	if (!error)
		return 0;
	all_undo(address, ret_fds, count);
	return listen_failed(transport, address, error, ret_error);
}

static int option_get(int fd, int option, int *ret_value)
{
	socklen_t size = sizeof(*ret_value);

	return getsockopt(fd, SOL_SOCKET, option, ret_value, &size) < 0 ? -errno : 0;
}

static int transport_find(int family, int type, enum transport *ret_transport)
{
	bool local = family == AF_UNIX;

	if (!local && family != AF_INET && family != AF_INET6)
		return -EPROTOTYPE;
	for (int i = 0; i < TRANSPORT_COUNT; i++) {
		if (transports[i].local != local || transports[i].socket_type != type)
			continue;
		*ret_transport = (enum transport)i;
		return 0;
	}
	return -EPROTOTYPE;
}

int socket_transport(int fd, enum transport *ret_transport)
{
	int family = AF_UNSPEC, type = 0, listens = 0;
	enum transport transport = TRANSPORT_TCP;
	int error = option_get(fd, SO_DOMAIN, &family);

	if (!error)
		error = option_get(fd, SO_TYPE, &type);
	if (!error)
		error = transport_find(family, type, &transport);
	if (!error && transports[transport].connected)
		error = option_get(fd, SO_ACCEPTCONN, &listens);
	if (!error && transports[transport].connected && !listens)
		error = -EINVAL;
	if (!error)
		*ret_transport = transport;
	return error;
}

static int adopted_prepare(int fd, enum transport transport, const struct socket_options *options)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return transport == TRANSPORT_TCP ? tcp_prepare(fd, options) : 0;
}

int socket_adopt(int fd, enum transport transport, const struct socket_options *options,
		 uint32_t count, int *ret_fds, struct listening *ret_listening,
		 struct error *ret_error)
{
	struct listening listening = { .inode = 0 };
	uint32_t opened = 0;
	int error = address_of_socket(fd, &listening.address);

	if (!error)
		error = adopted_prepare(fd, transport, options);
	if (error)
		return error_set(ret_error, error, "the socket that was passed as %d: %s", fd,
				 strerror(-error));
	if (options->extras)
		error = sockopt_apply(options->extras, fd, transport, ret_error);
	if (error)
		return error;
	while (opened < count && !error) {
		error = duplicate(fd, &ret_fds[opened]);
		opened += !error;
	}
	if (error) {
		while (opened > 0)
			(void)close(ret_fds[--opened]);
		return listen_failed(transport, &listening.address, error, ret_error);
	}
	*ret_listening = listening;
	return 0;
}

void socket_unlink(const struct listening *listening)
{
	const char *path = listening->address.local.sun_path;
	struct stat status;

	if (listening->inode && lstat(path, &status) == 0 && status.st_ino == listening->inode &&
	    status.st_dev == listening->device)
		(void)unlink(path);
}

/* A datagram socket without a name could not be answered: the kernel chooses an abstract one. */
static int name_take(int fd)
{
	const struct sockaddr_un unnamed = { .sun_family = AF_UNIX };

	return bind(fd, (const struct sockaddr *)&unnamed, sizeof(unnamed.sun_family)) < 0 ? -errno
											   : 0;
}

int socket_client(enum transport transport, const struct address *address,
		  const struct socket_options *options, int *ret_fd, struct error *ret_error)
{
	int fd = nonblocking_socket(transport, address->any.sa_family);
	int error = fd < 0 ? fd : 0;

	if (!error && transport == TRANSPORT_TCP)
		error = tcp_prepare(fd, options);
	if (!error && transport == TRANSPORT_UNIXGRAM)
		error = name_take(fd);
	if (error)
		(void)error_set(ret_error, error, "cannot make a %s socket: %s",
				transports[transport].name, strerror(-error));
	else if (options->extras)
		error = sockopt_apply(options->extras, fd, transport, ret_error);
	if (!error)
		*ret_fd = fd;
	else if (fd >= 0)
		(void)close(fd);
	return error;
}
