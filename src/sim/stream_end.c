/* How streams end: the end of one side, a reset, and a peer that is heard of no more. */
#include "stream.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "option.h"
#include "world.h"

/* How long a peer that is heard of no more is waited for, where TCP_USER_TIMEOUT does not say. */
#define VANISHED_NS (120 * NS_PER_S)

static void unlink_other(struct sim_socket *socket)
{
	if (socket->other)
		socket->other->other = NULL;
	socket->other = NULL;
}

void socket_break(struct sim_socket *socket, int error)
{
	world_forget(socket->event);
	world_forget(socket->in.arrival);
	socket->event = socket->in.arrival = 0;
	socket->in.reset_follows = socket->in.end_follows = false;
	socket->error = error;
	socket->read_ended = socket->write_ended = true;
	socket->state = SOCKET_ENDED;
	unlink_other(socket);
	file_changed(&socket->file, POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR);
}

/* The other side has been told that something is wrong. */
static void send_reset(struct sim_socket *receiver)
{
	if (socket_is_unix(receiver)) {
		socket_break(receiver, ECONNRESET);
		return;
	}
	receiver->in.reset_follows = true;
	stream_await_arrival(receiver);
}

void sim_socket_reset(struct sim_socket *socket)
{
	struct sim_socket *other = socket->other;

	if (socket->state == SOCKET_ENDED)
		return;
	unlink_other(socket);
	if (other && !socket->vanished)
		send_reset(other);
	socket_break(socket, 0);
}

/* What is not acknowledged for too long, or is kept alive in vain, ends a connection. */
static void look_for_vanished(void *argument)
{
	struct sim_socket *socket = argument;

	socket->event = 0;
	if (socket->swallowed > 0 || option_value(socket, OPTION_KEEPALIVE) ||
	    (socket->other && socket->other->in.bytes.length > 0))
		socket_break(socket, ETIMEDOUT);
	else
		socket->event = world_at(world_now_ns() + VANISHED_NS, look_for_vanished, socket);
}

void sim_socket_vanish(struct sim_socket *socket)
{
	struct sim_socket *other = socket->other;
	uint64_t timeout_ns = VANISHED_NS;

	socket->vanished = true;
	if (!other)
		return;
	if (option_value(other, OPTION_USER_TIMEOUT))
		timeout_ns = (uint64_t)option_value(other, OPTION_USER_TIMEOUT) * NS_PER_MS;
	if (!socket_is_unix(socket) && other->event == 0)
		other->event = world_at(world_now_ns() + timeout_ns, look_for_vanished, other);
}

void stream_tcp_shut(struct sim_socket *socket, bool read, bool write)
{
	struct sim_socket *other = socket->other;

	if (!write || !other || socket->vanished)
		return;
	other->in.end_follows = true;
	if (!other->vanished)
		stream_await_arrival(other);
}

void stream_unix_shut(struct sim_socket *socket, bool read, bool write)
{
	struct sim_socket *other = socket->other;

	if (!other)
		return;
	if (write && other->in.arrival)
		other->in.end_follows = true;
	else
		other->read_ended |= write;
	other->write_ended |= read;
	file_changed(&other->file, POLLIN | POLLRDHUP | POLLHUP | POLLOUT);
}

static bool closes_by_reset(const struct sim_socket *socket)
{
	bool lingers_not = option_value(socket, OPTION_LINGER_ON) &&
			   option_value(socket, OPTION_LINGER_S) == 0;

	return socket->in.bytes.length > 0 || (lingers_not && !socket_is_unix(socket));
}

void stream_tcp_finish(struct sim_socket *socket)
{
	struct sim_socket *other = socket->other;

	if (!other)
		return;
	unlink_other(socket);
	if (socket->vanished)
		return;
	if (closes_by_reset(socket))
		other->in.reset_follows = true;
	else
		other->in.end_follows |= !socket->write_ended;
	if (other->in.reset_follows || other->in.end_follows)
		stream_await_arrival(other);
}

void stream_unix_finish(struct sim_socket *socket)
{
	struct sim_socket *other = socket->other;

	if (!other)
		return;
	unlink_other(socket);
	if (closes_by_reset(socket))
		other->error = ECONNRESET;
	other->write_ended = true;
	if (other->in.arrival)
		other->in.end_follows = true;
	else
		other->read_ended = true;
	file_changed(&other->file, POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
}
