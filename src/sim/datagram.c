#include "datagram.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "control.h"
#include "departures.h"
#include "message.h"
#include "name.h"
#include "option.h"
#include "socket_struct.h"
#include "vector.h"
#include "world.h"

#define LENGTH_MAX_V4 65507u
#define LENGTH_MAX_V6 65527u
#define SEGMENT_MAX 64u
#define COALESCED_MAX 64u
#define LENGTH_BESIDE 768u /* what a datagram costs of the receive buffer beside its bytes */
#define LATE_NS_MAX (2 * NS_PER_MS)

/* A datagram under way; in a list, so that the world can end without its arrival. */
struct transit {
	struct transit *next, **before;
	struct sim_message *message;
};

static struct transit *under_way;

static void transit_finish(struct transit *transit)
{
	*transit->before = transit->next;
	if (transit->next)
		transit->next->before = transit->before;
	free(transit);
}

void sim_datagrams_close(void)
{
	struct transit *next;

	for (struct transit *at = under_way; at; at = next) {
		next = at->next;
		free(at->message);
		free(at);
	}
	under_way = NULL;
}

/* Nobody has that port: a socket that is connected to it is told. */
static void unreachable(const struct sim_message *message)
{
	struct sim_socket *sender = socket_find_receiver(SOCK_DGRAM, &message->from, &message->to);

	if (!sender || sender->remote.length == 0)
		return;
	sender->error = ECONNREFUSED;
	file_changed(&sender->file, POLLIN | POLLOUT | POLLERR);
}

static bool has_room(const struct sim_socket *receiver, uint32_t length)
{
	const struct message_queue *queue = &receiver->messages;
	uint64_t used = queue->bytes + (uint64_t)queue->count * LENGTH_BESIDE;

	return used + length + LENGTH_BESIDE <= (uint64_t)option_value(receiver, OPTION_RCVBUF);
}

static void arrive(void *argument)
{
	struct transit *transit = argument;
	struct sim_message *message = transit->message;
	struct sim_socket *receiver = socket_find_receiver(SOCK_DGRAM, &message->to,
							   &message->from);

	transit_finish(transit);
	if (receiver && !receiver->read_ended && has_room(receiver, message->length)) {
		message->stamp_ns = world_wall_ns();
		message_queue_add(&receiver->messages, message);
		file_changed(&receiver->file, POLLIN);
		return;
	}
	if (receiver)
		receiver->dropped++;
	else
		unreachable(message);
	free(message);
}

static int set_off(struct sim_message *message, uint64_t due_ns)
{
	struct transit *transit = malloc(sizeof(*transit));

	if (!transit) {
		free(message);
		return -ENOMEM;
	}
	*transit = (struct transit){ .next = under_way, .before = &under_way, .message = message };
	if (under_way)
		under_way->before = &transit->next;
	under_way = transit;
	(void)world_at_ordered(due_ns, arrive, transit);
	return 0;
}

static int send_copy(const struct sim_message *message, uint64_t due_ns)
{
	size_t size = sizeof(*message) + message->length;
	struct sim_message *copy = malloc(size);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, message, size);
	return set_off(copy, due_ns);
}

/* On its way: one does not overtake another of the same sender, unless something goes wrong. */
static int send_one(struct sim_socket *socket, struct sim_message *message)
{
	uint64_t due_ns = world_now_ns() + socket_delay_ns();

	if (socket->vanished || socket_fault(socket, FAULT_DATAGRAM_LOST)) {
		free(message);
		return 0;
	}
	if (due_ns < socket->last_due_ns)
		due_ns = socket->last_due_ns;
	socket->last_due_ns = due_ns;
	if (socket_fault(socket, FAULT_DATAGRAM_LATE))
		due_ns += world_below(LATE_NS_MAX);
	if (socket_fault(socket, FAULT_DATAGRAM_TWICE))
		(void)send_copy(message, due_ns + world_below(LATE_NS_MAX));
	return set_off(message, due_ns);
}

static int send_fault(struct sim_socket *socket)
{
	static const int errors[] = { ENOBUFS, ENOMEM, EHOSTUNREACH, ENETUNREACH, EPERM };

	if (socket_fault(socket, FAULT_SEND_AGAIN)) {
		socket_stick(socket);
		return -EAGAIN;
	}
	if (socket->stuck)
		return -EAGAIN;
	if (socket_fault(socket, FAULT_SEND_ERROR))
		return -errors[world_below(ARRAY_SIZE(errors))];
	return 0;
}

/* Whom it is for. */
static int find_target(const struct sim_socket *socket, const struct msghdr *header,
		       struct socket_name *ret_to)
{
	struct socket_name to = socket->remote;
	int error = 0;

	if (header->msg_name && header->msg_namelen > 0)
		error = socket_name_read(socket, header->msg_name, header->msg_namelen, &to);
	else if (to.length == 0)
		error = -EDESTADDRREQ;
	if (!error && socket_name_port(&to) == 0)
		error = -EINVAL;
	if (!error)
		*ret_to = socket_name_meant(&to);
	return error;
}

static int check_length(const struct sim_socket *socket, const struct control_said *said,
			size_t length)
{
	size_t limit = socket->domain == AF_INET ? LENGTH_MAX_V4 : LENGTH_MAX_V6;

	if (length > limit)
		return -EMSGSIZE;
	if (said->segment > 0 && length > (size_t)said->segment * SEGMENT_MAX)
		return -EINVAL;
	return 0;
}

/* The address and port it is from: its own port, and the address that was said or is its own. */
static struct socket_name source_of(const struct sim_socket *socket,
				    const struct control_said *said, const struct socket_name *to)
{
	struct socket_name source = socket_name_source(socket, to);

	if (said->source.length > 0 && socket->domain == AF_INET)
		source.inet.sin_addr = said->source.inet.sin_addr;
	else if (said->source.length > 0)
		source.inet6.sin6_addr = said->source.inet6.sin6_addr;
	return source;
}

static int send_pieces(struct sim_socket *socket, const struct msghdr *header, size_t length,
		       const struct control_said *said, const struct socket_name *to)
{
	const struct socket_name from = source_of(socket, said, to);
	size_t piece = said->segment > 0 ? said->segment : length, at = 0;
	int error = 0;

	do {
		size_t bytes = length - at < piece ? length - at : piece;
		struct sim_message *message = message_make(header, at, (uint32_t)bytes);

		if (!message)
			return -ENOMEM;
		message->from = from;
		message->to = *to;
		message->hop_limit = 64;
		message->traffic_class = said->traffic_class >= 0
						 ? said->traffic_class
						 : option_value(socket, OPTION_TOS);
		error = send_one(socket, message);
		at += bytes;
	} while (at < length && !error);
	return error;
}

static ssize_t udp_send(struct sim_socket *socket, const struct msghdr *header, int flags)
{
	size_t length = vector_length(header);
	struct control_said said;
	struct socket_name to;
	int error = socket->write_ended ? -EPIPE : socket_take_error(socket);

	if (!error)
		error = find_target(socket, header, &to);
	if (!error)
		error = control_read(socket, header, &said);
	if (!error)
		error = check_length(socket, &said, length);
	if (!error && !socket->bound_before)
		error = socket_name_ensure(socket, NULL);
	if (!error)
		error = send_fault(socket);
	if (!error)
		error = send_pieces(socket, header, length, &said, &to);
	if (!error)
		departures_add(socket, &said, (uint32_t)length);
	return error ? error : (ssize_t)length;
}

/* Does the next one go on where this one ends? */
static bool goes_on(const struct sim_message *whole, const struct sim_message *next, uint32_t piece)
{
	return next && next->length > 0 && next->length <= piece && whole->length % piece == 0 &&
	       whole->length + next->length <= LENGTH_MAX_V4 &&
	       whole->traffic_class == next->traffic_class &&
	       socket_name_equal(&whole->from, &next->from) &&
	       socket_name_equal(&whole->to, &next->to);
}

/* UDP_GRO: those of one sender that are equally long come as one. Returns the whole. */
static struct sim_message *coalesce(struct sim_socket *socket, struct sim_message *whole)
{
	uint32_t piece = whole->length;

	if (!option_value(socket, OPTION_UDP_GRO) || piece == 0)
		return whole;
	for (uint32_t count = 1;
	     count < COALESCED_MAX && goes_on(whole, socket->messages.head, piece); count++) {
		struct sim_message *next = message_queue_take(&socket->messages);
		struct sim_message *larger = realloc(whole,
						     sizeof(*whole) + whole->length + next->length);

		if (larger) {
			whole = larger;
			memcpy(whole->bytes + whole->length, next->bytes, next->length);
			whole->length += next->length;
			whole->piece = piece;
		}
		free(next);
	}
	return whole;
}

static int receive_fault(struct sim_socket *socket)
{
	bool connected = socket->remote.length > 0;

	if (!socket_fault(socket, FAULT_RECEIVE_ERROR))
		return 0;
	return connected && world_below(2) ? -EHOSTUNREACH : -ENOMEM;
}

static void tell(const struct sim_socket *socket, const struct sim_message *message,
		 struct msghdr *header)
{
	const struct socket_name from = socket_name_as(&message->from, socket->domain);

	if (header->msg_name)
		socket_name_tell(&from, (sa_family_t)socket->domain, header->msg_name,
				 &header->msg_namelen);
	control_of_message(socket, message, header);
}

static ssize_t udp_receive(struct sim_socket *socket, struct msghdr *header, int flags)
{
	struct sim_message *message;
	int error = socket_take_error(socket);
	ssize_t length;

	if (!error)
		error = receive_fault(socket);
	if (error)
		return error;
	if (!socket->messages.head)
		return socket->read_ended ? 0 : -EAGAIN;
	if (flags & MSG_PEEK) {
		tell(socket, socket->messages.head, header);
		return message_tell(socket->messages.head, header, flags);
	}
	message = coalesce(socket, message_queue_take(&socket->messages));
	tell(socket, message, header);
	length = message_tell(message, header, flags);
	free(message);
	return length;
}

static uint32_t udp_ready(const struct sim_socket *socket)
{
	uint32_t events = socket->stuck ? 0 : POLLOUT | POLLWRNORM;

	if (socket->error)
		events |= POLLERR;
	if (socket->read_ended)
		events |= POLLRDHUP | POLLIN | POLLRDNORM;
	if (socket->read_ended && socket->write_ended)
		events |= POLLHUP;
	if (socket->messages.count > 0)
		events |= POLLIN | POLLRDNORM;
	return events;
}

static int udp_connect(struct sim_socket *socket, const struct socket_name *to)
{
	int error;

	if (to->length == 0) {
		socket->remote.length = 0;
		socket->state = SOCKET_FRESH;
		return 0;
	}
	error = socket_name_ensure(socket, to);
	if (error)
		return error;
	socket->remote = socket_name_meant(to);
	socket->state = SOCKET_CONNECTED;
	return 0;
}

static void udp_shut(struct sim_socket *socket, bool read, bool write)
{
}

static void udp_finish(struct sim_socket *socket)
{
}

const struct socket_kind kind_udp = {
	.name = "udp",
	.connect = udp_connect,
	.receive = udp_receive,
	.send = udp_send,
	.ready = udp_ready,
	.shut = udp_shut,
	.finish = udp_finish,
};
