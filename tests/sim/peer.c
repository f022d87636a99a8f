#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "chance.h"
#include "invariant.h"
#include "sim/socket.h"
#include "sim/world.h"

#define BYTES_MAX 65536u

/* A conversation is cut into so many pieces at most, but for what does not fit. */
#define PIECES_MAX 200u

#define PORT_FIRST 12000u
#define PORTS 20000u

#define INVITATION_NS (100 * NS_PER_US)

/* How long somebody whom nobody wants stays. */
#define STAY_MAX_MS 90000u

enum peer_state { PEER_AWAY, PEER_CONNECTING, PEER_TALKING };

enum habit { HABIT_GOOD, HABIT_SILENT, HABIT_NEVER_READS, HABIT_RESETS, HABIT_VANISHES };

struct peer {
	struct watcher watcher; /* first */
	struct peers *peers;
	const struct place *place;
	struct chance chance;
	struct sim_socket *socket;
	enum peer_state state;
	enum habit habit;
	bool half_closes;
	bool shut;	 /* it has said its last */
	bool hears_late; /* it reads when it has said all, or can say no more */
	uint64_t event;	 /* when it acts next; 0: when something changes */
	uint64_t due_ns; /* of that event */
	struct conversation conversation;
	uint64_t goal;	    /* bytes, or questions, that it says */
	uint64_t limit;	    /* HABIT_RESETS, HABIT_VANISHES: after so many */
	uint32_t piece_max; /* bytes that it writes at a time */
	uint32_t read_max;  /* ... and reads */
	uint32_t pause_ns;  /* between two of its doings */
	uint64_t leave_ns;  /* when it goes away, whatever has come; UINT64_MAX: never */
	uint64_t excuses;   /* invariant_excuses() at the beginning */
	uint64_t twice;	    /* FAULT_DATAGRAM_TWICE at the beginning */
	uint32_t number, conversations;
};

struct peers {
	struct peers_options options;
	bool stopped;
	uint32_t ports; /* that were taken */
	bool excused;
	bool invited;
	bool hogs;
	struct peer items[];
};

static uint8_t bytes[BYTES_MAX];

static void act(void *argument);

static bool is_message_based(const struct peer *peer)
{
	return !transports[peer->place->transport].stream;
}

/* Unless it does so earlier anyway. */
static void act_in(struct peer *peer, uint64_t ns)
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

	act_in(peer, chance_below(&peer->chance, peer->pause_ns + 1));
}

/* Go away, and come back after a while. */
static void leave(struct peer *peer)
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
		act_in(peer, chance_size(&peer->chance, 4 * peer->peers->options.pause_max_ns + 1));
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
	return chance_size(&peer->chance, BYTES_MAX / 2) + (uint32_t)peer->goal / PIECES_MAX;
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
		leave(peer);
		return;
	}
	/* A UNIX stream whose queue is full tries again. */
	if (error == -EAGAIN) {
		leave(peer);
		return;
	}
	peer->state = error == 0 ? PEER_TALKING : PEER_CONNECTING;
	file_watch((struct file *)peer->socket, &peer->watcher);
	act_in(peer, peer->pause_ns);
}

static ssize_t receive(struct peer *peer, uint32_t length)
{
	struct iovec part = { .iov_base = bytes, .iov_len = length };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

	return sim_socket_receive(peer->socket, &header, 0);
}

static ssize_t transmit(struct peer *peer, uint32_t length)
{
	struct iovec part = { .iov_base = bytes, .iov_len = length };
	const struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

	return sim_socket_send(peer->socket, &header, MSG_NOSIGNAL);
}

static bool is_excused(const struct peer *peer)
{
	return peer->peers->excused || invariant_excuses() != peer->excuses;
}

/* Nothing more may come, or must: all that was said is answered. */
static bool is_whole(const struct peer *peer)
{
	const struct conversation *conversation = &peer->conversation;
	const struct dialogue *dialogue = peer->place->dialogue;

	if (!is_message_based(peer))
		return dialogue->is_whole(conversation);
	if (dialogue->ends)
		return conversation->answers == 1;
	return strcmp(dialogue->service, "echo") != 0 ||
	       conversation->answers == conversation->asked;
}

static bool has_said_all(const struct peer *peer)
{
	const struct conversation *conversation = &peer->conversation;

	return (is_message_based(peer) ? conversation->asked : conversation->said) >= peer->goal;
}

static void complain(const struct peer *peer, const char *what)
{
	const struct conversation *conversation = &peer->conversation;

	violated("peer %u, %s over %s: %s; it said %llu of %llu and heard %llu", peer->number,
		 peer->place->dialogue->service, transports[peer->place->transport].name, what,
		 (unsigned long long)(is_message_based(peer) ? conversation->asked
							     : conversation->said),
		 (unsigned long long)peer->goal,
		 (unsigned long long)(is_message_based(peer) ? conversation->answers
							     : conversation->heard));
}

/* The server has closed the connection (error 0), or broken it. */
static void ended(struct peer *peer, int error)
{
	const struct dialogue *dialogue = peer->place->dialogue;

	if (is_excused(peer) || peer->habit != HABIT_GOOD)
		return;
	/* Who hangs up at once resets what is still said. */
	if (error && !(dialogue->ends && peer->conversation.said + peer->conversation.asked > 0))
		complain(peer, strerror(-error));
	if (!error && !dialogue->ends && !peer->shut)
		complain(peer, "the server closed it for no reason");
	if (!error && !is_whole(peer))
		complain(peer, "it ended before all was answered");
}

static void note_heard(struct peer *peer, uint32_t length)
{
	uint64_t twice = world_fault_count(FAULT_DATAGRAM_TWICE) - peer->twice;
	bool right = is_message_based(peer)
			     ? conversation_tell(&peer->conversation, bytes, length, twice)
			     : conversation_hear(&peer->conversation, bytes, length);

	if (!right) {
		world_note("peer %u got %u bytes: %02x%02x%02x%02x %02x%02x%02x%02x", peer->number,
			   length, bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5],
			   bytes[6], bytes[7]);
		complain(peer, "what came is not what was to come");
	}
}

/* Read once. Returns 1: something came; 0: nothing is there; -1: it was the last. */
static int hear(struct peer *peer)
{
	ssize_t length = receive(peer, is_message_based(peer) ? BYTES_MAX : peer->read_max);
	bool connected = transports[peer->place->transport].connected;

	if (length == -EAGAIN || length == -EINTR)
		return 0;
	if (length < 0 && !connected)
		return 1; /* a port that nobody listens on any more */
	if (length > 0 || (length == 0 && !connected)) {
		note_heard(peer, (uint32_t)length);
		return 1;
	}
	ended(peer, (int)length);
	return -1;
}

static bool may_hear(const struct peer *peer)
{
	if (peer->habit == HABIT_NEVER_READS)
		return false;
	return !peer->hears_late || has_said_all(peer);
}

/* A datagram may be empty; a record that is says that the connection has ended. */
static uint32_t shorten(const struct peer *peer, uint32_t length)
{
	return transports[peer->place->transport].connected ? length : length - 1;
}

static uint32_t prepare(struct peer *peer)
{
	struct conversation *conversation = &peer->conversation;
	uint64_t left = peer->goal - conversation->said;
	uint32_t length = chance_between(&peer->chance, 1, peer->piece_max);

	if (is_message_based(peer))
		return conversation_ask(conversation, shorten(peer, length), bytes);
	if (length > left)
		length = (uint32_t)left;
	peer->place->dialogue->say(conversation, bytes, length);
	return length;
}

/* What was prepared did not go. */
static void take_back(struct peer *peer)
{
	if (is_message_based(peer))
		peer->conversation.asked--;
}

/* Write once. Returns 1: something went; 0: it cannot now, or has said all; -1: it cannot ever. */
static int say(struct peer *peer)
{
	ssize_t length;

	if (has_said_all(peer) || peer->shut || peer->habit == HABIT_SILENT)
		return 0;
	length = transmit(peer, prepare(peer));
	if (length >= 0) {
		if (!is_message_based(peer))
			peer->conversation.said += (uint64_t)length;
		return 1;
	}
	take_back(peer);
	/* Who reads late reads now, or both would wait for each other. */
	peer->hears_late = false;
	return length == -EAGAIN || length == -EINTR || length == -ENOBUFS ? 0 : -1;
}

/* Is it time for what its habit is? True: it is gone. */
static bool follow_habit(struct peer *peer)
{
	uint64_t said = is_message_based(peer) ? peer->conversation.asked : peer->conversation.said;

	if (world_now_ns() >= peer->leave_ns) {
		leave(peer);
		return true;
	}
	if (peer->habit != HABIT_RESETS && peer->habit != HABIT_VANISHES)
		return false;
	if (said < peer->limit)
		return false;
	if (peer->habit == HABIT_RESETS)
		sim_socket_reset(peer->socket);
	else
		sim_socket_vanish(peer->socket);
	leave(peer);
	return true;
}

static void say_last(struct peer *peer)
{
	if (!peer->half_closes || peer->shut || !has_said_all(peer) ||
	    !transports[peer->place->transport].connected)
		return;
	peer->shut = true;
	/* What does not end by itself is to be read to its end now. */
	if (peer->place->dialogue->speaks)
		peer->read_max = BYTES_MAX;
	(void)sim_socket_shutdown(peer->socket, SHUT_WR);
}

/* Has it all that it wanted? A datagram may be lost, so nobody waits for the last ones. */
static bool is_content(const struct peer *peer)
{
	const struct dialogue *dialogue = peer->place->dialogue;

	if (dialogue->speaks && !peer->shut)
		return peer->conversation.heard >= peer->goal;
	if (peer->habit == HABIT_SILENT || peer->habit == HABIT_NEVER_READS)
		return false;
	if (!transports[peer->place->transport].connected)
		return has_said_all(peer);
	return has_said_all(peer) && !peer->half_closes && !dialogue->ends && is_whole(peer);
}

static void talk(struct peer *peer)
{
	int said, heard = 0;

	if (follow_habit(peer))
		return;
	said = say(peer);
	say_last(peer);
	if (may_hear(peer))
		heard = hear(peer);
	if (heard < 0 || is_content(peer)) {
		leave(peer);
		return;
	}
	/* What cannot be said any more is found out by reading; who never reads goes. */
	if (said < 0 && peer->habit == HABIT_NEVER_READS) {
		leave(peer);
		return;
	}
	if (said > 0 || heard > 0)
		act_in(peer, 1 + chance_below(&peer->chance, peer->pause_ns + 1));
	else if (peer->leave_ns != UINT64_MAX)
		act_in(peer, peer->leave_ns - world_now_ns());
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
		leave(peer);
		return;
	}
	peer->state = PEER_TALKING;
	talk(peer);
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
		talk(peer);
	else if (peer->state == PEER_CONNECTING)
		finish_connecting(peer);
	else if (!peer->peers->stopped && is_invited(peer->peers))
		begin(peer);
	else if (!peer->peers->stopped)
		act_in(peer, INVITATION_NS);
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
		act_in(peer, chance_size(&peer->chance, 8 * options->pause_max_ns + 1));
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
		leave(&peers->items[i]);
	free(peers);
}

void peers_stop(struct peers *peers)
{
	peers->stopped = true;
}

void peers_excuse(struct peers *peers)
{
	peers->excused = true;
}

/* A datagram may be lost, so nobody has a right to an answer. */
static bool waits(const struct peer *peer)
{
	return peer->state != PEER_AWAY && peer->habit == HABIT_GOOD && !is_excused(peer) &&
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
			complain(&peers->items[i], "it waits, and nothing comes");
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
			complain(peer, "the server has ended and its connection has not");
	}
}
