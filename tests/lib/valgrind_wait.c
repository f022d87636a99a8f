/*
 * Waiting for completions under valgrind. Up to 3.19 at least it takes io_uring_enter(2) for a call
 * that returns at once, and keeps the one lock of all threads in it: while one waits there, no
 * other runs. Of ppoll(2) it knows better, but a ring whose work is deferred does not wake it each
 * time: so it is asked again every few milliseconds. Linked in place of liburing's calls (ld
 * --wrap) where the option valgrind is set.
 */
#include "base/clock.h"

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

enum { SLICE_NS = 5000000 };

int __wrap_io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **ret_cqe,
					    unsigned wait_count, struct __kernel_timespec *limit,
					    sigset_t *mask);
int __wrap_io_uring_submit_and_wait_min_timeout(struct io_uring *ring,
						struct io_uring_cqe **ret_cqe, unsigned wait_count,
						struct __kernel_timespec *limit,
						unsigned min_wait_us, sigset_t *mask);

static int wait_a_slice(struct io_uring *ring, const sigset_t *mask)
{
	const struct timespec slice = { .tv_nsec = SLICE_NS };
	struct pollfd waited = { .fd = ring->ring_fd, .events = POLLIN };

	if (ppoll(&waited, 1, &slice, mask) < 0)
		return -errno;
	return io_uring_get_events(ring);
}

/* For one completion, whatever the count: who waits for more has to look anyway. */
int __wrap_io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **ret_cqe,
					    unsigned wait_count, struct __kernel_timespec *limit,
					    sigset_t *mask)
{
	uint64_t end_ns = clock_now_ns() + (uint64_t)limit->tv_sec * NS_PER_S +
			  (uint64_t)limit->tv_nsec;
	int submitted = io_uring_submit(ring), error = submitted < 0 ? submitted : 0;

	while (error >= 0 && io_uring_cq_ready(ring) == 0 && clock_now_ns() < end_ns)
		error = wait_a_slice(ring, mask);
	if (error < 0)
		return error;
	return io_uring_peek_cqe(ring, ret_cqe) == 0 ? submitted : -ETIME;
}

int __wrap_io_uring_submit_and_wait_min_timeout(struct io_uring *ring,
						struct io_uring_cqe **ret_cqe, unsigned wait_count,
						struct __kernel_timespec *limit,
						unsigned min_wait_us, sigset_t *mask)
{
	return __wrap_io_uring_submit_and_wait_timeout(ring, ret_cqe, wait_count, limit, mask);
}
