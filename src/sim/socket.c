#include "socket.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "departures.h"
#include "listener.h"
#include "message.h"
#include "name.h"
#include "option.h"
#include "socket_struct.h"
#include "world.h"

#define DELAY_NS_MIN 2000u
#define DELAY_NS_SPREAD 65535u /* a mask */
#define STICK_NS_MAX 300000u

static const struct socket_kind *kind_of(int domain, int type)
{
	if (domain == AF_UNIX && type == SOCK_STREAM)
		return &kind_unix_stream;
	if (domain == AF_UNIX && type == SOCK_SEQPACKET)
		return &kind_unix_record;
	if (domain == AF_UNIX && type == SOCK_DGRAM)
		return &kind_unix_datagram;
	if (type == SOCK_STREAM)
		return &kind_tcp;
	return type == SOCK_DGRAM ? &kind_udp : NULL;
}

static uint32_t socket_ready(const struct file *file)
{
	const struct sim_socket *socket = (const struct sim_socket *)file;

	return socket->kind->ready(socket) | (socket->departures.ready > 0 ? POLLERR : 0u);
}

static ssize_t socket_read(struct file *file, void *bytes, size_t length)
{
	struct iovec vector = { .iov_base = bytes, .iov_len = length };
	struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };

	return sim_socket_receive((struct sim_socket *)file, &header, 0);
}

static ssize_t socket_write(struct file *file, const void *bytes, size_t length)
{
	struct iovec vector = { .iov_base = (void *)bytes, .iov_len = length };
	const struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };

	return sim_socket_send((struct sim_socket *)file, &header, 0);
}

static void socket_destroy(struct file *file)
{
	struct sim_socket *socket = (struct sim_socket *)file;

	world_forget(socket->event);
	world_forget(socket->unstick_event);
	world_forget(socket->in.arrival);
	departures_finish(socket);
	accept_queue_refuse(socket);
	socket->kind->finish(socket);
	socket_name_drop(socket);
	message_queue_finish(&socket->messages);
	byte_queue_finish(&socket->in.bytes);
	free(socket);
}

static const struct file_kind file_kind_socket = {
	.name = "socket",
	.ready = socket_ready,
	.read = socket_read,
	.write = socket_write,
	.destroy = socket_destroy,
};

struct sim_socket *sim_socket_of(struct file *file)
{
	return file && file->kind == &file_kind_socket ? (struct sim_socket *)file : NULL;
}

static int make(int domain, int type, bool peer, struct sim_socket **ret_socket)
{
	struct sim_socket *socket = calloc(1, sizeof(*socket));

	if (!socket)
		return -ENOMEM;
	file_init(&socket->file, &file_kind_socket);
	socket->file.nonblocking = type & SOCK_NONBLOCK;
	socket->domain = domain;
	socket->type = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	socket->kind = kind_of(domain, socket->type);
	socket->peer = peer;
	socket->messages.tail = &socket->messages.head;
	socket->accepting.tail = &socket->accepting.head;
	socket->departures.tail = &socket->departures.head;
	socket_options_init(socket);
	*ret_socket = socket;
	return 0;
}

int sim_socket_open(int domain, int type, int protocol, bool peer, struct sim_socket **ret_socket)
{
	int plain = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), wanted = 0, error;

	if (domain != AF_UNIX && domain != AF_INET && domain != AF_INET6)
		return -EAFNOSUPPORT;
	if (!kind_of(domain, plain))
		return -ESOCKTNOSUPPORT;
	if (domain != AF_UNIX)
		wanted = plain == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
	if (protocol != 0 && protocol != wanted)
		return -EPROTONOSUPPORT;
	error = make(domain, type, peer, ret_socket);
	if (!error)
		(*ret_socket)->protocol = wanted;
	return error;
}

int sim_socket_pair(int domain, int type, struct sim_socket *ret_sockets[2])
{
	struct sim_socket *pair[2];
	int error;

	if (domain != AF_UNIX)
		return domain == AF_INET || domain == AF_INET6 ? -EOPNOTSUPP : -EAFNOSUPPORT;
	if (!kind_of(domain, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)))
		return -ESOCKTNOSUPPORT;
	error = make(domain, type, false, &pair[0]);
	if (error)
		return error;
	error = make(domain, type, false, &pair[1]);
	if (error) {
		file_release(&pair[0]->file);
		return error;
	}
	for (int i = 0; i < 2; i++) {
		pair[i]->other = pair[1 - i];
		pair[i]->state = SOCKET_CONNECTED;
		ret_sockets[i] = pair[i];
	}
	return 0;
}

int socket_child(const struct sim_socket *listener, struct sim_socket **ret_socket)
{
	struct sim_socket *child;
	int error = make(listener->domain, listener->type, listener->peer, &child);

	if (error)
		return error;
	child->protocol = listener->protocol;
	child->state = SOCKET_CONNECTED;
	child->name = listener->name;
	/* A UNIX socket inherits nothing. */
	if (!socket_is_unix(listener))
		child->options = listener->options;
	*ret_socket = child;
	return 0;
}

bool socket_fault(const struct sim_socket *socket, enum fault fault)
{
	return !socket->peer && world_fault(fault);
}

uint64_t socket_delay_ns(void)
{
	return DELAY_NS_MIN + (world_random() & DELAY_NS_SPREAD);
}

int socket_take_error(struct sim_socket *socket)
{
	int error = socket->error;

	socket->error = 0;
	return -error;
}

int sim_socket_error(struct sim_socket *socket)
{
	return socket_take_error(socket);
}

static void unstick(void *argument)
{
	struct sim_socket *socket = argument;

	socket->unstick_event = 0;
	socket->stuck = false;
	file_changed(&socket->file, POLLOUT);
}

void socket_stick(struct sim_socket *socket)
{
	if (socket->stuck)
		return;
	socket->stuck = true;
	socket->unstick_event = world_at(world_now_ns() + 1 + world_below(STICK_NS_MAX), unstick,
					 socket);
}

int sim_socket_bind(struct sim_socket *socket, const struct sockaddr *name, socklen_t length)
{
	struct socket_name read;
	int error = socket_name_read(socket, name, length, &read);

	return error ? error : socket_name_take(socket, &read);
}

int sim_socket_connect(struct sim_socket *socket, const struct sockaddr *name, socklen_t length)
{
	struct socket_name read = { .length = 0 };
	int error;

	if (length < sizeof(sa_family_t))
		return -EINVAL;
	/* What AF_UNSPEC dissolves is a datagram socket's connection. */
	if (name->sa_family != AF_UNSPEC || socket->type != SOCK_DGRAM) {
		error = socket_name_read(socket, name, length, &read);
		if (error)
			return error;
	}
	return socket->kind->connect(socket, &read);
}

ssize_t sim_socket_receive(struct sim_socket *socket, struct msghdr *header, int flags)
{
	if (flags & MSG_ERRQUEUE)
		return departures_receive(socket, header);
	header->msg_flags = 0;
	return socket->kind->receive(socket, header, flags);
}

ssize_t sim_socket_send(struct sim_socket *socket, const struct msghdr *header, int flags)
{
	return socket->kind->send(socket, header, flags);
}

int sim_socket_shutdown(struct sim_socket *socket, int how)
{
	bool read = how == SHUT_RD || how == SHUT_RDWR;
	bool write = how == SHUT_WR || how == SHUT_RDWR;

	if (!read && !write)
		return -EINVAL;
	if (socket->state == SOCKET_LISTENING)
		return read ? listener_end(socket) : 0;
	if (socket->remote.length == 0 && !socket->other)
		return -ENOTCONN;
	if (socket->protocol == IPPROTO_TCP && socket->state == SOCKET_ENDED)
		return -ENOTCONN;
	write = write && !socket->write_ended;
	read = read && !socket->read_ended;
	socket->write_ended |= write;
	socket->read_ended |= read;
	socket->kind->shut(socket, read, write);
	file_changed(&socket->file, POLLIN | POLLRDHUP | POLLHUP | POLLOUT);
	return 0;
}

int sim_socket_name(const struct sim_socket *socket, bool peer, struct sockaddr *name,
		    socklen_t *length)
{
	bool connected = socket->state == SOCKET_CONNECTED || socket->remote.length > 0;

	if (peer && (!connected || socket->state == SOCKET_CONNECTING ||
		     (socket->protocol == IPPROTO_TCP && socket->state != SOCKET_CONNECTED)))
		return -ENOTCONN;
	socket_name_tell(peer ? &socket->remote : &socket->name, (sa_family_t)socket->domain, name,
			 length);
	return 0;
}

uint32_t sim_socket_unread(const struct sim_socket *socket)
{
	if (socket->type == SOCK_STREAM)
		return socket->in.visible;
	return message_queue_unread(&socket->messages, socket->type == SOCK_SEQPACKET);
}
