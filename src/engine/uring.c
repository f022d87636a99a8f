/*
 * The io_uring backend: one completion loop that submits in batches. What the kernel really does,
 * and each trap that this code steps around, stands in docs/uring.md.
 *
 * All submissions are made while the work list is walked, so their number is bounded by the space
 * in the ring; completions only change states, emit messages and put connections on that list.
 */
#include "uring.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define SQ_ENTRIES 1024u
#define SQ_RESERVE 8u /* what one connection may need at once, datagrams apart */
#define CQ_ENTRIES_MIN 4096u
#define CQ_ENTRIES_MAX 32768u
#define SPIN_ROUNDS_PER_CLOCK 32

static const struct {
	enum feature_id feature;
	unsigned flags;
} setup_flags[] = {
	{FEATURE_DEFER_TASKRUN, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
					IORING_SETUP_TASKRUN_FLAG},
	{FEATURE_COOP_TASKRUN, IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG},
	{FEATURE_NO_SQARRAY, IORING_SETUP_NO_SQARRAY},
	{FEATURE_SQPOLL, IORING_SETUP_SQPOLL},
};

static uint32_t completions_wanted(const struct engine *engine)
{
	uint32_t wanted = CQ_ENTRIES_MIN;

	/* A receive and a send of every connection may complete between two looks. */
	while (wanted < 2 * engine->config.connection_max && wanted < CQ_ENTRIES_MAX)
		wanted *= 2;
	return wanted;
}

static int ring_open(struct engine *engine)
{
	struct uring *uring = engine->state;
	struct io_uring_params params = {.flags = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE |
						  IORING_SETUP_SUBMIT_ALL,
					 .cq_entries = completions_wanted(engine),
					 .sq_thread_idle = 1000};
	int error;

	for (size_t i = 0; i < sizeof(setup_flags) / sizeof(setup_flags[0]); i++) {
		if (!feature_on(engine, setup_flags[i].feature))
			continue;
		params.flags |= setup_flags[i].flags;
		engine->counters.feature_uses[setup_flags[i].feature]++;
	}
	error = io_uring_queue_init_params(SQ_ENTRIES, &uring->ring, &params);
	uring->open = error == 0;
	return error;
}

/* What is registered with the ring beside its buffers. */
static int ring_register(struct engine *engine)
{
	struct uring *uring = engine->state;
	struct io_uring_napi napi = {.busy_poll_to = engine->config.busy_poll_us,
				     .prefer_busy_poll = 1};
	int error = 0;

	if (feature_on(engine, FEATURE_REGISTERED_RING)) {
		error = io_uring_register_ring_fd(&uring->ring);
		if (error < 0)
			return error;
		engine->counters.feature_uses[FEATURE_REGISTERED_RING]++;
	}
	if (feature_on(engine, FEATURE_NAPI)) {
		error = io_uring_register_napi(&uring->ring, &napi);
		if (error < 0)
			return error;
		engine->counters.feature_uses[FEATURE_NAPI]++;
	}
	if (feature_on(engine, FEATURE_DIRECT))
		error = io_uring_register_files_sparse(&uring->ring, engine->config.connection_max);
	return error < 0 ? error : 0;
}

static void uring_close(struct engine *engine);

static int uring_init(struct engine *engine)
{
	static const uint32_t names[] = {0, CONNECTION_NAMED | CONNECTION_UDP, CONNECTION_NAMED};
	struct uring *uring = engine->state;
	int error;

	for (int control = 0; control < 2; control++) {
		for (int name = 0; name < 3; name++) {
			struct connection like = {
				.flags = names[name] | (control ? CONNECTION_CONTROL : 0u)};

			uring->templates[control][name] =
				(struct msghdr){.msg_namelen = datagram_name_room(&like),
						.msg_controllen = datagram_control_room(&like)};
		}
	}
	error = ring_open(engine);
	if (error < 0)
		return error;
	uring->scratch = calloc(uring->ring.sq.ring_entries, sizeof(*uring->scratch));
	uring->slots = calloc(engine->buffers.count, sizeof(*uring->slots));
	uring->quiet_max = 2 * uring->ring.sq.ring_entries;
	uring->quiet = calloc(uring->quiet_max, sizeof(*uring->quiet));
	if (uring->scratch == NULL || uring->slots == NULL || uring->quiet == NULL)
		return -ENOMEM;
	error = ring_register(engine);
	if (error == 0)
		error = uring_pools_open(engine);
	if (error == 0 && feature_on(engine, FEATURE_SEND_BUNDLE))
		error = uring_bundles_open(engine);
	return error;
}

static int uring_open(struct engine *engine)
{
	int error;

	engine->state = calloc(1, sizeof(struct uring));
	if (engine->state == NULL)
		return -ENOMEM;
	error = uring_init(engine);
	if (error < 0)
		uring_close(engine);
	else if (feature_on(engine, FEATURE_HUGE_PAGES))
		engine->counters.feature_uses[FEATURE_HUGE_PAGES]++;
	return error;
}

struct io_uring_sqe *uring_submission(struct engine *engine)
{
	struct uring *uring = engine->state;

	return io_uring_get_sqe(&uring->ring);
}

void uring_own(struct engine *engine, struct connection *connection, struct io_uring_sqe *sqe,
	       enum uring_operation operation, uint32_t detail)
{
	sqe->user_data = uring_data(operation, detail, connection_number(engine, connection));
	if (connection_is(connection, CONNECTION_DIRECT) && operation != OPERATION_CANCEL &&
	    operation != OPERATION_CLOSE)
		sqe->flags |= IOSQE_FIXED_FILE;
	connection->operations++;
}

void uring_cancel_receive(struct engine *engine, struct connection *connection)
{
	enum uring_operation operation = connection->state == STATE_LISTENING ? OPERATION_ACCEPT
					 : connection->kind == KIND_DATAGRAM
						 ? OPERATION_RECEIVE_DATAGRAM
						 : OPERATION_RECEIVE;
	struct io_uring_sqe *sqe = uring_submission(engine);

	if (sqe == NULL) {
		connection_work(engine, connection);
		return;
	}
	/* A receive with a buffer of its own has that in its name: there is one on the connection. */
	if (connection->armed == POOL_COUNT)
		io_uring_prep_cancel_fd(sqe, connection->fd, IORING_ASYNC_CANCEL_ALL);
	else
		io_uring_prep_cancel64(sqe,
				       uring_data(operation, connection->armed,
						  connection_number(engine, connection)),
				       0);
	uring_own(engine, connection, sqe, OPERATION_CANCEL, 0);
	connection->flags |= CONNECTION_CANCELLING;
}

void uring_cancel_all(struct engine *engine, struct connection *connection)
{
	unsigned flags = IORING_ASYNC_CANCEL_ALL;
	struct io_uring_sqe *sqe = uring_submission(engine);

	if (sqe == NULL) {
		connection_work(engine, connection);
		return;
	}
	if (connection_is(connection, CONNECTION_DIRECT))
		flags |= IORING_ASYNC_CANCEL_FD_FIXED;
	io_uring_prep_cancel_fd(sqe, connection->fd, flags);
	uring_own(engine, connection, sqe, OPERATION_CANCEL, 0);
	connection->flags |= CONNECTION_CANCELLING;
}

static int uring_start(struct engine *engine, struct connection *connection)
{
	connection_work(engine, connection);
	return 0;
}

static int submit(struct engine *engine)
{
	struct uring *uring = engine->state;

	engine->counters.system_calls++;
	return io_uring_submit_and_get_events(&uring->ring);
}

static int uring_connect(struct engine *engine, struct connection *connection,
			 const struct sockaddr *peer, socklen_t peer_length)
{
	struct io_uring_sqe *sqe = uring_submission(engine);
	int error;

	if (sqe == NULL) {
		error = submit(engine);
		sqe = uring_submission(engine);
		if (sqe == NULL)
			return error < 0 ? error : -EAGAIN;
	}
	io_uring_prep_connect(sqe, connection->fd, peer, peer_length);
	uring_own(engine, connection, sqe, OPERATION_CONNECT, 0);
	/* peer is the caller's: the kernel has to have read it before we return. */
	error = submit(engine);
	return error < 0 && error != -EBUSY && error != -EAGAIN && error != -EINTR ? error : 0;
}

static void on_connect(struct engine *engine, struct connection *connection,
		       const struct io_uring_cqe *cqe)
{
	if (connection->state != STATE_CONNECTING)
		return;
	if (cqe->res < 0) {
		connection_fail(engine, connection, cqe->res);
		return;
	}
	connection_move(engine, connection, STATE_OPEN);
	engine->counters.connected++;
	emit_opened(engine, connection);
}

static void on_cancel(struct engine *engine, struct connection *connection,
		      const struct io_uring_cqe *cqe)
{
	(void)engine;
	(void)cqe;
	/* Once is enough for a connection that closes: nothing new is started on it. */
	if (connection->state != STATE_CLOSING)
		connection->flags &= ~(uint32_t)CONNECTION_CANCELLING;
}

static void close_fd(struct engine *engine, struct connection *connection)
{
	struct io_uring_sqe *sqe;

	if (connection_is(connection, CONNECTION_GONE))
		return;
	connection->flags |= CONNECTION_GONE;
	sqe = uring_submission(engine);
	if (sqe == NULL) {
		(void)close(connection->fd);
		return;
	}
	if (connection_is(connection, CONNECTION_DIRECT))
		io_uring_prep_close_direct(sqe, (unsigned)connection->fd);
	else
		io_uring_prep_close(sqe, connection->fd);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	sqe->user_data = uring_data(OPERATION_CLOSE, 0, 0);
}

/* Bring to an end what is still with the kernel. A zero-copy send whose notification is awaited
 * cannot be cancelled: closing the socket makes the network let go of its bytes. */
static void work_closing(struct engine *engine, struct connection *connection)
{
	if (connection->operations == 0)
		return;
	if (connection->operations == 1 && connection_is(connection, CONNECTION_NOTIFIED))
		close_fd(engine, connection);
	else if (!connection_is(connection, CONNECTION_CANCELLING | CONNECTION_NOTIFIED))
		uring_cancel_all(engine, connection);
}

static void work_listening(struct engine *engine, struct connection *listener)
{
	bool armed = connection_is(listener, CONNECTION_RECEIVING);

	if (engine->draining && !armed)
		accept_rest(engine, listener);
	else if (engine->draining && !connection_is(listener, CONNECTION_CANCELLING))
		uring_cancel_receive(engine, listener);
	else if (!engine->draining && !armed && !connection_is(listener, CONNECTION_PAUSED))
		uring_accept(engine, listener);
}

/* Arm the receive, or cancel it: it is not wanted now, or has to take other buffers. */
static void work_receiving(struct engine *engine, struct connection *connection)
{
	bool reads = connection_reads(connection);

	if (!connection_is(connection, CONNECTION_RECEIVING)) {
		if (reads)
			uring_receive(engine, connection);
		return;
	}
	if (connection_is(connection, CONNECTION_CANCELLING))
		return;
	if (!reads || (connection->armed != connection->pool && connection->armed != POOL_COUNT))
		uring_cancel_receive(engine, connection);
}

static void work(struct engine *engine, struct connection *connection)
{
	if (connection_is(connection, CONNECTION_GREETS) && connection->state == STATE_OPEN)
		emit_opened(engine, connection);
	if (connection->state == STATE_LISTENING)
		work_listening(engine, connection);
	if (connection_step(connection) == STEP_SEND) {
		if (connection->kind == KIND_DATAGRAM)
			uring_send_datagrams(engine, connection);
		else
			uring_send(engine, connection);
	}
	if (connection_finish(engine, connection, close_fd))
		return;
	if (connection->state == STATE_CLOSING)
		work_closing(engine, connection);
	else if (connection->state != STATE_LISTENING)
		work_receiving(engine, connection);
}

static void arm_wake(struct engine *engine)
{
	struct uring *uring = engine->state;
	struct io_uring_sqe *sqe = uring->wake_armed ? NULL : uring_submission(engine);

	if (sqe == NULL)
		return;
	io_uring_prep_poll_add(sqe, engine->wake_fd, POLLIN);
	sqe->user_data = uring_data(OPERATION_WAKE, 0, 0);
	uring->wake_armed = true;
}

static void on_wake(struct engine *engine)
{
	struct uring *uring = engine->state;
	uint64_t count;
	ssize_t got = read(engine->wake_fd, &count, sizeof(count));

	(void)got; /* somebody woke us; how often does not matter */
	uring->wake_armed = false;
	engine->woken = true;
}

static void walk_work(struct engine *engine)
{
	struct uring *uring = engine->state;
	struct connection *connection;

	arm_wake(engine);
	while (!batch_full(engine) && io_uring_sq_space_left(&uring->ring) >= SQ_RESERVE &&
	       (connection = connection_work_next(engine)) != NULL)
		work(engine, connection);
}

static void (*const handlers[OPERATION_COUNT])(struct engine *, struct connection *,
					       const struct io_uring_cqe *) = {
	[OPERATION_ACCEPT] = uring_on_accept,
	[OPERATION_CONNECT] = on_connect,
	[OPERATION_RECEIVE] = uring_on_receive,
	[OPERATION_RECEIVE_DATAGRAM] = uring_on_receive_datagram,
	[OPERATION_SEND] = uring_on_send,
	[OPERATION_SEND_DATAGRAM] = uring_on_send_datagram,
	[OPERATION_CANCEL] = on_cancel,
};

static void handle(struct engine *engine, const struct io_uring_cqe *cqe)
{
	enum uring_operation operation = (enum uring_operation)(cqe->user_data >> 56);
	struct connection *connection;

	if (operation == OPERATION_WAKE) {
		on_wake(engine);
		return;
	}
	if (operation == OPERATION_CLOSE)
		return;
	connection = connection_at(engine, (uint32_t)cqe->user_data);
	if (!(cqe->flags & IORING_CQE_F_MORE)) {
		connection->operations--;
		connection_work(engine, connection);
	}
	handlers[operation](engine, connection, cqe);
}

static void reap(struct engine *engine)
{
	struct uring *uring = engine->state;
	struct io_uring_cqe *cqe;
	unsigned head, count = 0;

	io_uring_for_each_cqe(&uring->ring, head, cqe) {
		if (batch_full(engine) || engine->buffers.segments_free < BATCH_SLACK)
			break;
		handle(engine, cqe);
		count++;
	}
	io_uring_cq_advance(&uring->ring, count);
	engine->counters.completions += count;
}

/* Is there something to be had without waiting: completions, or task work that makes some? */
static bool has_news(const struct uring *uring)
{
	unsigned flags = IO_URING_READ_ONCE(*uring->ring.sq.kflags);

	return io_uring_cq_ready(&uring->ring) > 0 ||
	       (flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

/* Watch the ring in user memory for as long as the spin allows; no system call. */
static bool spin_on_ring(struct engine *engine, uint64_t wait_ns)
{
	const struct uring *uring = engine->state;
	uint64_t window_ns = engine->spin.window_ns < wait_ns ? engine->spin.window_ns : wait_ns;
	uint64_t start_ns = clock_now_ns(), now_ns = start_ns;
	bool hit = false;

	engine->counters.spins++;
	while (!hit && now_ns - start_ns < window_ns) {
		for (int i = 0; i < SPIN_ROUNDS_PER_CLOCK && !hit; i++) {
			spin_pause();
			hit = has_news(uring);
		}
		now_ns = clock_now_ns();
	}
	engine->counters.spin_ns += now_ns - start_ns;
	engine->counters.spin_hits += hit;
	spin_result(&engine->spin, hit);
	return hit;
}

static int wait_in_kernel(struct engine *engine, uint64_t wait_ns)
{
	struct uring *uring = engine->state;
	struct __kernel_timespec limit = {.tv_sec = (long long)(wait_ns / NS_PER_S),
					  .tv_nsec = (long long)(wait_ns % NS_PER_S)};
	struct io_uring_cqe *cqe;

	engine->counters.system_calls++;
	if (feature_on(engine, FEATURE_MIN_WAIT)) {
		engine->counters.feature_uses[FEATURE_MIN_WAIT]++;
		return io_uring_submit_and_wait_min_timeout(
			&uring->ring, &cqe, engine->config.min_wait_count, &limit,
			engine->config.min_wait_us, NULL);
	}
	if (wait_ns == ENGINE_WAIT_FOREVER)
		return io_uring_submit_and_wait(&uring->ring, 1);
	return io_uring_submit_and_wait_timeout(&uring->ring, &cqe, 1, &limit, NULL);
}

/* Submit, then poll, then sleep. What completes while it is submitted ends the wait at once. */
static int submit_and_wait(struct engine *engine, uint64_t wait_ns)
{
	struct uring *uring = engine->state;
	bool submits = io_uring_sq_ready(&uring->ring) > 0;
	int error = 0;

	if (wait_ns == 0)
		return submits || has_news(uring) ? submit(engine) : 0;
	if (!spin_wanted(&engine->spin))
		return wait_in_kernel(engine, wait_ns);
	if (submits)
		error = submit(engine);
	if (error < 0 || io_uring_cq_ready(&uring->ring) > 0)
		return error;
	return spin_on_ring(engine, wait_ns) ? submit(engine) : wait_in_kernel(engine, wait_ns);
}

/* Errors of io_uring_enter that pass: completions have to be taken first, or time has run out. */
static bool passes(int error)
{
	return error >= 0 || error == -ETIME || error == -EBUSY || error == -EAGAIN ||
	       error == -ENOMEM;
}

/* A quiet send does not end a wait. Does anything hang on its end? */
static bool must_not_sleep(struct engine *engine)
{
	const struct uring *uring = engine->state;
	bool waiting = uring->quiet_urgent || engine->draining || engine->hungry;

	engine->hungry = false;
	if (uring->quiet_count == 0)
		return false;
	for (int i = 0; i < POOL_COUNT && !waiting; i++)
		waiting = engine->buffers.pools[i].starved != NONE;
	return waiting;
}

static int uring_turn(struct engine *engine, uint64_t wait_ns)
{
	struct uring *uring = engine->state;
	int error;

	uring_pools_publish(engine);
	walk_work(engine);
	if (engine->batch_count > 0 || engine->connections.work_head != NONE ||
	    io_uring_cq_ready(&uring->ring) > 0 || must_not_sleep(engine))
		wait_ns = 0;
	if (IO_URING_READ_ONCE(*uring->ring.sq.kflags) & IORING_SQ_CQ_OVERFLOW)
		engine->counters.cq_overflows++;
	error = submit_and_wait(engine, wait_ns);
	uring_quiet_mark(engine);
	engine_read_clock(engine);
	reap(engine);
	uring_quiet_finish(engine);
	return passes(error) ? 0 : error;
}

static bool uring_pending(const struct engine *engine)
{
	const struct uring *uring = engine->state;

	return has_news(uring);
}

/*
 * Everything armed is cancelled, and its last completion made, before the descriptors are closed
 * and the ring ends: what is still armed keeps its port bound for some 10 ms (docs/uring.md), and
 * with DEFER_TASKRUN a cancelled operation lets go of its socket only when we ask for completions.
 */
static void cancel_everything(struct engine *engine)
{
	struct uring *uring = engine->state;
	struct io_uring_sync_cancel_reg cancel = {
		.fd = -1,
		.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL,
		.timeout = {.tv_sec = 1},
	};

	(void)io_uring_submit_and_get_events(&uring->ring);
	(void)io_uring_register_sync_cancel(&uring->ring, &cancel);
	io_uring_cq_advance(&uring->ring, io_uring_cq_ready(&uring->ring));
	(void)io_uring_get_events(&uring->ring);
}

static void uring_close(struct engine *engine)
{
	struct uring *uring = engine->state;

	if (uring == NULL)
		return;
	if (uring->open)
		cancel_everything(engine);
	for (uint32_t i = 0; i < engine->connections.used; i++) {
		struct connection *connection = &engine->connections.table[i];

		if (connection->state != STATE_FREE && connection->state != STATE_CLOSED &&
		    !connection_is(connection, CONNECTION_DIRECT | CONNECTION_GONE))
			(void)close(connection->fd);
	}
	if (uring->open) {
		uring_bundles_close(engine);
		uring_pools_close(engine);
		io_uring_queue_exit(&uring->ring);
	}
	free(uring->scratch);
	free(uring->slots);
	free(uring->quiet);
	free(uring);
	engine->state = NULL;
}

const struct backend backend_uring = {
	.name = "uring",
	.open = uring_open,
	.start = uring_start,
	.connect = uring_connect,
	.turn = uring_turn,
	.pending = uring_pending,
	.close = uring_close,
};
