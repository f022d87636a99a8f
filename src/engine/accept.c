/*
 * New connections, whichever backend brings them, and what happens when there can be none:
 * no descriptor (EMFILE), no slot. Arming an accept again at once would fail at once and burn the
 * CPU (docs/uring.md), so the listener pauses until a slot is given back or some time has passed.
 * Without a slot the clients wait in the listen queue, since one comes free when a client goes.
 * Descriptors may be gone for good, so without one the clients are turned away.
 */
#include <errno.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ancillary.h"
#include "backend.h"

#define ACCEPT_RETRY_NS (100 * NS_PER_MS)

/* So many are turned away at a time: a crowd that comes back at once must not take the CPU. */
#define TURNED_AWAY_MAX 256

static bool is_direct(const struct engine *engine, uint16_t listener)
{
	return feature_on(engine, FEATURE_DIRECT) &&
	       engine->connections.admissions[listener].uids == NULL;
}

bool accept_is_direct(const struct engine *engine, const struct connection *listener)
{
	return is_direct(engine, listener->listener);
}

static bool is_allowed(const struct admission *admission, int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
		return false;
	for (uint32_t i = 0; i < admission->count; i++)
		if (admission->uids[i] == peer.uid)
			return true;
	return false;
}

bool accept_admits(struct engine *engine, const struct connection *listener, int fd)
{
	const struct admission *admission = &engine->connections.admissions[listener->listener];

	if (admission->uids == NULL || is_allowed(admission, fd))
		return true;
	engine->counters.connections_forbidden++;
	(void)close(fd);
	return false;
}

struct connection *accept_take(struct engine *engine, const struct connection *listener, int fd,
			       bool direct)
{
	uint32_t number = connection_take(engine, fd, listener->kind, STATE_OPEN);
	struct connection *connection;

	if (number == NONE)
		return NULL;
	connection = connection_at(engine, number);
	connection->listener = listener->listener;
	connection->flags |= (listener->flags & CONNECTION_TALKS) | CONNECTION_UNREAD |
			     (direct ? CONNECTION_DIRECT : 0u);
	if (listener->ancillary != 0)
		ancillary_accepted(listener, connection);
	engine->connections.open++;
	engine->counters.accepted++;
	return connection;
}

void accept_block(struct engine *engine, struct connection *listener)
{
	if (connection_is(listener, CONNECTION_PAUSED))
		return;
	listener->flags |= CONNECTION_PAUSED;
	engine->connections.accepting_blocked++;
	engine->connections.accept_retry_ns = engine->now_ns + ACCEPT_RETRY_NS;
}

void accept_unblock(struct engine *engine)
{
	struct connections *connections = &engine->connections;

	if (connections->accepting_blocked == 0)
		return;
	connections->accepting_blocked = 0;
	for (uint16_t i = 0; i < connections->listener_count; i++) {
		struct connection *listener = connection_at(engine, connections->listeners[i]);

		if (listener->state != STATE_LISTENING)
			continue;
		listener->flags &= ~(uint32_t)CONNECTION_PAUSED;
		connection_work(engine, listener);
	}
}

static void spare_close(struct engine *engine)
{
	if (engine->spare_fd >= 0)
		(void)close(engine->spare_fd);
	engine->spare_fd = -1;
}

static int take_parked(struct engine *engine, uint16_t listener)
{
	int *parked = &engine->connections.parked[listener], fd = *parked;

	*parked = -1;
	return fd;
}

static void unpark(struct engine *engine, uint16_t listener)
{
	int fd = take_parked(engine, listener);

	if (fd < 0)
		return;
	engine->counters.connections_refused++;
	/* The ring's own go with the ring. */
	if (!is_direct(engine, listener))
		(void)close(fd);
}

bool accept_park(struct engine *engine, struct connection *listener, int fd)
{
	int *parked = &engine->connections.parked[listener->listener];

	accept_block(engine, listener);
	if (*parked >= 0) {
		engine->counters.connections_refused++;
		return false;
	}
	*parked = fd;
	return true;
}

void accept_finish(struct engine *engine)
{
	for (uint16_t i = 0; i < engine->connections.listener_count; i++)
		unpark(engine, i);
	spare_close(engine);
}

/* Errors of the connection that was to be accepted, or of the network: the next may be fine. */
static bool passes(int error)
{
	return error == ECONNABORTED || error == EINTR || error == EPERM || error == EPROTO ||
	       error == ENETDOWN || error == ENETUNREACH || error == EHOSTUNREACH ||
	       error == EHOSTDOWN || error == ENONET || error == ENOPROTOOPT;
}

int accept_spare_open(struct engine *engine)
{
	if (engine->spare_fd < 0)
		engine->spare_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return engine->spare_fd < 0 ? -errno : 0;
}

/* Accept one in the spare descriptor's place and close it; false: there is none. */
static bool turn_one_away(struct engine *engine, const struct connection *listener)
{
	int fd;

	engine->counters.system_calls++;
	fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return passes(errno);
	(void)close(fd);
	engine->counters.connections_refused++;
	return true;
}

void accept_turn_away(struct engine *engine, const struct connection *listener)
{
	/* A thread of another engine may have been faster when it was opened last. */
	if (accept_spare_open(engine) < 0)
		return;
	spare_close(engine);
	for (int i = 0; i < TURNED_AWAY_MAX; i++)
		if (!turn_one_away(engine, listener))
			break;
	(void)accept_spare_open(engine);
}

void accept_count_error(struct engine *engine, int error)
{
	static const int errors[] = {
		[ACCEPT_EMFILE] = EMFILE,
		[ACCEPT_ENFILE] = ENFILE,
		[ACCEPT_ENOMEM] = ENOMEM,
		[ACCEPT_ENOBUFS] = ENOBUFS,
		[ACCEPT_ECONNABORTED] = ECONNABORTED,
	};
	enum accept_error kind = 0;

	while (kind < ACCEPT_OTHER && errors[kind] != error)
		kind++;
	engine->counters.accept_errors++;
	engine->counters.accept_errors_by[kind]++;
}

/* Out of descriptors, or of what else a connection needs: at once it would fail again. */
static void accept_failed(struct engine *engine, struct connection *listener, int error)
{
	accept_block(engine, listener);
	if (error == EMFILE || error == ENFILE)
		accept_turn_away(engine, listener);
}

struct connection *accept_one(struct engine *engine, struct connection *listener)
{
	int fd;

	if (engine->connections.free_count == 0) {
		accept_block(engine, listener);
		return NULL;
	}
	fd = take_parked(engine, listener->listener);
	if (fd >= 0)
		return accept_take(engine, listener, fd, accept_is_direct(engine, listener));
	/* Those who are not allowed come back at once, too. */
	for (int i = 0; i < TURNED_AWAY_MAX; i++) {
		engine->counters.system_calls++;
		fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0 && accept_admits(engine, listener, fd))
			return accept_take(engine, listener, fd, false);
		if (fd >= 0)
			continue;
		if (errno == EAGAIN)
			return NULL;
		accept_count_error(engine, errno);
		if (!passes(errno)) {
			accept_failed(engine, listener, errno);
			return NULL;
		}
	}
	return NULL;
}

static void listener_end(struct engine *engine, struct connection *listener)
{
	unpark(engine, listener->listener);
	connection_fail(engine, listener, 0);
}

void accept_rest(struct engine *engine, struct connection *listener)
{
	struct connection *connection;

	if (listener->kept) {
		listener_end(engine, listener);
		return;
	}
	while (!batch_full(engine)) {
		connection = accept_one(engine, listener);
		if (connection == NULL) {
			listener_end(engine, listener);
			return;
		}
		emit_opened(engine, connection);
		connection_work(engine, connection);
	}
	connection_work(engine, listener);
}
