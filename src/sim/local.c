/* UNIX records (SOCK_SEQPACKET) and UNIX datagrams: they are there at once, or there is no room. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "control.h"
#include "listener.h"
#include "message.h"
#include "name.h"
#include "option.h"
#include "socket_struct.h"
#include "vector.h"
#include "world.h"

/* net.unix.max_dgram_qlen of most hosts; one more than that fit. */
#define QUEUE_MAX 10u
#define LENGTH_BESIDE 32u /* the kernel's, of the send buffer */

static bool is_full(const struct sim_socket *receiver, const struct sim_socket *sender)
{
	return receiver->other != sender && receiver->messages.count > QUEUE_MAX;
}

static bool fits(const struct sim_socket *sender, const struct sim_socket *receiver,
		 uint32_t length)
{
	uint32_t limit = (uint32_t)option_value(sender, OPTION_SNDBUF);

	return !sender->stuck && receiver->messages.bytes + length <= limit;
}

/* It had no room for what this one sent: it is told of room from now on, until it has sent. */
static void refuse(struct sim_socket *receiver, struct sim_socket *sender)
{
	if (sender->refused_before)
		return;
	sender->refused_next = receiver->refused_first;
	sender->refused_before = &receiver->refused_first;
	if (sender->refused_next)
		sender->refused_next->refused_before = &sender->refused_next;
	receiver->refused_first = sender;
}

static void refuse_no_more(struct sim_socket *sender)
{
	if (!sender->refused_before)
		return;
	*sender->refused_before = sender->refused_next;
	if (sender->refused_next)
		sender->refused_next->refused_before = sender->refused_before;
	sender->refused_before = NULL;
}

/* Who has sent it may send more, and so may those who could not. */
static void tell_sender(struct sim_socket *receiver, const struct sim_message *message)
{
	struct sim_socket *sender = receiver->other;

	if (!sender && message->from.length > 0)
		sender = socket_find_receiver(SOCK_DGRAM, &message->from, &receiver->name);
	if (sender)
		file_changed(&sender->file, POLLOUT);
	for (struct sim_socket *at = receiver->refused_first; at; at = at->refused_next)
		if (at != sender)
			file_changed(&at->file, POLLOUT);
}

static ssize_t receive_nothing(const struct sim_socket *socket)
{
	if (socket->type == SOCK_SEQPACKET && socket->read_ended)
		return 0;
	if (socket->type == SOCK_SEQPACKET && socket->state != SOCKET_CONNECTED)
		return -ENOTCONN;
	return -EAGAIN;
}

static ssize_t local_receive(struct sim_socket *socket, struct msghdr *header, int flags)
{
	struct sim_message *message;
	int error = socket_take_error(socket);
	ssize_t length;

	if (error)
		return error;
	message = socket->messages.head;
	if (!message)
		return receive_nothing(socket);
	length = message_tell(message, header, flags);
	if (header->msg_name && socket->type == SOCK_DGRAM && message->from.length > 0)
		socket_name_tell(&message->from, AF_UNIX, header->msg_name, &header->msg_namelen);
	else
		header->msg_namelen = 0;
	control_of_message(socket, message, header);
	if (flags & MSG_PEEK)
		return length;
	message = message_queue_take(&socket->messages);
	tell_sender(socket, message);
	free(message);
	return length;
}

static int send_fault(struct sim_socket *socket)
{
	if (socket_fault(socket, FAULT_SEND_AGAIN)) {
		socket_stick(socket);
		return -EAGAIN;
	}
	if (!socket_fault(socket, FAULT_SEND_ERROR))
		return 0;
	return world_below(2) ? -ENOBUFS : -ENOMEM;
}

static ssize_t deliver(struct sim_socket *socket, struct sim_socket *receiver,
		       const struct msghdr *header)
{
	size_t length = vector_length(header);
	struct sim_message *message;

	if (length + LENGTH_BESIDE > (uint32_t)option_value(socket, OPTION_SNDBUF))
		return -EMSGSIZE;
	if (is_full(receiver, socket))
		refuse(receiver, socket);
	if (is_full(receiver, socket) || !fits(socket, receiver, (uint32_t)length))
		return -EAGAIN;
	refuse_no_more(socket);
	message = message_make(header, 0, (uint32_t)length);
	if (!message)
		return -ENOMEM;
	message->from = socket->name;
	message->stamp_ns = world_wall_ns();
	message_queue_add(&receiver->messages, message);
	file_changed(&receiver->file, POLLIN);
	return (ssize_t)length;
}

static ssize_t record_send(struct sim_socket *socket, const struct msghdr *header, int flags)
{
	int error = socket_take_error(socket);

	if (error)
		return error;
	if (socket->state != SOCKET_CONNECTED)
		return -ENOTCONN;
	if (!socket->other || socket->write_ended || socket->other->read_ended)
		return -EPIPE;
	error = send_fault(socket);
	return error ? error : deliver(socket, socket->other, header);
}

/* Whom a datagram is for. */
static int find_receiver(struct sim_socket *socket, const struct msghdr *header,
			 struct sim_socket **ret_receiver)
{
	struct socket_name to = socket->remote;
	struct sim_socket *receiver = socket->other;
	int error;

	if (header->msg_name && header->msg_namelen > 0) {
		error = socket_name_read(socket, header->msg_name, header->msg_namelen, &to);
		if (error)
			return error;
		receiver = NULL;
	} else if (!receiver && to.length == 0) {
		return socket->state == SOCKET_CONNECTED ? -ECONNREFUSED : -ENOTCONN;
	}
	if (!receiver)
		receiver = socket_find_receiver(SOCK_DGRAM, &to, &socket->name);
	if (!receiver)
		return socket->remote.length > 0 ? -ECONNREFUSED : socket_name_missing(&to);
	if (receiver->remote.length > 0 && !socket_name_equal(&receiver->remote, &socket->name))
		return -EPERM;
	*ret_receiver = receiver;
	return 0;
}

static ssize_t datagram_send(struct sim_socket *socket, const struct msghdr *header, int flags)
{
	struct sim_socket *receiver = NULL;
	int error = find_receiver(socket, header, &receiver);

	if (!receiver)
		return error;
	if (socket->write_ended || receiver->read_ended)
		error = -EPIPE;
	if (!error)
		error = send_fault(socket);
	return error ? error : deliver(socket, receiver, header);
}

static bool is_writable(const struct sim_socket *socket)
{
	const struct sim_socket *receiver = socket->other;

	if (socket->stuck)
		return false;
	if (!receiver && socket->type == SOCK_DGRAM && socket->remote.length > 0)
		receiver = socket_find_receiver(SOCK_DGRAM, &socket->remote, &socket->name);
	if (!receiver)
		return true;
	if (socket->type == SOCK_DGRAM)
		return !is_full(receiver, socket);
	return receiver->messages.bytes <= (uint32_t)option_value(socket, OPTION_SNDBUF) / 4;
}

static uint32_t local_ready(const struct sim_socket *socket)
{
	uint32_t events = 0;

	if (socket->state == SOCKET_LISTENING)
		return listener_ready(socket);
	if (socket->error)
		events |= POLLERR;
	if (socket->read_ended && socket->write_ended)
		events |= POLLHUP;
	if (socket->type == SOCK_SEQPACKET && socket->state != SOCKET_CONNECTED)
		events |= POLLHUP;
	if (socket->read_ended)
		events |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (socket->messages.count > 0)
		events |= POLLIN | POLLRDNORM;
	if (is_writable(socket))
		events |= POLLOUT | POLLWRNORM;
	return events;
}

static void record_shut(struct sim_socket *socket, bool read, bool write)
{
	struct sim_socket *other = socket->other;

	if (!other)
		return;
	other->read_ended |= write;
	other->write_ended |= read;
	file_changed(&other->file, POLLIN | POLLRDHUP | POLLHUP | POLLOUT);
}

static void datagram_shut(struct sim_socket *socket, bool read, bool write)
{
}

static void record_finish(struct sim_socket *socket)
{
	struct sim_socket *other = socket->other;

	if (!other)
		return;
	socket->other = other->other = NULL;
	if (socket->messages.count > 0)
		other->error = ECONNRESET;
	other->read_ended = other->write_ended = true;
	file_changed(&other->file, POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
}

static void datagram_finish(struct sim_socket *socket)
{
	if (socket->other)
		socket->other->other = NULL;
	socket->other = NULL;
	refuse_no_more(socket);
	while (socket->messages.head) {
		struct sim_message *message = message_queue_take(&socket->messages);

		tell_sender(socket, message);
		free(message);
	}
	while (socket->refused_first)
		refuse_no_more(socket->refused_first);
}

static int datagram_connect(struct sim_socket *socket, const struct socket_name *to)
{
	if (to->length > 0 && !socket_find_receiver(SOCK_DGRAM, to, &socket->name))
		return socket_name_missing(to);
	socket->remote = *to;
	socket->state = to->length > 0 ? SOCKET_CONNECTED : SOCKET_FRESH;
	return 0;
}

const struct socket_kind kind_unix_record = {
	.name = "seqpacket",
	.connect = connect_now,
	.receive = local_receive,
	.send = record_send,
	.ready = local_ready,
	.shut = record_shut,
	.finish = record_finish,
};

const struct socket_kind kind_unix_datagram = {
	.name = "unixgram",
	.connect = datagram_connect,
	.receive = local_receive,
	.send = datagram_send,
	.ready = local_ready,
	.shut = datagram_shut,
	.finish = datagram_finish,
};
