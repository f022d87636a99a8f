/* io_uring: accepting. */
#include <errno.h>
#include <unistd.h>

#include "uring.h"

/*
 * A multishot accept takes all that the listen queue holds. So that no connection is accepted
 * which cannot be served, it is used only while there are slots for the whole queues of all
 * listeners; then connections are taken one at a time.
 */
static bool room_for_many(const struct engine *engine)
{
	const struct connections *connections = &engine->connections;

	return connections->free_count >
	       (uint64_t)connections->accepting_count * engine->config.backlog;
}

static void prepare(const struct engine *engine, const struct connection *listener,
		    struct io_uring_sqe *sqe, bool many)
{
	const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	bool direct = accept_is_direct(engine, listener);

	if (many && direct)
		io_uring_prep_multishot_accept_direct(sqe, listener->fd, NULL, NULL, 0);
	else if (many)
		io_uring_prep_multishot_accept(sqe, listener->fd, NULL, NULL, flags);
	else if (direct)
		io_uring_prep_accept_direct(sqe, listener->fd, NULL, NULL, 0,
					    IORING_FILE_INDEX_ALLOC);
	else
		io_uring_prep_accept(sqe, listener->fd, NULL, NULL, flags);
}

static void taken(struct engine *engine, struct connection *connection)
{
	emit_opened(engine, connection);
	connection_work(engine, connection);
}

void uring_accept(struct engine *engine, struct connection *listener)
{
	/* An accept that stays armed stays first in the queue of those that wait for one. */
	bool many = feature_on(engine, FEATURE_MULTISHOT_ACCEPT) && room_for_many(engine) &&
		    !connection_is(listener, CONNECTION_SHARED);
	struct io_uring_sqe *sqe;

	if (engine->connections.free_count == 0) {
		accept_block(engine, listener);
		return;
	}
	if (engine->connections.parked[listener->listener] >= 0) {
		taken(engine, accept_one(engine, listener));
		connection_work(engine, listener);
		return;
	}
	sqe = uring_submission(engine);
	if (sqe == NULL) {
		connection_work(engine, listener);
		return;
	}
	prepare(engine, listener, sqe, many);
	uring_own(engine, listener, sqe, OPERATION_ACCEPT, 0);
	listener->armed = 0;
	listener->flags |= CONNECTION_RECEIVING;
}

/* Accepts of several listeners may have waited for the last slot. The first of a listener's is kept
 * until there is a slot again. */
static void found_no_slot(struct engine *engine, struct connection *listener, int fd)
{
	if (accept_park(engine, listener, fd))
		return;
	if (accept_is_direct(engine, listener))
		uring_close_direct(engine, fd);
	else
		(void)close(fd);
}

static void accepted(struct engine *engine, struct connection *listener, int fd)
{
	bool direct = accept_is_direct(engine, listener);
	struct connection *connection;

	if (!accept_admits(engine, listener, fd))
		return;
	engine->counters.feature_uses[FEATURE_DIRECT] += direct;
	connection = accept_take(engine, listener, fd, direct);
	if (connection == NULL)
		found_no_slot(engine, listener, fd);
	else
		taken(engine, connection);
}

static void not_accepted(struct engine *engine, struct connection *listener, int error)
{
	if (error == -ECANCELED)
		return;
	accept_count_error(engine, -error);
	/* Out of descriptors or memory: at once it would fail again. */
	if (error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -ENOBUFS)
		accept_block(engine, listener);
	/* A full file table of the ring is none of the process's, and its closed ones come back. */
	if ((error == -EMFILE || error == -ENFILE) && !feature_on(engine, FEATURE_DIRECT))
		accept_turn_away(engine, listener);
}

void uring_on_accept(struct engine *engine, struct connection *listener,
		     const struct io_uring_cqe *cqe)
{
	if (!(cqe->flags & IORING_CQE_F_MORE))
		listener->flags &= ~(uint32_t)CONNECTION_RECEIVING;
	else
		engine->counters.feature_uses[FEATURE_MULTISHOT_ACCEPT]++;
	if (cqe->res >= 0)
		accepted(engine, listener, cqe->res);
	else
		not_accepted(engine, listener, cqe->res);
	if (connection_is(listener, CONNECTION_RECEIVING) && listener->state == STATE_LISTENING &&
	    !connection_is(listener, CONNECTION_CANCELLING) && !room_for_many(engine))
		uring_cancel_receive(engine, listener);
}
