/*
 * The epoll backend: readiness made to look like completions. It tries first and waits only when
 * the kernel says EAGAIN; edge-triggered, so a socket that was read to its end costs nothing until
 * something new comes; EPOLLOUT only while a send is stuck. One record per connection, since epoll
 * knows one registration per descriptor.
 */
#include "epoll.h"
#include "hot.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lacking.h"
#include "base/touch.h"

#define WAKE UINT32_MAX
#define SPIN_ROUNDS_PER_CLOCK 4
#define DEPARTURE_READS 64

static void epoll_backend_close(struct engine *engine);

static int epoll_backend_open(struct engine *engine)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = WAKE };
	struct epoll *epoll = calloc_touched(1, sizeof(*epoll));

	if (epoll == NULL)
		return -ENOMEM;
	engine->state = epoll;
	epoll->ready_head = epoll->ready_tail = NONE;
	epoll->receive_guess = 1;
	epoll->fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll->fd < 0 || epoll_ctl(epoll->fd, EPOLL_CTL_ADD, engine->wake_fd, &event) < 0) {
		int error = -errno;

		epoll_backend_close(engine);
		return error;
	}
	if (feature_on(engine, FEATURE_HUGE_PAGES))
		engine->counters.feature_uses[FEATURE_HUGE_PAGES]++;
	return 0;
}

static int try_watch(struct engine *engine, struct connection *connection, bool out)
{
	struct epoll *epoll = engine->state;
	bool watched = connection_is(connection, CONNECTION_WATCHED);
	bool listens = connection->state == STATE_LISTENING;
	struct epoll_event event = { .data.u32 = connection_number(engine, connection) };

	/* Listeners stay level-triggered. Engines that share one are all woken: with
	 * EPOLLEXCLUSIVE it would be the same one each time. */
	event.events = listens ? EPOLLIN : EPOLLIN | EPOLLRDHUP | EPOLLET | (out ? EPOLLOUT : 0u);
	engine->counters.system_calls++;
	if (epoll_ctl(epoll->fd, watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, connection->fd, &event) <
	    0)
		return -errno;
	connection->flags |= CONNECTION_WATCHED;
	if (out)
		connection->flags |= CONNECTION_WATCHED_OUT;
	else
		connection->flags &= ~(uint32_t)CONNECTION_WATCHED_OUT;
	return 0;
}

void epoll_watch(struct engine *engine, struct connection *connection, bool out)
{
	int error = try_watch(engine, connection, out);

	if (error < 0)
		connection_fail(engine, connection, error);
}

static void unwatch(struct engine *engine, struct connection *connection)
{
	struct epoll *epoll = engine->state;

	if (connection_is(connection, CONNECTION_WATCHED))
		(void)epoll_ctl(epoll->fd, EPOLL_CTL_DEL, connection->fd, NULL);
	connection->flags &= ~(uint32_t)CONNECTION_WATCHED;
}

static void ready_add(struct engine *engine, struct connection *connection)
{
	struct epoll *epoll = engine->state;
	uint32_t number = connection_number(engine, connection);

	if (connection_is(connection, CONNECTION_READY))
		return;
	connection->flags |= CONNECTION_READY;
	connection->next = NONE;
	if (epoll->ready_tail == NONE)
		epoll->ready_head = number;
	else
		connection_at(engine, epoll->ready_tail)->next = number;
	epoll->ready_tail = number;
}

/* Something may be there to read: look at it in this turn. */
static void epoll_ready(struct engine *engine, struct connection *connection)
{
	connection->flags |= CONNECTION_UNREAD;
	if (connection_reads(connection))
		ready_add(engine, connection);
}

static struct connection *ready_next(struct engine *engine)
{
	struct epoll *epoll = engine->state;
	struct connection *connection = connection_at(engine, epoll->ready_head);

	epoll->ready_head = connection->next;
	if (epoll->ready_head == NONE)
		epoll->ready_tail = NONE;
	connection->flags &= ~(uint32_t)CONNECTION_READY;
	return connection;
}

static int epoll_backend_start(struct engine *engine, struct connection *connection)
{
	return try_watch(engine, connection, false);
}

static int epoll_backend_connect(struct engine *engine, struct connection *connection,
				 const struct sockaddr *peer, socklen_t peer_length)
{
	if (connect(connection->fd, peer, peer_length) < 0 && errno != EINPROGRESS) {
		connection_fail(engine, connection, -errno);
		return 0;
	}
	epoll_watch(engine, connection, true);
	return 0;
}

static void finish_connect(struct engine *engine, struct connection *connection)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		error = errno;
	if (error != 0) {
		connection_fail(engine, connection, -error);
		return;
	}
	error = try_watch(engine, connection, false);
	if (error < 0) {
		connection_fail(engine, connection, error);
		return;
	}
	connection_move(engine, connection, STATE_OPEN);
	engine->counters.connected++;
	departures_start(engine, connection);
	emit_opened(engine, connection);
	epoll_ready(engine, connection);
}

static void accept_ready(struct engine *engine, struct connection *listener)
{
	struct connection *connection;

	while (!batch_full(engine)) {
		connection = accept_one(engine, listener);
		if (connection == NULL)
			break;
		emit_opened(engine, connection);
		epoll_ready(engine, connection);
		if (connection_is(listener, CONNECTION_SHARED))
			break;
	}
	/* Level-triggered: a listener that can take nothing must not be watched. */
	if (connection_is(listener, CONNECTION_PAUSED))
		unwatch(engine, listener);
}

/*
 * Stamps are announced as an error is. A stream that has failed is hung up as well; of a datagram
 * socket only a read tells whether it has.
 */
static uint32_t take_departures(struct engine *engine, struct connection *connection,
				uint32_t events)
{
	if (!(events & EPOLLERR) || !(connection->departures & DEPARTURES_READ))
		return events;
	connection->departures |= DEPARTURES_UNREAD;
	ready_add(engine, connection);
	events &= ~(uint32_t)EPOLLERR;
	return connection->kind == KIND_DATAGRAM ? events | EPOLLIN : events;
}

static void handle_event(struct engine *engine, const struct epoll_event *event)
{
	struct connection *connection;
	uint32_t events;
	uint64_t count;

	if (event->data.u32 == WAKE) {
		engine->woken = true;
		if (read(engine->wake_fd, &count, sizeof(count)) < 0)
			return;
		return;
	}
	connection = connection_at(engine, event->data.u32);
	if (connection->state == STATE_LISTENING) {
		accept_ready(engine, connection);
		return;
	}
	if (connection->state == STATE_CONNECTING) {
		finish_connect(engine, connection);
		return;
	}
	events = take_departures(engine, connection, event->events);
	if ((events & EPOLLOUT) && connection_is(connection, CONNECTION_SENDING)) {
		connection->flags &= ~(uint32_t)CONNECTION_SENDING;
		connection_work(engine, connection);
	}
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		connection->flags |= CONNECTION_HUNG;
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		epoll_ready(engine, connection);
}

static void close_fd(struct engine *engine, struct connection *connection)
{
	/* A shared listener stays open elsewhere, and with it its registration here. */
	if (connection_is(connection, CONNECTION_LISTENER))
		unwatch(engine, connection);
	drops_keep(engine, connection);
	(void)close(connection->fd);
}

static void work(struct engine *engine, struct connection *connection)
{
	if (connection_is(connection, CONNECTION_GREETS) && connection->state == STATE_OPEN)
		emit_opened(engine, connection);
	if (connection->state == STATE_LISTENING) {
		if (engine->draining)
			accept_rest(engine, connection);
		else if (!connection_is(connection, CONNECTION_PAUSED | CONNECTION_WATCHED))
			epoll_watch(engine, connection, false);
	}
	while (connection_step(connection) == STEP_SEND) {
		if (connection->kind == KIND_DATAGRAM)
			epoll_send_datagrams(engine, connection);
		else
			epoll_send_stream(engine, connection);
	}
	if (connection_is(connection, CONNECTION_READY) && connection->state == STATE_CLOSING)
		return; /* comes back when it is taken off the ready list */
	if (connection_finish(engine, connection, close_fd))
		return;
	if (connection_is(connection, CONNECTION_UNREAD))
		epoll_ready(engine, connection);
}

static void walk_work(struct engine *engine)
{
	struct connection *connection;

	while (!batch_full(engine) && (connection = connection_work_next(engine)) != NULL)
		work(engine, connection);
}

/* More of them may come with a turn than one call takes, and nobody tells of those that find the
 * receive buffer full. */
static void read_departures(struct engine *engine, struct connection *connection)
{
	bool more = true;

	for (int i = 0; more && i < DEPARTURE_READS && !batch_full(engine); i++)
		more = epoll_receive_departures(engine, connection);
	if (more)
		ready_add(engine, connection);
}

static void read_one(struct engine *engine, struct connection *connection)
{
	bool more = false;

	if (connection->departures & DEPARTURES_UNREAD)
		read_departures(engine, connection);
	if (batch_full(engine))
		more = connection_is(connection, CONNECTION_UNREAD);
	else if (!connection_is(connection, CONNECTION_UNREAD) || !connection_reads(connection))
		more = false; /* what is unread stays marked so */
	else if (connection->kind == KIND_DATAGRAM)
		more = epoll_receive_datagrams(engine, connection);
	else
		more = epoll_receive_stream(engine, connection);
	if (more)
		epoll_ready(engine, connection);
}

/* One system call a connection and turn: nobody starves behind a bulk stream. */
static void read_ready(struct engine *engine)
{
	struct epoll *epoll = engine->state;
	uint32_t last = epoll->ready_tail;
	struct connection *connection;
	bool was_last;

	while (epoll->ready_head != NONE && !batch_full(engine)) {
		was_last = epoll->ready_head == last;
		connection = ready_next(engine);
		if (connection->state == STATE_CLOSING)
			connection_work(engine, connection);
		else
			read_one(engine, connection);
		if (was_last)
			break;
	}
}

static int wait_ms(uint64_t wait_ns)
{
	uint64_t ms = (wait_ns + NS_PER_MS - 1) / NS_PER_MS;

	return wait_ns == ENGINE_WAIT_FOREVER ? -1 : ms > 60000 ? 60000 : (int)ms;
}

/* To the nanosecond where the kernel can (Linux 5.11), or to the millisecond above. */
static int wait_once(struct engine *engine, uint64_t wait_ns)
{
	struct epoll *epoll = engine->state;
	struct timespec limit = { .tv_sec = (time_t)(wait_ns / NS_PER_S),
				  .tv_nsec = (long)(wait_ns % NS_PER_S) };
	bool forever = wait_ns == ENGINE_WAIT_FOREVER;
	int count;

	engine->counters.system_calls++;
	if (epoll->coarse || wait_ns == 0 || forever)
		return epoll_wait(epoll->fd, epoll->events, EPOLL_EVENTS, wait_ms(wait_ns));
	count = epoll_pwait2(epoll->fd, epoll->events, EPOLL_EVENTS, &limit, NULL);
	if (count >= 0 || (errno != ENOSYS && errno != EPERM))
		return count;
	epoll->coarse = true;
	return wait_once(engine, wait_ns);
}

/* Poll for as long as the spin allows. */
static int wait_spinning(struct engine *engine, uint64_t wait_ns)
{
	uint64_t start_ns = clock_now_ns(), now_ns;
	uint64_t window_ns = engine->spin.window_ns < wait_ns ? engine->spin.window_ns : wait_ns;
	int count;

	engine->counters.spins++;
	do {
		count = wait_once(engine, 0);
		now_ns = clock_now_ns();
	} while (count == 0 && now_ns - start_ns < window_ns);
	engine->counters.spin_ns += now_ns - start_ns;
	if (count > 0)
		engine->counters.spin_hits++;
	spin_result(&engine->spin, count > 0);
	return count;
}

static int wait_events(struct engine *engine, uint64_t wait_ns)
{
	int count = 0;

	if (wait_ns > 0 && spin_wanted(&engine->spin))
		count = wait_spinning(engine, wait_ns);
	if (count == 0)
		count = wait_once(engine, wait_ns);
	return count < 0 ? -errno : count;
}

static int epoll_backend_turn(struct engine *engine, uint64_t wait_ns)
{
	struct epoll *epoll = engine->state;
	int count;

	walk_work(engine);
	wait_ns = sweep_wait(engine, wait_ns); /* what was walked may have begun to linger */
	starved_wake(engine); /* sends that ended at once have given buffers back */
	if (engine->batch_count > 0 || epoll->ready_head != NONE ||
	    engine->connections.work_head != NONE)
		wait_ns = 0;
	count = wait_events(engine, wait_ns);
	engine_waited(engine);
	if (count < 0)
		return count;
	for (int i = 0; i < count; i++)
		handle_event(engine, &epoll->events[i]);
	read_ready(engine);
	return 0;
}

static bool epoll_backend_pending(const struct engine *engine)
{
	const struct epoll *epoll = engine->state;

	return epoll->ready_head != NONE;
}

static void epoll_backend_close(struct engine *engine)
{
	struct epoll *epoll = engine->state;

	if (epoll == NULL)
		return;
	for (uint32_t i = 0; i < engine->connections.used; i++) {
		struct connection *connection = &engine->connections.table[i];

		if (connection->state != STATE_FREE && connection->state != STATE_CLOSED)
			(void)close(connection->fd);
	}
	if (epoll->fd >= 0)
		(void)close(epoll->fd);
	free(epoll);
	engine->state = NULL;
}

const struct backend backend_epoll = {
	.name = "epoll",
	.open = epoll_backend_open,
	.start = epoll_backend_start,
	.connect = epoll_backend_connect,
	.turn = epoll_backend_turn,
	.pending = epoll_backend_pending,
	.close = epoll_backend_close,
};
