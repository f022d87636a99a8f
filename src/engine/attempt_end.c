/* The end of a UNIX stream, as a multishot receive is to tell it after the last bytes. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <liburing.h>

#include "attempt.h"

#define ENTRIES 2u
#define PIECE 64u
#define GROUP 0

/* How many completions come of a receive that waits when a byte and the end arrive. */
static int completions_of_end(struct io_uring *ring, const int *pair)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	int error;

	io_uring_prep_recv_multishot(sqe, pair[0], NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	error = io_uring_submit_and_get_events(ring);
	if (error < 0)
		return error;
	/* The ring does its work when it is asked to: it finds both at once. */
	if (write(pair[1], "", 1) != 1 || shutdown(pair[1], SHUT_WR) < 0)
		return -EIO;
	error = io_uring_submit_and_get_events(ring);
	return error < 0 ? error : (int)io_uring_cq_ready(ring);
}

static int try_buffers(struct io_uring *ring, const int *pair)
{
	uint8_t memory[ENTRIES * PIECE];
	struct io_uring_buf_ring *buffers;
	int result = 0;

	buffers = io_uring_setup_buf_ring(ring, ENTRIES, GROUP, 0, &result);
	if (buffers == NULL)
		return result;
	for (unsigned i = 0; i < ENTRIES; i++)
		io_uring_buf_ring_add(buffers, memory + i * PIECE, PIECE, (unsigned short)i,
				      (int)ENTRIES - 1, (int)i);
	io_uring_buf_ring_advance(buffers, (int)ENTRIES);
	result = completions_of_end(ring, pair);
	(void)io_uring_free_buf_ring(ring, buffers, ENTRIES, GROUP);
	return result;
}

static int try_pair(struct io_uring *ring)
{
	int pair[2], result;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	result = try_buffers(ring, pair);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return result;
}

bool attempt_end_lost(void)
{
	struct io_uring ring;
	int result = io_uring_queue_init(ENTRIES, &ring,
					 IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);

	/* Before 6.1, and so before it could be lost. */
	if (result == -EINVAL)
		return false;
	if (result < 0)
		return true;
	result = try_pair(&ring);
	io_uring_queue_exit(&ring);
	return result != 2;
}
