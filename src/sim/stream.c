/* Streams of bytes: TCP, where they travel for a while, and UNIX, where they are there at once. */
#include "stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "control.h"
#include "departures.h"
#include "listener.h"
#include "name.h"
#include "option.h"
#include "vector.h"
#include "world.h"

#define CHUNK 4096u
static void arrive(void *argument);

/* How many bytes may be on their way to it and in it. */
static uint32_t capacity(const struct sim_socket *receiver)
{
	const struct sim_socket *sender = receiver->other;
	uint32_t own = (uint32_t)option_value(receiver, OPTION_RCVBUF);
	uint32_t others = sender ? (uint32_t)option_value(sender, OPTION_SNDBUF) : 0;

	return socket_is_unix(receiver) ? others : own + others;
}

static uint32_t room_of(const struct sim_socket *sender)
{
	const struct sim_socket *receiver = sender->other;
	uint32_t limit;

	if (sender->stuck)
		return 0;
	if (!receiver)
		return (uint32_t)option_value(sender, OPTION_SNDBUF) - sender->swallowed;
	limit = capacity(receiver);
	return limit > receiver->in.bytes.length ? limit - receiver->in.bytes.length : 0;
}

/* TCP wants a third of the buffer to be free, UNIX three quarters. */
static bool is_writable(const struct sim_socket *sender)
{
	const struct sim_socket *receiver = sender->other;
	uint32_t limit, used;

	if (sender->stuck)
		return false;
	limit = receiver ? capacity(receiver) : (uint32_t)option_value(sender, OPTION_SNDBUF);
	used = receiver ? receiver->in.bytes.length : sender->swallowed;
	return socket_is_unix(sender) ? used <= limit / 4 : used <= limit - limit / 3;
}

void stream_await_arrival(struct sim_socket *receiver)
{
	if (receiver->in.arrival == 0)
		receiver->in.arrival = world_at(world_now_ns() + socket_delay_ns(), arrive,
						receiver);
}

static void end_arrived(struct sim_socket *receiver)
{
	receiver->in.end_follows = false;
	receiver->read_ended = true;
	receiver->ended_by_fin = !socket_is_unix(receiver);
}

/* Bytes have come, some or all of those under way; behind the last of them perhaps the end. */
static void arrive(void *argument)
{
	struct sim_socket *receiver = argument;
	struct incoming *in = &receiver->in;
	uint32_t coming = in->bytes.length - in->visible;
	uint32_t events = 0;

	in->arrival = 0;
	if (coming > 1 && (world_random() & 3) == 0)
		coming = 1 + world_below(coming);
	if (coming > 0) {
		in->visible += coming;
		receiver->stamp_ns = world_wall_ns();
		events = POLLIN;
	}
	if (in->visible == in->bytes.length && in->reset_follows) {
		socket_break(receiver, receiver->ended_by_fin ? EPIPE : ECONNRESET);
		return;
	}
	if (in->visible == in->bytes.length && in->end_follows) {
		end_arrived(receiver);
		events = POLLIN | POLLRDHUP | (receiver->write_ended ? POLLHUP : 0u);
	}
	if (in->visible < in->bytes.length)
		stream_await_arrival(receiver);
	file_changed(&receiver->file, events);
}

/* UNIX: at once. */
static void send_on(struct sim_socket *receiver)
{
	if (!socket_is_unix(receiver)) {
		stream_await_arrival(receiver);
		return;
	}
	if (receiver->in.arrival == 0)
		receiver->in.visible = receiver->in.bytes.length;
	file_changed(&receiver->file, POLLIN);
}

static int receive_fault(struct sim_socket *socket)
{
	static const int errors[] = { ECONNRESET, ETIMEDOUT, EHOSTUNREACH };
	int error;

	if (socket->state != SOCKET_CONNECTED || !socket_fault(socket, FAULT_RECEIVE_ERROR))
		return 0;
	error = socket_is_unix(socket) ? ECONNRESET : errors[world_below(ARRAY_SIZE(errors))];
	sim_socket_reset(socket);
	return -error;
}

/* Part of what has arrived turns out to be still on its way. */
static void hide_some(struct sim_socket *socket)
{
	struct incoming *in = &socket->in;

	if (in->visible < 2 || socket->read_ended)
		return;
	if (socket_fault(socket, FAULT_DRIBBLE))
		in->visible = 1;
	else if (socket_fault(socket, FAULT_SHORT_RECEIVE))
		in->visible = 1 + world_below(in->visible - 1);
	else
		return;
	stream_await_arrival(socket);
}

/* Nothing is there: why? */
static ssize_t receive_nothing(struct sim_socket *socket)
{
	int error;

	if (socket->ended_by_fin)
		return 0;
	error = socket_take_error(socket);
	if (error)
		return error;
	if (socket->read_ended)
		return 0;
	if (socket->state == SOCKET_CONNECTED || socket->state == SOCKET_CONNECTING)
		return -EAGAIN;
	return socket_is_unix(socket) ? -EINVAL : -ENOTCONN;
}

/* What has been read makes room for more. */
static void read_off(struct sim_socket *socket, uint32_t length)
{
	struct sim_socket *sender = socket->other;
	bool before = sender && is_writable(sender);

	byte_queue_drop(&socket->in.bytes, length);
	socket->in.visible -= length;
	if (!sender)
		return;
	sender->taken += length;
	if (!before && is_writable(sender))
		file_changed(&sender->file, POLLOUT);
}

static void copy_out(const struct sim_socket *socket, const struct msghdr *header, uint32_t length)
{
	const struct byte_queue *bytes = &socket->in.bytes;
	uint8_t chunk[CHUNK];

	/* The usual case needs no copy in between. */
	if (header->msg_iovlen == 1) {
		byte_queue_copy(bytes, 0, header->msg_iov[0].iov_base, length);
		return;
	}
	for (uint32_t at = 0, part; at < length; at += part) {
		part = length - at < CHUNK ? length - at : CHUNK;
		byte_queue_copy(bytes, at, chunk, part);
		(void)vector_write(header, at, chunk, part);
	}
}

static ssize_t stream_receive(struct sim_socket *socket, struct msghdr *header, int flags)
{
	size_t wanted = vector_length(header);
	uint32_t length;
	int error = receive_fault(socket);

	if (error)
		return error;
	hide_some(socket);
	if (socket->in.visible == 0)
		return receive_nothing(socket);
	length = wanted < socket->in.visible ? (uint32_t)wanted : socket->in.visible;
	if (!(flags & MSG_TRUNC) || socket_is_unix(socket))
		copy_out(socket, header, length);
	header->msg_namelen = 0;
	control_of_stream(socket, header);
	if (!(flags & MSG_PEEK))
		read_off(socket, length);
	return length;
}

/* May anything be sent? 0: yes. */
static int send_refused(struct sim_socket *socket)
{
	int error;

	if (socket->state == SOCKET_CONNECTING)
		return -EAGAIN;
	if (socket->state == SOCKET_CONNECTED && !socket->write_ended && socket->error == 0)
		return 0;
	if (socket_is_unix(socket))
		return socket->state == SOCKET_FRESH ? -ENOTCONN : -EPIPE;
	error = socket_take_error(socket);
	return error ? error : -EPIPE;
}

static int send_fault(struct sim_socket *socket)
{
	static const int errors[] = { ECONNRESET, EPIPE, ENOBUFS, ENOMEM };
	int error;

	if (socket_fault(socket, FAULT_SEND_AGAIN)) {
		socket_stick(socket);
		return -EAGAIN;
	}
	if (!socket_fault(socket, FAULT_SEND_ERROR))
		return 0;
	error = errors[world_below(ARRAY_SIZE(errors))];
	if (error == ECONNRESET || error == EPIPE)
		sim_socket_reset(socket);
	return -error;
}

static int copy_in(struct byte_queue *queue, const struct msghdr *header, uint32_t length)
{
	uint8_t chunk[CHUNK];

	if (header->msg_iovlen == 1)
		return byte_queue_add(queue, header->msg_iov[0].iov_base, length);
	for (uint32_t at = 0, part; at < length; at += part) {
		part = (uint32_t)vector_read(header, at, chunk,
					     length - at < CHUNK ? length - at : CHUNK);
		if (byte_queue_add(queue, chunk, part) < 0)
			return at > 0 ? 0 : -ENOMEM;
	}
	return 0;
}

/* To one that has gone: the answer is a reset. */
static void send_into_void(struct sim_socket *socket, uint32_t length)
{
	socket->swallowed += length;
	if (socket->in.reset_follows || socket->event != 0)
		return;
	socket->in.reset_follows = true;
	stream_await_arrival(socket);
}

static int pass_on(struct sim_socket *socket, const struct msghdr *header, uint32_t length)
{
	int error;

	if (!socket->other) {
		send_into_void(socket, length);
		return 0;
	}
	error = copy_in(&socket->other->in.bytes, header, length);
	if (!error && !socket->other->vanished && !socket->vanished)
		send_on(socket->other);
	return error;
}

static ssize_t stream_send(struct sim_socket *socket, const struct msghdr *header, int flags)
{
	size_t wanted = vector_length(header);
	uint32_t length, room;
	int error = send_refused(socket);

	if (!error)
		error = send_fault(socket);
	if (error)
		return error;
	if (wanted == 0)
		return 0;
	room = room_of(socket);
	if (room == 0)
		return -EAGAIN;
	length = wanted < room ? (uint32_t)wanted : room;
	if (length > 1 && socket_fault(socket, FAULT_SHORT_SEND)) {
		length = 1 + world_below(length - 1);
		socket_stick(socket);
	}
	error = pass_on(socket, header, length);
	if (error)
		return error;
	departures_add(socket, NULL, length);
	return length;
}

static uint32_t stream_ready(const struct sim_socket *socket)
{
	uint32_t events = 0;

	if (socket->state == SOCKET_LISTENING)
		return listener_ready(socket);
	if (socket->error)
		events |= POLLERR;
	if (socket->state == SOCKET_CONNECTING)
		return events;
	if ((socket->read_ended && socket->write_ended) || socket->state == SOCKET_ENDED ||
	    socket->state == SOCKET_FRESH)
		events |= POLLHUP;
	if (socket->read_ended)
		events |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (socket->in.visible > 0)
		events |= POLLIN | POLLRDNORM;
	if (socket->write_ended || is_writable(socket))
		events |= POLLOUT | POLLWRNORM;
	return events;
}

static int may_connect(const struct sim_socket *socket)
{
	if (socket->state == SOCKET_CONNECTING)
		return -EALREADY;
	return socket->state == SOCKET_FRESH || socket->state == SOCKET_ENDED ? 0 : -EISCONN;
}

static int tcp_connect(struct sim_socket *socket, const struct socket_name *to)
{
	int error = may_connect(socket);

	if (error == -EISCONN && socket->connect_pending) {
		socket->connect_pending = false;
		return 0;
	}
	return error ? error : connect_begin(socket, to);
}

const struct socket_kind kind_tcp = {
	.name = "tcp",
	.connect = tcp_connect,
	.receive = stream_receive,
	.send = stream_send,
	.ready = stream_ready,
	.shut = stream_tcp_shut,
	.finish = stream_tcp_finish,
};

const struct socket_kind kind_unix_stream = {
	.name = "unix",
	.connect = connect_now,
	.receive = stream_receive,
	.send = stream_send,
	.ready = stream_ready,
	.shut = stream_unix_shut,
	.finish = stream_unix_finish,
};
