#include "script.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pattern.h"

#define PIECE_MAX 65536u
#define PATIENCE_MS 10000
#define PATTERN_KEY 1u

struct conversation_state {
	int fd; /* -1: none */
	bool message_based, echoes;
	uint64_t said, heard;
	uint64_t hash; /* of all that was heard */
};

static uint64_t hash_of(uint64_t hash, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash;
}

static bool await(const struct conversation_state *state, short events)
{
	struct pollfd one = { .fd = state->fd, .events = events };

	return poll(&one, 1, PATIENCE_MS) == 1;
}

static int connect_to(struct conversation_state *state, const struct place *place)
{
	const struct transport_row *row = &transports[place->transport];
	int error = 0;
	socklen_t length = sizeof(error);

	state->fd = socket(place->name.ss_family, row->socket_type | SOCK_NONBLOCK | SOCK_CLOEXEC,
			   0);
	if (state->fd < 0)
		return -errno;
	if (place->transport == TRANSPORT_UNIXGRAM &&
	    bind(state->fd, &(struct sockaddr){ .sa_family = AF_UNIX }, sizeof(sa_family_t)) < 0)
		return -errno;
	state->message_based = !row->stream;
	state->echoes = place->echoes;
	if (connect(state->fd, (const struct sockaddr *)&place->name, place->length) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	if (!await(state, POLLOUT) ||
	    getsockopt(state->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		return -ETIMEDOUT;
	return -error;
}

/* Read once: bytes, 0 at the end, or a negative errno; EBADMSG: no echo of what was said. */
static ssize_t hear_once(struct conversation_state *state, size_t length)
{
	static uint8_t bytes[PIECE_MAX];
	ssize_t count = recv(state->fd, bytes, length < PIECE_MAX ? length : PIECE_MAX, 0);

	if (count < 0)
		return -errno;
	if (state->echoes && !bytes_match(PATTERN_KEY, state->heard, bytes, (uint32_t)count))
		return -EBADMSG;
	state->hash = hash_of(state->hash, bytes, (size_t)count);
	state->heard += (uint64_t)count;
	return count;
}

static ssize_t hear_waiting(struct conversation_state *state, size_t length)
{
	ssize_t count = hear_once(state, length);

	while (count == -EAGAIN || count == -EINTR) {
		if (!await(state, POLLIN))
			return -ETIMEDOUT;
		count = hear_once(state, length);
	}
	return count;
}

static ssize_t say_once(struct conversation_state *state, size_t length)
{
	static uint8_t bytes[PIECE_MAX];
	ssize_t count;

	if (length > PIECE_MAX)
		length = PIECE_MAX;
	bytes_fill(PATTERN_KEY, state->said, bytes, (uint32_t)length);
	count = send(state->fd, bytes, length, MSG_NOSIGNAL);
	if (count < 0)
		return -errno;
	state->said += (uint64_t)count;
	return count;
}

static int say(struct conversation_state *state, uint32_t amount, bool hearing)
{
	uint64_t end = state->said + amount;
	ssize_t count = 0;

	do {
		count = say_once(state, (size_t)(end - state->said));
		if (count == -EAGAIN && hearing)
			count = hear_once(state, PIECE_MAX);
		if (count == -EAGAIN && !await(state, hearing ? POLLIN | POLLOUT : POLLOUT))
			return -ETIMEDOUT;
		if (count < 0 && count != -EAGAIN)
			return (int)count;
	} while (state->said < end && !state->message_based);
	return 0;
}

static int hear(struct conversation_state *state, uint32_t amount)
{
	uint64_t end = state->heard + amount;
	ssize_t count;

	do {
		count = hear_waiting(state, state->message_based ? PIECE_MAX
								 : (size_t)(end - state->heard));
		if (count < 0)
			return (int)count;
	} while (count > 0 && state->heard < end && !state->message_based);
	return 0;
}

static int hear_end(struct conversation_state *state)
{
	ssize_t count;

	do {
		count = hear_waiting(state, PIECE_MAX);
	} while (count > 0);
	return (int)count;
}

static int close_now(struct conversation_state *state, bool reset)
{
	const struct linger linger = { .l_onoff = 1 };

	if (reset)
		(void)setsockopt(state->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	(void)close(state->fd);
	state->fd = -1;
	return 0;
}

static int do_step(struct conversation_state *state, const struct script_step *step,
		   const struct place *places)
{
	switch ((enum script_action)step->action) {
	case SCRIPT_CONNECT:
		return connect_to(state, &places[step->place]);
	case SCRIPT_SAY:
		return say(state, step->amount, false);
	case SCRIPT_SAY_ALL:
		return say(state, step->amount, true);
	case SCRIPT_HEAR:
		return hear(state, step->amount);
	case SCRIPT_SHUT:
		return shutdown(state->fd, SHUT_WR) < 0 ? -errno : 0;
	case SCRIPT_HEAR_END:
		return hear_end(state);
	case SCRIPT_CLOSE:
	case SCRIPT_RESET:
		return close_now(state, step->action == SCRIPT_RESET);
	case SCRIPT_ACTION_COUNT:
		break;
	}
	return -EINVAL;
}

/* What was heard while something was said depends on who was faster: it is told when all is. */
static bool is_told(const struct script_step *step)
{
	return step->action == SCRIPT_HEAR || step->action == SCRIPT_HEAR_END;
}

bool script_run(const struct script *script, const struct place *places, FILE *transcript)
{
	struct conversation_state states[SCRIPT_CONNECTION_MAX];
	bool done = true;

	for (int i = 0; i < SCRIPT_CONNECTION_MAX; i++)
		states[i] = (struct conversation_state){ .fd = -1, .hash = 0xcbf29ce484222325 };
	for (uint32_t i = 0; i < script->step_count; i++) {
		const struct script_step *step = &script->steps[i];
		struct conversation_state *state = &states[step->connection];
		int error = do_step(state, step, places);

		done = done && !error;
		(void)fprintf(transcript, "step %u: %s", i, error ? strerror(-error) : "done");
		if (is_told(step))
			(void)fprintf(transcript, ", %" PRIu64 " heard, %016" PRIx64, state->heard,
				      state->hash);
		(void)fputc('\n', transcript);
	}
	for (int i = 0; i < SCRIPT_CONNECTION_MAX; i++)
		if (states[i].fd >= 0)
			(void)close(states[i].fd);
	return done;
}
