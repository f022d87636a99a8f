/* io_uring: setting the ring up as the features say, and ending it so that nothing stays behind. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/touch.h"
#include "kernel.h"
#include "uring.h"

#define SQ_ENTRIES 1024u
#define CQ_ENTRIES_MIN 4096u
#define CQ_ENTRIES_MAX 16384u
#define CLOSE_NS_MAX (100 * (long long)NS_PER_MS)
#define SUBMIT_TRIES 100

static const struct {
	enum feature_id feature;
	unsigned flags;
} setup_flags[] = {
	{ FEATURE_DEFER_TASKRUN,
	  IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG },
	{ FEATURE_COOP_TASKRUN, IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG },
	{ FEATURE_NO_SQARRAY, IORING_SETUP_NO_SQARRAY },
	{ FEATURE_SQPOLL, IORING_SETUP_SQPOLL },
	{ FEATURE_RESTRICTIONS, IORING_SETUP_R_DISABLED },
};

static uint32_t completions_wanted(const struct engine *engine)
{
	uint32_t wanted = CQ_ENTRIES_MIN, asked = engine->config.completion_count;
	uint32_t each = feature_on(engine, FEATURE_DEPARTURES) ? 3 : 1;

	if (asked > 0)
		return asked > SQ_ENTRIES ? asked : SQ_ENTRIES;
	/* Every connection may have a completion between two looks; and a stamp, which is long. */
	while (wanted < each * engine->config.connection_max && wanted < CQ_ENTRIES_MAX)
		wanted *= 2;
	return wanted;
}

/* liburing sets IORING_SETUP_NO_SQARRAY by itself wherever it can. Without it, the index array
 * has to be filled in, once: entry n of it names submission n. */
static int ring_init_with_array(struct io_uring *ring, struct io_uring_params *params)
{
	int error, fd = io_uring_setup(SQ_ENTRIES, params);

	if (fd < 0)
		return fd;
	error = io_uring_queue_mmap(fd, params, ring);
	if (error < 0) {
		(void)close(fd);
		return error;
	}
	for (unsigned i = 0; i < ring->sq.ring_entries; i++)
		ring->sq.array[i] = i;
	ring->features = params->features;
	ring->flags = params->flags;
	ring->ring_fd = ring->enter_ring_fd = fd;
	return 0;
}

static int ring_try(struct engine *engine, uint32_t sizes)
{
	struct uring *uring = engine->state;
	struct io_uring_params params = { .flags = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE |
						   IORING_SETUP_SUBMIT_ALL,
					  .cq_entries = completions_wanted(engine),
					  .sq_thread_idle = 1000 };
	int error;

	params.flags |= sizes;
	for (size_t i = 0; i < ARRAY_SIZE(setup_flags); i++) {
		if (!feature_on(engine, setup_flags[i].feature))
			continue;
		params.flags |= setup_flags[i].flags;
	}
	if (feature_on(engine, FEATURE_NO_SQARRAY))
		error = io_uring_queue_init_params(SQ_ENTRIES, &uring->ring, &params);
	else
		error = ring_init_with_array(&uring->ring, &params);
	uring->open = error == 0;
	return error;
}

/*
 * A departure needs a completion that has room for a time. Linux 6.18 has a flaw in rings where all
 * have it: what does not fit behind the last entry of a ring of mixed ones is put elsewhere there
 * too, over another completion, and the last entry is the one of the lap before. So those are for
 * Linux 6.17, which has no mixed ones.
 */
static int ring_open(struct engine *engine)
{
	bool departures = feature_on(engine, FEATURE_DEPARTURES);
	int error = ring_try(engine, departures ? KERNEL_SETUP_MIXED : 0);

	if (error == -EINVAL && departures)
		error = ring_try(engine, IORING_SETUP_CQE32);
	for (size_t i = 0; error == 0 && i < ARRAY_SIZE(setup_flags); i++)
		if (feature_on(engine, setup_flags[i].feature))
			engine->counters.feature_uses[setup_flags[i].feature]++;
	return error;
}

/* What is registered with the ring beside its buffers. */
static int ring_register(struct engine *engine)
{
	struct uring *uring = engine->state;
	struct io_uring_napi napi = { .busy_poll_to = engine->config.busy_poll_us,
				      .prefer_busy_poll = 1 };
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

static int uring_init(struct engine *engine)
{
	struct uring *uring = engine->state;
	int error;

	for (int control = 0; control < CONTROL_KINDS; control++)
		for (int name = 0; name < NAME_KINDS; name++)
			uring->templates[control][name] = (struct msghdr){
				.msg_namelen = name_rooms[name],
				.msg_controllen = control_rooms[control],
			};
	error = ring_open(engine);
	if (error < 0)
		return error;
	uring->scratch = calloc_touched(uring->ring.sq.ring_entries, sizeof(*uring->scratch));
	uring->slots = calloc_touched(engine->buffers.count, sizeof(*uring->slots));
	uring->quiet_max = 2 * uring->ring.sq.ring_entries;
	uring->quiet = calloc_touched(uring->quiet_max, sizeof(*uring->quiet));
	if (uring->scratch == NULL || uring->slots == NULL || uring->quiet == NULL)
		return -ENOMEM;
	error = ring_register(engine);
	if (error == 0)
		error = uring_pools_open(engine);
	if (error == 0 && feature_on(engine, FEATURE_SEND_BUNDLE))
		error = uring_bundles_open(engine);
	/* Last of all: what has been registered by now needs no right. */
	if (error == 0 && feature_on(engine, FEATURE_RESTRICTIONS))
		error = uring_restrict(engine);
	return error;
}

int uring_open(struct engine *engine)
{
	int error;

	engine->state = calloc(1, sizeof(struct uring));
	if (engine->state == NULL)
		return -ENOMEM;
	error = uring_init(engine);
	if (error < 0) {
		uring_close(engine);
		return error;
	}
	if (feature_on(engine, FEATURE_HUGE_PAGES))
		engine->counters.feature_uses[FEATURE_HUGE_PAGES]++;
	return 0;
}

/* What completed unseen; among it may be connections that nobody will own. Returns how many
 * operations of connections ended. */
static uint32_t discard_completions(struct engine *engine)
{
	struct uring *uring = engine->state;
	const struct io_uring_cqe *cqe;
	uint32_t begin = *uring->ring.cq.khead, at = begin, ended = 0;

	while ((cqe = uring_completion(uring, &at)) != NULL) {
		if (cqe->user_data >> 56 == OPERATION_ACCEPT && cqe->res >= 0 &&
		    !accept_is_direct(engine, connection_at(engine, (uint32_t)cqe->user_data)))
			(void)close(cqe->res);
		ended += (cqe->flags & IORING_CQE_F_MORE) == 0 &&
			 cqe->user_data >> 56 != OPERATION_WAKE &&
			 cqe->user_data >> 56 != OPERATION_CLOSE;
	}
	io_uring_cq_advance(&uring->ring, at - begin);
	return ended;
}

static uint32_t operations(const struct engine *engine)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < engine->connections.used; i++)
		sum += engine->connections.table[i].operations;
	return sum;
}

/* Descriptors that are to be closed may be among what was prepared, so it has to be taken, also by
 * a kernel that was busy or had no memory a moment ago. Returns how many operations of connections
 * ended. */
static uint32_t submit_rest(struct engine *engine)
{
	struct uring *uring = engine->state;
	uint32_t ended = 0;
	bool done = false;

	for (int i = 0; i < SUBMIT_TRIES && !done; i++) {
		done = io_uring_submit_and_get_events(&uring->ring) >= 0 &&
		       (feature_on(engine, FEATURE_SQPOLL) || io_uring_sq_ready(&uring->ring) == 0);
		ended += discard_completions(engine);
	}
	return ended;
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
		.timeout = { .tv_sec = 1 },
	};
	struct __kernel_timespec limit = { .tv_nsec = CLOSE_NS_MAX };
	uint32_t left = operations(engine) - submit_rest(engine);
	struct io_uring_cqe *cqe;

	(void)io_uring_register_sync_cancel(&uring->ring, &cancel);
	(void)io_uring_get_events(&uring->ring);
	left -= discard_completions(engine);
	/* A submission thread makes the completions in its own time. */
	while (feature_on(engine, FEATURE_SQPOLL) && left > 0 &&
	       io_uring_wait_cqe_timeout(&uring->ring, &cqe, &limit) == 0)
		left -= discard_completions(engine);
}

void uring_close(struct engine *engine)
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
