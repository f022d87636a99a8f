/* What a peer does on a connection: it says something, hears something, and looks whether that is
 * right. */
#include <errno.h>
#include <string.h>

#include "invariant.h"
#include "peer_struct.h"

static uint8_t bytes[PEER_BYTES_MAX];

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

bool peer_is_excused(const struct peer *peer)
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

void peer_complain(const struct peer *peer, const char *what)
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

/* What was there at the signal, and is told to have been on its way after all, has not come; and a
 * zero-copy send that is not told to be over holds up what is behind it. */
static bool is_promise_broken(const struct peer *peer)
{
	return peer->promised > peer->conversation.heard && invariant_excuses() == peer->excuses &&
	       peers_hidden() == peer->peers->hidden &&
	       world_fault_count(FAULT_NOTIFICATION_LATE) == 0;
}

/* The server has closed the connection (error 0), or broken it. */
static void ended(struct peer *peer, int error)
{
	const struct dialogue *dialogue = peer->place->dialogue;

	if (is_promise_broken(peer))
		peer_complain(peer, "what had come before the signal was not answered");
	if (peer_is_excused(peer) || peer->habit != HABIT_GOOD)
		return;
	/* Who hangs up at once resets what is still said. */
	if (error && !(dialogue->ends && peer->conversation.said + peer->conversation.asked > 0))
		peer_complain(peer, strerror(-error));
	if (!error && !dialogue->ends && !peer->shut)
		peer_complain(peer, "the server closed it for no reason");
	if (!error && !is_whole(peer))
		peer_complain(peer, "it ended before all was answered");
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
		peer_complain(peer, "what came is not what was to come");
	}
}

/* Read once. Returns 1: something came; 0: nothing is there; -1: it was the last. */
static int hear(struct peer *peer)
{
	ssize_t length = receive(peer, is_message_based(peer) ? PEER_BYTES_MAX : peer->read_max);
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
		peer_leave(peer);
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
	peer_leave(peer);
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
		peer->read_max = PEER_BYTES_MAX;
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

void peer_talk(struct peer *peer)
{
	int said, heard = 0;

	if (follow_habit(peer))
		return;
	said = say(peer);
	say_last(peer);
	if (may_hear(peer))
		heard = hear(peer);
	if (heard < 0 || is_content(peer)) {
		peer_leave(peer);
		return;
	}
	/* What cannot be said any more is found out by reading; who never reads goes. */
	if (said < 0 && peer->habit == HABIT_NEVER_READS) {
		peer_leave(peer);
		return;
	}
	if (said > 0 || heard > 0)
		peer_act_in(peer, 1 + chance_below(&peer->chance, peer->pause_ns + 1));
	else if (peer->leave_ns != UINT64_MAX)
		peer_act_in(peer, peer->leave_ns - world_now_ns());
}
