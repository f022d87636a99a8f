/* io_uring_setup(2) of the simulated machine: what may be asked for, and the memory of a ring. */
#include "ring_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 32768u
#define SETUP_KNOWN                                                                      \
	(IORING_SETUP_SQPOLL | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP |                \
	 IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN | \
	 IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_CQE32 | IORING_SETUP_SINGLE_ISSUER |   \
	 IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_NO_SQARRAY | RING_SETUP_MIXED)
/* What Linux 6.18 says of itself. */
#define FEATURES                                                                            \
	(IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE |         \
	 IORING_FEAT_RW_CUR_POS | IORING_FEAT_CUR_PERSONALITY | IORING_FEAT_FAST_POLL |     \
	 IORING_FEAT_POLL_32BITS | IORING_FEAT_SQPOLL_NONFIXED | IORING_FEAT_EXT_ARG |      \
	 IORING_FEAT_NATIVE_WORKERS | IORING_FEAT_RSRC_TAGS | IORING_FEAT_CQE_SKIP |        \
	 IORING_FEAT_LINKED_FILE | IORING_FEAT_REG_REG_RING | IORING_FEAT_RECVSEND_BUNDLE | \
	 IORING_FEAT_MIN_TIMEOUT)

static uint32_t power_of_two(uint32_t count)
{
	uint32_t power = 1;

	while (power < count)
		power *= 2;
	return power;
}

static bool flags_agree(uint32_t flags)
{
	const uint32_t runs = IORING_SETUP_COOP_TASKRUN | IORING_SETUP_DEFER_TASKRUN;

	if ((flags & ~SETUP_KNOWN) != 0 || ring_lacks_setup(flags))
		return false;
	if ((flags & IORING_SETUP_SQPOLL) && (flags & (runs | IORING_SETUP_TASKRUN_FLAG)))
		return false;
	if ((flags & IORING_SETUP_TASKRUN_FLAG) && !(flags & runs))
		return false;
	if ((flags & IORING_SETUP_DEFER_TASKRUN) && !(flags & IORING_SETUP_SINGLE_ISSUER))
		return false;
	return (flags & (IORING_SETUP_CQE32 | RING_SETUP_MIXED)) !=
	       (IORING_SETUP_CQE32 | RING_SETUP_MIXED);
}

/* How many entries the rings get. */
static int sizes(unsigned entries, struct io_uring_params *params)
{
	bool clamp = (params->flags & IORING_SETUP_CLAMP) != 0;
	uint32_t sq, cq;

	if (entries == 0 || (entries > ENTRIES_MAX && !clamp))
		return -EINVAL;
	sq = power_of_two(entries < ENTRIES_MAX ? entries : ENTRIES_MAX);
	cq = 2 * sq;
	if (params->flags & IORING_SETUP_CQSIZE) {
		cq = params->cq_entries;
		if (cq == 0 || (cq > 2 * ENTRIES_MAX && !clamp))
			return -EINVAL;
		cq = power_of_two(cq < 2 * ENTRIES_MAX ? cq : 2 * ENTRIES_MAX);
		if (cq < sq)
			return -EINVAL;
	}
	params->sq_entries = sq;
	params->cq_entries = cq;
	return 0;
}

static int allocate(struct sim_ring *ring, const struct io_uring_params *params)
{
	bool array = (params->flags & IORING_SETUP_NO_SQARRAY) == 0;

	ring->shared = calloc(1, sizeof(*ring->shared));
	ring->submissions = calloc(params->sq_entries, sizeof(*ring->submissions));
	ring->completions = calloc((size_t)params->cq_entries << ring->cq_shift,
				   sizeof(*ring->completions));
	if (array)
		ring->array = calloc(params->sq_entries, sizeof(*ring->array));
	if (ring->shared == NULL || ring->submissions == NULL || ring->completions == NULL ||
	    (array && ring->array == NULL))
		return -ENOMEM;
	ring->shared->sq_entries = params->sq_entries;
	ring->shared->sq_mask = params->sq_entries - 1;
	ring->shared->cq_entries = params->cq_entries;
	ring->shared->cq_mask = params->cq_entries - 1;
	return 0;
}

static struct sim_ring *ring_new(const struct io_uring_params *params)
{
	struct sim_ring *ring = calloc(1, sizeof(*ring));

	if (ring == NULL)
		return NULL;
	ring->flags = params->flags;
	ring->cq_shift = (params->flags & IORING_SETUP_CQE32) != 0;
	ring->enabled = (params->flags & IORING_SETUP_R_DISABLED) == 0;
	ring->work_end = &ring->work_first;
	if (ring->enabled && (params->flags & IORING_SETUP_SINGLE_ISSUER))
		ring->owner = task_self();
	if (allocate(ring, params) == 0)
		return ring;
	free(ring->shared);
	free(ring->array);
	free(ring->submissions);
	free(ring->completions);
	free(ring);
	return NULL;
}

int ring_setup(unsigned entries, struct io_uring_params *params)
{
	int error = ring_setup_error();
	struct sim_ring *ring;

	ring_call();
	if (error < 0)
		return error;
	if (!flags_agree(params->flags))
		return -EINVAL;
	error = sizes(entries, params);
	if (error < 0)
		return error;
	ring = ring_new(params);
	if (ring == NULL)
		return -ENOMEM;
	params->features = FEATURES;
	return ring_open(ring);
}

void ring_map(struct sim_ring *ring, const struct io_uring_params *params, struct io_uring *user)
{
	struct ring_shared *shared = ring->shared;

	memset(user, 0, sizeof(*user));
	user->sq = (struct io_uring_sq){
		.khead = &shared->sq_head,
		.ktail = &shared->sq_tail,
		.kring_mask = &shared->sq_mask,
		.kring_entries = &shared->sq_entries,
		.kflags = &shared->sq_flags,
		.kdropped = &shared->sq_dropped,
		.array = ring->array,
		.sqes = ring->submissions,
		.ring_sz = params->sq_entries * sizeof(struct io_uring_sqe),
		.ring_ptr = shared,
		.ring_mask = shared->sq_mask,
		.ring_entries = shared->sq_entries,
	};
	user->cq = (struct io_uring_cq){
		.khead = &shared->cq_head,
		.ktail = &shared->cq_tail,
		.kring_mask = &shared->cq_mask,
		.kring_entries = &shared->cq_entries,
		.kflags = &shared->cq_flags,
		.koverflow = &shared->cq_overflow,
		.cqes = ring->completions,
		.ring_sz = params->cq_entries * sizeof(struct io_uring_cqe),
		.ring_ptr = shared,
		.ring_mask = shared->cq_mask,
		.ring_entries = shared->cq_entries,
	};
}
