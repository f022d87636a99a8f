#include "host.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "sim/socket.h"
#include "sim/world.h"

#define HELD_MAX 16384u
#define PIECE_MIN 256u
#define PAUSE_NS_MIN 500u
#define GUEST_MAX 64u
#define BACKLOG 64

enum conduct { CONDUCT_GOOD, CONDUCT_SILENT, CONDUCT_ENDS, CONDUCT_RESETS, CONDUCT_VANISHES };

/* A connection, or a socket that listens or gets datagrams. */
struct guest {
	struct watcher watcher; /* first */
	struct hosts *hosts;
	struct sim_socket *socket; /* NULL: free */
	void (*act)(struct guest *guest);
	enum transport transport;
	struct chance chance;
	enum conduct conduct;
	uint64_t limit; /* bytes, or messages, after which it does what it does */
	uint64_t done;
	uint32_t piece_max, pause_ns;
	uint64_t event;
	bool ended; /* the peer has said its last */
	uint32_t held;
	uint8_t bytes[HELD_MAX];
};

struct hosts {
	struct chance chance;
	uint32_t pause_max_ns;
	uint64_t misdeeds;
	struct guest guests[GUEST_MAX];
};

static void wake(void *argument)
{
	struct guest *guest = argument;

	guest->event = 0;
	guest->act(guest);
}

static void act_soon(struct guest *guest)
{
	if (guest->event)
		return;
	guest->event = world_at(world_now_ns() + 1 +
					chance_below(&guest->chance, guest->pause_ns + 1),
				wake, guest);
}

static void changed(struct watcher *watcher, uint32_t events)
{
	act_soon((struct guest *)watcher);
}

static void leave(struct guest *guest)
{
	if (!guest->socket)
		return;
	file_unwatch(&guest->watcher);
	file_release((struct file *)guest->socket);
	guest->socket = NULL;
	if (guest->event)
		world_forget(guest->event);
	guest->event = 0;
}

static enum conduct choose_conduct(void)
{
	static const struct {
		enum fault fault;
		enum conduct conduct;
	} rows[] = { { FAULT_PEER_SILENT, CONDUCT_SILENT },
		     { FAULT_PEER_HALF_CLOSES, CONDUCT_ENDS },
		     { FAULT_PEER_RESETS, CONDUCT_RESETS },
		     { FAULT_PEER_VANISHES, CONDUCT_VANISHES } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (world_fault(rows[i].fault))
			return rows[i].conduct;
	return CONDUCT_GOOD;
}

/* A place for a socket; without one it is closed, and nobody answers. */
static struct guest *receive_guest(struct hosts *hosts, struct sim_socket *socket,
				   enum transport transport, void (*act)(struct guest *guest))
{
	for (uint32_t i = 0; i < GUEST_MAX; i++) {
		struct guest *guest = &hosts->guests[i];

		if (guest->socket)
			continue;
		*guest = (struct guest){
			.watcher.changed = changed,
			.hosts = hosts,
			.socket = socket,
			.act = act,
			.transport = transport,
			.chance.state = chance_bits(&hosts->chance),
		};
		guest->pause_ns = PAUSE_NS_MIN + chance_size(&guest->chance, hosts->pause_max_ns);
		guest->piece_max = PIECE_MIN + chance_size(&guest->chance, HELD_MAX - PIECE_MIN);
		file_watch((struct file *)socket, &guest->watcher);
		act_soon(guest);
		return guest;
	}
	hosts->misdeeds++;
	file_release((struct file *)socket);
	return NULL;
}

static bool misbehave(struct guest *guest)
{
	if (guest->conduct < CONDUCT_ENDS || guest->done < guest->limit)
		return false;
	guest->hosts->misdeeds++;
	if (guest->conduct == CONDUCT_RESETS)
		sim_socket_reset(guest->socket);
	else if (guest->conduct == CONDUCT_VANISHES)
		sim_socket_vanish(guest->socket);
	leave(guest);
	return true;
}

/* Read what fits. False: there will be no more. */
static bool hear(struct guest *guest)
{
	struct iovec part = { .iov_base = guest->bytes + guest->held,
			      .iov_len = chance_between(&guest->chance, 1, guest->piece_max) };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t length;

	if (part.iov_len > HELD_MAX - guest->held)
		part.iov_len = HELD_MAX - guest->held;
	if (guest->ended || part.iov_len == 0)
		return true;
	length = sim_socket_receive(guest->socket, &header, 0);
	if (length == -EAGAIN)
		return true;
	if (length < 0)
		return false;
	guest->ended = length == 0;
	guest->held += (uint32_t)length;
	return true;
}

static bool say(struct guest *guest)
{
	struct iovec part = { .iov_base = guest->bytes, .iov_len = guest->held };
	const struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t length;

	if (guest->held == 0 || guest->conduct == CONDUCT_SILENT)
		return true;
	if (part.iov_len > guest->piece_max)
		part.iov_len = guest->piece_max;
	length = sim_socket_send(guest->socket, &header, MSG_NOSIGNAL);
	if (length < 0)
		return length == -EAGAIN;
	guest->held -= (uint32_t)length;
	guest->done += (uint64_t)length;
	memmove(guest->bytes, guest->bytes + length, guest->held);
	act_soon(guest);
	return true;
}

static void converse(struct guest *guest)
{
	uint32_t held = guest->held;

	if (misbehave(guest))
		return;
	if (!hear(guest) || !say(guest) || (guest->ended && guest->held == 0)) {
		leave(guest);
		return;
	}
	if (guest->held > held)
		act_soon(guest);
}

/* Datagrams and records go back whole, to whom they came from. */
static void reflect(struct guest *guest)
{
	struct sockaddr_storage name;
	struct iovec part = { .iov_base = guest->bytes, .iov_len = HELD_MAX };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	bool connected = transports[guest->transport].connected;
	ssize_t length;

	if (misbehave(guest))
		return;
	if (!connected) {
		header.msg_name = &name;
		header.msg_namelen = sizeof(name);
	}
	length = sim_socket_receive(guest->socket, &header, 0);
	if (length == -EAGAIN)
		return;
	if (connected && length <= 0) {
		leave(guest);
		return;
	}
	act_soon(guest);
	if (length < 0 || guest->conduct == CONDUCT_SILENT)
		return;
	part.iov_len = (size_t)length;
	header.msg_control = NULL;
	header.msg_controllen = 0;
	guest->done++;
	if (sim_socket_send(guest->socket, &header, MSG_NOSIGNAL) < 0)
		guest->hosts->misdeeds++;
}

static void welcome(struct guest *listener)
{
	bool stream = transports[listener->transport].stream;
	struct sim_socket *socket;
	struct guest *guest;

	if (sim_socket_accept(listener->socket, &socket) < 0)
		return;
	act_soon(listener);
	guest = receive_guest(listener->hosts, socket, listener->transport,
			      stream ? converse : reflect);
	if (!guest)
		return;
	guest->conduct = choose_conduct();
	guest->limit = chance_size(&guest->chance, stream ? HELD_MAX : 64);
	listener->hosts->misdeeds += guest->conduct == CONDUCT_SILENT;
}

static int listen_at(struct hosts *hosts, const struct place *place)
{
	const struct transport_row *row = &transports[place->transport];
	struct sim_socket *socket;
	int error = sim_socket_open(place->name.ss_family, row->socket_type, 0, true, &socket);

	if (error)
		return error;
	error = sim_socket_bind(socket, (const struct sockaddr *)&place->name, place->length);
	if (!error && row->connected)
		error = sim_socket_listen(socket, BACKLOG);
	if (error)
		file_release((struct file *)socket);
	else
		(void)receive_guest(hosts, socket, place->transport,
				    row->connected ? welcome : reflect);
	return error;
}

int hosts_open(const struct place *places, uint32_t count, uint64_t seed, uint32_t pause_max_ns,
	       struct hosts **ret_hosts)
{
	struct hosts *hosts = calloc(1, sizeof(*hosts));
	int error = 0;

	if (!hosts)
		return -ENOMEM;
	hosts->chance.state = seed;
	hosts->pause_max_ns = pause_max_ns;
	for (uint32_t i = 0; i < count && !error; i++)
		error = listen_at(hosts, &places[i]);
	if (error)
		hosts_close(hosts);
	else
		*ret_hosts = hosts;
	return error;
}

void hosts_close(struct hosts *hosts)
{
	if (!hosts)
		return;
	for (uint32_t i = 0; i < GUEST_MAX; i++)
		leave(&hosts->guests[i]);
	free(hosts);
}

uint64_t hosts_misdeeds(const struct hosts *hosts)
{
	return hosts->misdeeds;
}
