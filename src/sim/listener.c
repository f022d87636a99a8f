#include "listener.h"

#include <errno.h>
#include <poll.h>

#include "base/array.h"
#include "base/clock.h"
#include "name.h"
#include "option.h"
#include "world.h"

#define BACKLOG_MAX 4096
/* A SYN that finds no room is sent again after 1, 2, 4 ... s. */
#define CONNECT_TRIES 7u

static void connect_arrive(void *argument);

int sim_socket_listen(struct sim_socket *socket, int backlog)
{
	int error;

	if (socket->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (socket->state != SOCKET_FRESH && socket->state != SOCKET_LISTENING)
		return -EINVAL;
	if (socket_is_unix(socket) && !socket->bound_before)
		return -EINVAL;
	error = socket_name_ensure(socket, NULL);
	if (!error && socket->state == SOCKET_FRESH)
		error = socket_name_may_listen(socket);
	if (error)
		return error;
	socket->state = SOCKET_LISTENING;
	socket->accepting.max = (uint32_t)(backlog < 0 || backlog > BACKLOG_MAX ? BACKLOG_MAX
										: backlog);
	return 0;
}

static struct sim_socket *queue_take(struct accept_queue *queue)
{
	struct sim_socket *socket = queue->head;

	if (!socket)
		return NULL;
	queue->head = socket->accept_next;
	if (!queue->head)
		queue->tail = &queue->head;
	queue->count--;
	socket->accept_next = NULL;
	return socket;
}

static void queue_add(struct accept_queue *queue, struct sim_socket *socket)
{
	*queue->tail = socket;
	queue->tail = &socket->accept_next;
	queue->count++;
}

void accept_queue_refuse(struct sim_socket *listener)
{
	struct sim_socket *child;

	while ((child = queue_take(&listener->accepting)) != NULL) {
		sim_socket_reset(child);
		file_release(&child->file);
	}
}

int listener_end(struct sim_socket *listener)
{
	accept_queue_refuse(listener);
	listener->state = SOCKET_FRESH;
	if (!socket_is_unix(listener))
		socket_name_drop(listener);
	listener->read_ended = true;
	file_changed(&listener->file, POLLIN | POLLHUP | POLLRDHUP);
	return 0;
}

uint32_t listener_ready(const struct sim_socket *listener)
{
	return listener->accepting.count > 0 ? POLLIN | POLLRDNORM : 0;
}

/* Some errors take the connection with them, others leave it in the queue. */
static int accept_fault(struct sim_socket *listener)
{
	static const struct {
		int error;
		bool takes;
	} errors[] = {
		{ EMFILE, false }, { ENFILE, false },  { ECONNABORTED, true },
		{ ENOMEM, false }, { ENOBUFS, false }, { EPERM, true },
	};
	uint32_t drawn;
	struct sim_socket *child;

	if (!socket_fault(listener, FAULT_ACCEPT_ERROR))
		return 0;
	drawn = world_below(ARRAY_SIZE(errors));
	if (errors[drawn].takes) {
		child = queue_take(&listener->accepting);
		sim_socket_reset(child);
		file_release(&child->file);
	}
	return -errors[drawn].error;
}

int sim_socket_accept(struct sim_socket *listener, struct sim_socket **ret_socket)
{
	struct sim_socket *child;
	int error;

	if (listener->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (listener->state != SOCKET_LISTENING)
		return -EINVAL;
	if (listener->accepting.count == 0)
		return -EAGAIN;
	error = accept_fault(listener);
	if (error)
		return error;
	child = queue_take(&listener->accepting);
	*ret_socket = child;
	return 0;
}

static bool has_room(const struct sim_socket *listener)
{
	return listener->accepting.count <= listener->accepting.max;
}

/* The connection is made on both sides; the listener's waits to be accepted. */
static int join(struct sim_socket *client, struct sim_socket *listener)
{
	struct sim_socket *child;
	int error = socket_child(listener, &child);

	if (error)
		return error;
	/* To a wildcard, the address that was meant. */
	if (!socket_is_unix(client))
		child->name = socket_name_as(&client->remote, listener->domain);
	child->remote = socket_name_as(&client->name, listener->domain);
	child->other = client;
	client->other = child;
	client->state = SOCKET_CONNECTED;
	queue_add(&listener->accepting, child);
	file_changed(&listener->file, POLLIN);
	return 0;
}

int connect_now(struct sim_socket *client, const struct socket_name *to)
{
	struct sim_socket *listener = socket_find_listener(client, to);

	if (!listener || listener->state != SOCKET_LISTENING)
		return listener ? -ECONNREFUSED : socket_name_missing(to);
	if (!has_room(listener))
		return -EAGAIN;
	if (client->state != SOCKET_FRESH)
		return client->state == SOCKET_LISTENING ? -EINVAL : -EISCONN;
	client->remote = *to;
	return join(client, listener);
}

static void try_later(struct sim_socket *client)
{
	uint64_t pause_ns = NS_PER_S << client->tries++;

	if (client->tries > CONNECT_TRIES)
		socket_break(client, ETIMEDOUT);
	else
		client->event = world_at(world_now_ns() + pause_ns, connect_arrive, client);
}

/* The SYN has arrived. */
static void connect_arrive(void *argument)
{
	struct sim_socket *client = argument;
	struct sim_socket *listener = socket_find_listener(client, &client->remote);

	client->event = 0;
	if (!listener) {
		socket_break(client, ECONNREFUSED);
	} else if (!has_room(listener) || join(client, listener) < 0) {
		try_later(client);
	} else {
		file_changed(&client->file, POLLOUT);
	}
}

static void connect_fail(void *argument)
{
	struct sim_socket *client = argument;

	client->event = 0;
	socket_break(client, world_below(2) ? ECONNREFUSED : ETIMEDOUT);
}

int connect_begin(struct sim_socket *client, const struct socket_name *to)
{
	bool fails = socket_fault(client, FAULT_CONNECT_ERROR);
	int error = fails && world_below(3) == 0 ? -ENETUNREACH : socket_name_ensure(client, to);

	if (error)
		return error;
	client->remote = socket_name_meant(to);
	client->state = SOCKET_CONNECTING;
	client->tries = 0;
	client->connect_pending = true;
	client->event = world_at(world_now_ns() + socket_delay_ns(),
				 fails ? connect_fail : connect_arrive, client);
	return -EINPROGRESS;
}
