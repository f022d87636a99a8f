#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "invariant.h"
#include "peer_struct.h"
#include "sim/socket_struct.h"

/* A conversation is cut into so many pieces at most, but for what does not fit. */
#define PIECES_MAX 200u

#define PORT_FIRST 12000u
#define PORTS 20000u

#define INVITATION_NS (100 * NS_PER_US)

/* How long somebody whom nobody wants stays. */
#define STAY_MAX_MS 90000u

static void act(void *argument);

/* Unless it does so earlier anyway. */
void peer_act_in(struct peer *peer, uint64_t ns)
{
	uint64_t due_ns = world_now_ns() + ns;

	if (peer->event && peer->due_ns <= due_ns)
		return;
	if (peer->event)
		world_forget(peer->event);
	peer->due_ns = due_ns;
	peer->event = world_at(due_ns, act, peer);
}

static void changed(struct watcher *watcher, uint32_t events)
{
	struct peer *peer = (struct peer *)watcher;

	peer_act_in(peer, chance_below(&peer->chance, peer->pause_ns + 1));
}

/* Go away, and come back after a while. */
void peer_leave(struct peer *peer)
{
	if (peer->socket) {
		file_unwatch(&peer->watcher);
		file_release((struct file *)peer->socket);
		peer->socket = NULL;
	}
	if (peer->event)
		world_forget(peer->event);
	peer->event = 0;
	peer->state = PEER_AWAY;
	if (!peer->peers->stopped)
		peer_act_in(peer,
			    chance_size(&peer->chance, 4 * peer->peers->options.pause_max_ns + 1));
}

static enum habit choose_habit(void)
{
	static const struct {
		enum fault fault;
		enum habit habit;
	} rows[] = { { FAULT_PEER_SILENT, HABIT_SILENT },
		     { FAULT_PEER_NEVER_READS, HABIT_NEVER_READS },
		     { FAULT_PEER_RESETS, HABIT_RESETS },
		     { FAULT_PEER_VANISHES, HABIT_VANISHES } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (world_fault(rows[i].fault))
			return rows[i].habit;
	return HABIT_GOOD;
}

static uint64_t choose_goal(struct peer *peer)
{
	const struct dialogue *dialogue = peer->place->dialogue;
	uint64_t goal = chance_size(&peer->chance, peer->peers->options.bytes_max);
	uint32_t unit = dialogue->unit ? dialogue->unit(&peer->conversation) : 1;

	if (is_message_based(peer))
		return chance_size(&peer->chance, QUESTION_MAX);
	if (peer->habit == HABIT_NEVER_READS)
		goal += 1u << 20;
	return (goal + unit - 1) / unit * unit;
}

/* Small ones too, but not so small that a conversation has no end. */
static uint32_t choose_piece(struct peer *peer)
{
	if (is_message_based(peer))
		return chance_size(&peer->chance, QUESTION_BYTES);
	return chance_size(&peer->chance, PEER_BYTES_MAX / 2) + (uint32_t)peer->goal / PIECES_MAX;
}

static void choose(struct peer *peer)
{
	const struct peers_options *options = &peer->peers->options;
	struct chance *chance = &peer->chance;

	peer->place = &options->places[chance_below(chance, options->place_count)];
	conversation_begin(&peer->conversation, peer->place->dialogue, chance_bits(chance) | 1);
	if (peer->place->dialogue->ends && transports[peer->place->transport].connected)
		peer->conversation.unasked = 1;
	peer->habit = choose_habit();
	peer->half_closes = world_fault(FAULT_PEER_HALF_CLOSES);
	peer->shut = false;
	peer->hears_late = chance_is(chance, 15);
	peer->goal = choose_goal(peer);
	peer->limit = chance_below(chance, (uint32_t)peer->goal + 1);
	peer->piece_max = choose_piece(peer);
	peer->read_max = choose_piece(peer);
	peer->pause_ns = 500 + chance_size(chance, options->pause_max_ns);
	peer->leave_ns = UINT64_MAX;
	if (peer->habit == HABIT_SILENT || peer->habit == HABIT_NEVER_READS)
		peer->leave_ns = world_now_ns() + NS_PER_MS * chance_size(chance, STAY_MAX_MS);
	peer->excuses = invariant_excuses();
	peer->twice = world_fault_count(FAULT_DATAGRAM_TWICE);
	peer->promised = 0;
	peer->conversations++;
	if (peer->habit != HABIT_GOOD && peer->habit != HABIT_RESETS)
		peer->peers->hogs = true;
}

/* A UNIX datagram socket has to have a name to be answered. */
static void take_local_name(struct peer *peer)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int length = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "peer-%u-%u",
			      peer->number, peer->conversations);

	(void)sim_socket_bind(peer->socket, (const struct sockaddr *)&name,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
				      (socklen_t)length);
}

/* A port that nobody has had: what comes late is not for who has it now. */
static void take_port(struct peer *peer)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v4.sin_port = v6.sin6_port = htons((uint16_t)(PORT_FIRST + peer->peers->ports++ % PORTS));
	if (peer->place->name.ss_family == AF_INET)
		(void)sim_socket_bind(peer->socket, (const struct sockaddr *)&v4, sizeof(v4));
	else
		(void)sim_socket_bind(peer->socket, (const struct sockaddr *)&v6, sizeof(v6));
}

static void take_name(struct peer *peer)
{
	if (peer->place->transport == TRANSPORT_UNIXGRAM)
		take_local_name(peer);
	else if (peer->place->transport == TRANSPORT_UDP)
		take_port(peer);
}

static void begin(struct peer *peer)
{
	const struct place *place;
	int error;

	choose(peer);
	place = peer->place;
	error = sim_socket_open(place->name.ss_family, transports[place->transport].socket_type, 0,
				true, &peer->socket);
	if (error < 0)
		violated("a peer has no socket: %s", strerror(-error));
	take_name(peer);
	error = sim_socket_connect(peer->socket, (const struct sockaddr *)&place->name,
				   place->length);
	if (error < 0 && error != -EINPROGRESS && error != -EAGAIN) {
		peer_leave(peer);
		return;
	}
	/* A UNIX stream whose queue is full tries again. */
	if (error == -EAGAIN) {
		peer_leave(peer);
		return;
	}
	peer->state = error == 0 ? PEER_TALKING : PEER_CONNECTING;
	file_watch((struct file *)peer->socket, &peer->watcher);
	peer_act_in(peer, peer->pause_ns);
}

static void finish_connecting(struct peer *peer)
{
	struct file *file = (struct file *)peer->socket;
	uint32_t ready = file->kind->ready(file);
	int error;

	if (!(ready & (POLLOUT | POLLERR | POLLHUP)))
		return;
	error = sim_socket_error(peer->socket);
	if (error) {
		peer_leave(peer);
		return;
	}
	peer->state = PEER_TALKING;
	peer_talk(peer);
}

/* Nobody comes before the server has said that it listens: it might not. */
static bool is_invited(struct peers *peers)
{
	peers->invited = peers->invited || invariant_has_said("listening ");
	return peers->invited;
}

static void act(void *argument)
{
	struct peer *peer = argument;

	peer->event = 0;
	world_trace("peer", peer->number, peer->state);
	if (peer->state == PEER_TALKING)
		peer_talk(peer);
	else if (peer->state == PEER_CONNECTING)
		finish_connecting(peer);
	else if (!peer->peers->stopped && is_invited(peer->peers))
		begin(peer);
	else if (!peer->peers->stopped)
		peer_act_in(peer, INVITATION_NS);
}

int peers_open(const struct peers_options *options, struct peers **ret_peers)
{
	struct peers *peers = calloc(1, sizeof(*peers) + options->count * sizeof(peers->items[0]));

	if (!peers)
		return -ENOMEM;
	peers->options = *options;
	for (uint32_t i = 0; i < options->count; i++) {
		struct peer *peer = &peers->items[i];

		peer->peers = peers;
		peer->number = i;
		peer->watcher.changed = changed;
		peer->chance.state = options->seed + i;
		(void)chance_bits(&peer->chance);
		peer_act_in(peer, chance_size(&peer->chance, 8 * options->pause_max_ns + 1));
	}
	*ret_peers = peers;
	return 0;
}

void peers_close(struct peers *peers)
{
	if (!peers)
		return;
	peers->stopped = true;
	for (uint32_t i = 0; i < peers->options.count; i++)
		peer_leave(&peers->items[i]);
	free(peers);
}

void peers_stop(struct peers *peers)
{
	peers->stopped = true;
}

/* Of what this one has said, how much has arrived at the server's socket, or was read from it? */
static uint64_t arrived(const struct peer *peer)
{
	const struct sim_socket *other = peer->socket->other;

	return other ? peer->conversation.said - (other->in.bytes.length - other->in.visible) : 0;
}

static bool is_promised(const struct peer *peer)
{
	return peer->state == PEER_TALKING && peer->habit == HABIT_GOOD &&
	       peer->conversation.heard > 0 && !is_message_based(peer) && !peer_is_excused(peer) &&
	       strcmp(peer->place->dialogue->service, "echo") == 0;
}

uint64_t peers_hidden(void)
{
	return world_fault_count(FAULT_SHORT_RECEIVE) + world_fault_count(FAULT_DRIBBLE);
}

void peers_excuse(struct peers *peers, bool answered)
{
	peers->hidden = peers_hidden();
	for (uint32_t i = 0; i < peers->options.count; i++) {
		struct peer *peer = &peers->items[i];

		peer->promised = answered && !peers->hogs && is_promised(peer) ? arrived(peer) : 0;
	}
	peers->excused = true;
}

/* A datagram may be lost, so nobody has a right to an answer. */
static bool waits(const struct peer *peer)
{
	return peer->state != PEER_AWAY && peer->habit == HABIT_GOOD && !peer_is_excused(peer) &&
	       transports[peer->place->transport].connected;
}

bool peers_wait(const struct peers *peers)
{
	for (uint32_t i = 0; i < peers->options.count; i++)
		if (waits(&peers->items[i]))
			return true;
	return false;
}

void peers_complain(const struct peers *peers)
{
	for (uint32_t i = 0; i < peers->options.count; i++)
		if (waits(&peers->items[i]))
			peer_complain(&peers->items[i], "it waits, and nothing comes");
}

bool peers_hog(const struct peers *peers)
{
	return peers->hogs;
}

void peers_check_ended(const struct peers *peers)
{
	for (uint32_t i = 0; i < peers->options.count; i++) {
		const struct peer *peer = &peers->items[i];
		struct file *file = (struct file *)peer->socket;

		if (peer->state == PEER_TALKING && transports[peer->place->transport].connected &&
		    !(file->kind->ready(file) & (POLLHUP | POLLERR | POLLRDHUP)))
			peer_complain(peer, "the server has ended and its connection has not");
	}
}
