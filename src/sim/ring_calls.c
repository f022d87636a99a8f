/*
 * liburing's functions that enter the kernel, as the linker gives them to a program of the
 * simulated machine (--wrap). Without a world they are what they always were.
 */
#include "ring_calls.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "ring_state.h"

/* liburing's own, of struct io_uring's int_flags. */
#define BY_INDEX (IORING_ENTER_REGISTERED_RING | 1u)

static bool is_simulated(void)
{
	return world_get() != NULL;
}

int __wrap_io_uring_setup(unsigned entries, struct io_uring_params *params)
{
	return is_simulated() ? ring_setup(entries, params)
			      : __real_io_uring_setup(entries, params);
}

int __wrap_io_uring_queue_mmap(int fd, struct io_uring_params *params, struct io_uring *ring)
{
	struct sim_ring *sim = sim_ring_find(fd);

	if (!is_simulated())
		return __real_io_uring_queue_mmap(fd, params, ring);
	if (sim == NULL)
		return -EBADF;
	ring_map(sim, params, ring);
	return 0;
}

/* liburing asks for a ring without the index array first, and makes do with one that has it. */
int __wrap_io_uring_queue_init_params(unsigned entries, struct io_uring *ring,
				      struct io_uring_params *params)
{
	uint32_t flags = params->flags;
	struct sim_ring *sim;
	int fd;

	if (!is_simulated())
		return __real_io_uring_queue_init_params(entries, ring, params);
	params->flags = flags | IORING_SETUP_NO_SQARRAY;
	fd = ring_setup(entries, params);
	if (fd == -EINVAL && !(flags & IORING_SETUP_NO_SQARRAY)) {
		params->flags = flags;
		fd = ring_setup(entries, params);
	}
	if (fd < 0)
		return fd;
	sim = sim_ring_find(fd);
	ring_map(sim, params, ring);
	for (uint32_t i = 0; sim->array != NULL && i < params->sq_entries; i++)
		sim->array[i] = i;
	ring->features = params->features;
	ring->flags = params->flags;
	ring->ring_fd = ring->enter_ring_fd = fd;
	return 0;
}

int __wrap_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
	struct io_uring_params params = { .flags = flags };

	return is_simulated() ? __wrap_io_uring_queue_init_params(entries, ring, &params)
			      : __real_io_uring_queue_init(entries, ring, flags);
}

void __wrap_io_uring_queue_exit(struct io_uring *ring)
{
	if (!is_simulated()) {
		__real_io_uring_queue_exit(ring);
		return;
	}
	ring_call();
	(void)descriptor_close(ring->ring_fd);
}

/* What was prepared becomes visible to the kernel; how much has not been taken. */
static uint32_t flush(struct io_uring *ring)
{
	struct io_uring_sq *sq = &ring->sq;

	sq->sqe_head = sq->sqe_tail;
	*sq->ktail = sq->sqe_tail;
	return sq->sqe_tail - *sq->khead;
}

static bool must_flush(const struct io_uring *ring)
{
	return (*ring->sq.kflags & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN)) != 0;
}

static int enter(struct io_uring *ring, uint32_t submit_count, uint32_t wait_count, uint32_t flags,
		 const struct ring_wait *wait)
{
	struct sim_ring *sim = sim_ring_of(ring);

	return sim == NULL ? -EBADF : ring_enter(sim, submit_count, wait_count, flags, wait);
}

static int submit(struct io_uring *ring, uint32_t wait_count, bool events)
{
	static const struct ring_wait endless = { .wait_ns = UINT64_MAX };
	uint32_t count = flush(ring);

	events = events || wait_count > 0 || must_flush(ring);
	if (count == 0 && !events)
		return 0;
	return enter(ring, count, wait_count, events ? IORING_ENTER_GETEVENTS : 0, &endless);
}

/* Does the kernel have to be entered for what is wanted? events: for completions. */
static bool must_enter(const struct io_uring *ring, uint32_t count, uint32_t wait_count,
		       uint32_t there, bool *ret_events)
{
	*ret_events = wait_count > there ||
		      (there == 0 && wait_count == 0 && count == 0 && must_flush(ring));
	return *ret_events || count > 0;
}

/* Submit, and the first completion; what liburing's functions that wait have in common. */
static int get_completion(struct io_uring *ring, struct io_uring_cqe **ret_cqe, uint32_t count,
			  uint32_t wait_count, const struct ring_wait *wait)
{
	bool limited = wait->wait_ns < UINT64_MAX, events;
	int result = 0, entered;
	unsigned there;

	for (uint32_t round = 0;; round++) {
		(void)__io_uring_peek_cqe(ring, ret_cqe, &there);
		if (!must_enter(ring, count, wait_count, there, &events) ||
		    (round > 0 && wait_count == 0 && count == 0))
			break;
		if (round > 0 && limited)
			return *ret_cqe == NULL && result == 0 ? -ETIME : result;
		entered = enter(ring, count, wait_count, events ? IORING_ENTER_GETEVENTS : 0, wait);
		if (entered < 0)
			return result != 0 ? result : entered;
		count -= (uint32_t)entered;
		result = round == 0 ? entered : result;
		if (*ret_cqe != NULL)
			break;
	}
	return *ret_cqe == NULL && wait_count == 0 && result == 0 ? -EAGAIN : result;
}

static uint64_t nanoseconds(const struct __kernel_timespec *time)
{
	return time == NULL ? UINT64_MAX
			    : (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_nsec;
}

int __wrap___io_uring_get_cqe(struct io_uring *ring, struct io_uring_cqe **ret_cqe,
			      unsigned submit_count, unsigned wait_count, sigset_t *mask)
{
	const struct ring_wait endless = { .wait_ns = UINT64_MAX };

	if (!is_simulated())
		return __real___io_uring_get_cqe(ring, ret_cqe, submit_count, wait_count, mask);
	return get_completion(ring, ret_cqe, submit_count, wait_count, &endless);
}

int __wrap_io_uring_wait_cqe_timeout(struct io_uring *ring, struct io_uring_cqe **ret_cqe,
				     struct __kernel_timespec *limit)
{
	const struct ring_wait wait = { .wait_ns = nanoseconds(limit) };

	return is_simulated() ? get_completion(ring, ret_cqe, 0, 1, &wait)
			      : __real_io_uring_wait_cqe_timeout(ring, ret_cqe, limit);
}

int __wrap_io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **ret_cqe,
					    unsigned wait_count, struct __kernel_timespec *limit,
					    sigset_t *mask)
{
	const struct ring_wait wait = { .wait_ns = nanoseconds(limit) };

	if (!is_simulated())
		return __real_io_uring_submit_and_wait_timeout(ring, ret_cqe, wait_count, limit,
							       mask);
	return get_completion(ring, ret_cqe, flush(ring), wait_count, &wait);
}

int __wrap_io_uring_submit_and_wait_min_timeout(struct io_uring *ring,
						struct io_uring_cqe **ret_cqe, unsigned wait_count,
						struct __kernel_timespec *limit, unsigned least_us,
						sigset_t *mask)
{
	const struct ring_wait wait = { .wait_ns = nanoseconds(limit),
					.least_ns = (uint64_t)least_us * NS_PER_US };

	if (!is_simulated())
		return __real_io_uring_submit_and_wait_min_timeout(ring, ret_cqe, wait_count, limit,
								   least_us, mask);
	return get_completion(ring, ret_cqe, flush(ring), wait_count, &wait);
}

int __wrap_io_uring_submit(struct io_uring *ring)
{
	return is_simulated() ? submit(ring, 0, false) : __real_io_uring_submit(ring);
}

int __wrap_io_uring_submit_and_wait(struct io_uring *ring, unsigned wait_count)
{
	return is_simulated() ? submit(ring, wait_count, false)
			      : __real_io_uring_submit_and_wait(ring, wait_count);
}

int __wrap_io_uring_submit_and_get_events(struct io_uring *ring)
{
	return is_simulated() ? submit(ring, 0, true) : __real_io_uring_submit_and_get_events(ring);
}

int __wrap_io_uring_get_events(struct io_uring *ring)
{
	const struct ring_wait endless = { .wait_ns = UINT64_MAX };

	return is_simulated() ? enter(ring, 0, 0, IORING_ENTER_GETEVENTS, &endless)
			      : __real_io_uring_get_events(ring);
}

static int register_with(struct io_uring *ring, uint32_t opcode, const void *argument,
			 uint32_t count)
{
	struct sim_ring *sim = sim_ring_of(ring);

	return sim == NULL ? -EBADF : ring_register(sim, opcode, argument, count);
}

int __wrap_io_uring_register_ring_fd(struct io_uring *ring)
{
	int result;

	if (!is_simulated())
		return __real_io_uring_register_ring_fd(ring);
	if (ring->int_flags & IORING_ENTER_REGISTERED_RING)
		return -EEXIST;
	result = register_with(ring, IORING_REGISTER_RING_FDS, NULL, 1);
	if (result == 1)
		ring->int_flags |= BY_INDEX;
	return result;
}

int __wrap_io_uring_unregister_ring_fd(struct io_uring *ring)
{
	int result;

	if (!is_simulated())
		return __real_io_uring_unregister_ring_fd(ring);
	if (!(ring->int_flags & IORING_ENTER_REGISTERED_RING))
		return -EINVAL;
	result = register_with(ring, IORING_UNREGISTER_RING_FDS, NULL, 1);
	if (result == 1)
		ring->int_flags &= (uint8_t)~BY_INDEX;
	return result;
}

int __wrap_io_uring_register_files_sparse(struct io_uring *ring, unsigned count)
{
	const struct io_uring_rsrc_register wanted = { .nr = count,
						       .flags = IORING_RSRC_REGISTER_SPARSE };

	return is_simulated() ? register_with(ring, IORING_REGISTER_FILES2, &wanted, sizeof(wanted))
			      : __real_io_uring_register_files_sparse(ring, count);
}

int __wrap_io_uring_register_napi(struct io_uring *ring, struct io_uring_napi *napi)
{
	return is_simulated() ? register_with(ring, IORING_REGISTER_NAPI, napi, 1)
			      : __real_io_uring_register_napi(ring, napi);
}

int __wrap_io_uring_register_probe(struct io_uring *ring, struct io_uring_probe *probe,
				   unsigned count)
{
	return is_simulated() ? register_with(ring, IORING_REGISTER_PROBE, probe, count)
			      : __real_io_uring_register_probe(ring, probe, count);
}

int __wrap_io_uring_register_sync_cancel(struct io_uring *ring,
					 struct io_uring_sync_cancel_reg *cancel)
{
	return is_simulated() ? register_with(ring, IORING_REGISTER_SYNC_CANCEL, cancel, 1)
			      : __real_io_uring_register_sync_cancel(ring, cancel);
}

int __wrap_io_uring_register_restrictions(struct io_uring *ring, struct io_uring_restriction *rules,
					  unsigned count)
{
	return is_simulated() ? register_with(ring, IORING_REGISTER_RESTRICTIONS, rules, count)
			      : __real_io_uring_register_restrictions(ring, rules, count);
}

int __wrap_io_uring_enable_rings(struct io_uring *ring)
{
	return is_simulated() ? register_with(ring, IORING_REGISTER_ENABLE_RINGS, NULL, 0)
			      : __real_io_uring_enable_rings(ring);
}

int __wrap_io_uring_register_buf_ring(struct io_uring *ring, struct io_uring_buf_reg *registration,
				      unsigned flags)
{
	if (!is_simulated())
		return __real_io_uring_register_buf_ring(ring, registration, flags);
	registration->flags |= (uint16_t)flags;
	return register_with(ring, IORING_REGISTER_PBUF_RING, registration, 1);
}

int __wrap_io_uring_unregister_buf_ring(struct io_uring *ring, int group)
{
	const struct io_uring_buf_reg which = { .bgid = (uint16_t)group };

	return is_simulated() ? register_with(ring, IORING_UNREGISTER_PBUF_RING, &which, 1)
			      : __real_io_uring_unregister_buf_ring(ring, group);
}

int __wrap_io_uring_buf_ring_head(struct io_uring *ring, int group, uint16_t *ret_head)
{
	struct io_uring_buf_status status = { .buf_group = (uint32_t)group };
	int error;

	if (!is_simulated())
		return __real_io_uring_buf_ring_head(ring, group, ret_head);
	error = register_with(ring, IORING_REGISTER_PBUF_STATUS, &status, 1);
	if (error == 0)
		*ret_head = (uint16_t)status.head;
	return error;
}

struct io_uring_buf_ring *__wrap_io_uring_setup_buf_ring(struct io_uring *ring, unsigned entries,
							 int group, unsigned flags, int *ret_error)
{
	struct io_uring_buf_reg registration = { .ring_entries = entries, .bgid = (uint16_t)group };
	void *memory;

	if (!is_simulated())
		return __real_io_uring_setup_buf_ring(ring, entries, group, flags, ret_error);
	memory = mmap(NULL, entries * sizeof(struct io_uring_buf), PROT_READ | PROT_WRITE,
		      MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
	if (memory == MAP_FAILED) {
		*ret_error = -errno;
		return NULL;
	}
	registration.ring_addr = (uintptr_t)memory;
	*ret_error = __wrap_io_uring_register_buf_ring(ring, &registration, flags);
	if (*ret_error == 0)
		return memory;
	(void)munmap(memory, entries * sizeof(struct io_uring_buf));
	return NULL;
}

int __wrap_io_uring_free_buf_ring(struct io_uring *ring, struct io_uring_buf_ring *buffers,
				  unsigned entries, int group)
{
	int error;

	if (!is_simulated())
		return __real_io_uring_free_buf_ring(ring, buffers, entries, group);
	error = __wrap_io_uring_unregister_buf_ring(ring, group);
	if (error == 0)
		(void)munmap(buffers, entries * sizeof(struct io_uring_buf));
	return error;
}

bool __wrap_attempt_end_lost(void)
{
	return !is_simulated() && __real_attempt_end_lost();
}
