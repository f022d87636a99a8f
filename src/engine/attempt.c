/* Each feature, done once. */
#include "attempt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <liburing.h>

#define ENTRIES 8u
#define PIECE 64u
#define GROUP 0
#define WAIT_NS 200000000
#define QUIET_BYTES (8u << 20)

/* A ring, a pair of connected sockets, and a few buffers to try things with. */
struct attempt {
	struct io_uring ring;
	int pair[2];
	struct io_uring_buf_ring *buffers;
	uint8_t memory[ENTRIES * PIECE];
};

/* A submission thread outlives its ring by as long as it may be idle, with a CPU to itself. */
static int attempt_open(struct attempt *attempt, unsigned flags)
{
	struct io_uring_params params = { .flags = flags, .sq_thread_idle = 1 };
	int error;

	*attempt = (struct attempt){ .pair = { -1, -1 } };
	error = io_uring_queue_init_params(ENTRIES, &attempt->ring, &params);
	if (error < 0)
		return error;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, attempt->pair) == 0)
		return 0;
	error = -errno;
	io_uring_queue_exit(&attempt->ring);
	return error;
}

static void attempt_close(struct attempt *attempt)
{
	if (attempt->buffers != NULL)
		(void)io_uring_free_buf_ring(&attempt->ring, attempt->buffers, ENTRIES, GROUP);
	io_uring_queue_exit(&attempt->ring);
	(void)close(attempt->pair[0]);
	(void)close(attempt->pair[1]);
}

static int attempt_buffers(struct attempt *attempt, unsigned flags)
{
	int error = 0;

	attempt->buffers = io_uring_setup_buf_ring(&attempt->ring, ENTRIES, GROUP, flags, &error);
	if (attempt->buffers == NULL)
		return error;
	for (unsigned i = 0; i < ENTRIES; i++)
		io_uring_buf_ring_add(attempt->buffers, attempt->memory + i * PIECE, PIECE,
				      (unsigned short)i, (int)ENTRIES - 1, (int)i);
	io_uring_buf_ring_advance(attempt->buffers, (int)ENTRIES);
	return 0;
}

/* Submit what is prepared; its first completion's result, and its flags. */
static int attempt_complete(struct attempt *attempt, uint32_t *ret_flags)
{
	struct __kernel_timespec limit = { .tv_nsec = WAIT_NS };
	struct io_uring_cqe *cqe;
	int result = io_uring_submit_and_wait_timeout(&attempt->ring, &cqe, 1, &limit, NULL);

	if (result < 0)
		return result;
	/* Submitted, but nothing came in time. */
	if (cqe == NULL)
		return -ETIME;
	result = cqe->res;
	*ret_flags = cqe->flags;
	io_uring_cqe_seen(&attempt->ring, cqe);
	return result;
}

/* Receive length bytes that wait in the pair into provided buffers. */
static int attempt_receive(struct attempt *attempt, size_t length, bool multishot, uint16_t options,
			   uint32_t *ret_flags)
{
	static const uint8_t bytes[2 * PIECE];
	struct io_uring_sqe *sqe = io_uring_get_sqe(&attempt->ring);

	if (write(attempt->pair[1], bytes, length) != (ssize_t)length)
		return -EIO;
	if (multishot)
		io_uring_prep_recv_multishot(sqe, attempt->pair[0], NULL, 0, 0);
	else
		io_uring_prep_recv(sqe, attempt->pair[0], NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	sqe->ioprio |= options;
	return attempt_complete(attempt, ret_flags);
}

/* Open, provide buffers, receive: the result, and the completion's flags. */
static int receive_once(unsigned ring_flags, size_t length, bool multishot, uint16_t options,
			uint32_t *ret_flags)
{
	struct attempt attempt;
	int result = attempt_open(&attempt, 0);

	if (result < 0)
		return result;
	result = attempt_buffers(&attempt, ring_flags);
	if (result == 0)
		result = attempt_receive(&attempt, length, multishot, options, ret_flags);
	attempt_close(&attempt);
	return result;
}

static int try_setup(unsigned flags)
{
	struct io_uring ring;
	int error = io_uring_queue_init(ENTRIES, &ring, flags);

	if (error == 0)
		io_uring_queue_exit(&ring);
	return error;
}

static int try_defer_taskrun(void)
{
	return try_setup(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
			 IORING_SETUP_TASKRUN_FLAG);
}

static int try_coop_taskrun(void)
{
	return try_setup(IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG);
}

static int try_no_sqarray(void)
{
	return try_setup(IORING_SETUP_NO_SQARRAY);
}

/* Before Linux 5.11 the thread knows those descriptors alone that are registered with its ring. */
static int try_sqpoll(void)
{
	struct attempt attempt;
	uint32_t flags = 0;
	int result = attempt_open(&attempt, IORING_SETUP_SQPOLL);

	if (result < 0)
		return result;
	io_uring_prep_send(io_uring_get_sqe(&attempt.ring), attempt.pair[0], attempt.memory, 1, 0);
	result = attempt_complete(&attempt, &flags);
	attempt_close(&attempt);
	return result < 0 ? result : 0;
}

/* A UNIX listener with one connection in its queue; autobound, so it leaves no name behind. */
static int listener_with_client(int *ret_client)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(sa_family_t);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener >= 0 && client >= 0 && bind(listener, (struct sockaddr *)&name, length) == 0 &&
	    listen(listener, 1) == 0) {
		length = sizeof(name);
		if (getsockname(listener, (struct sockaddr *)&name, &length) == 0 &&
		    connect(client, (struct sockaddr *)&name, length) == 0) {
			*ret_client = client;
			return listener;
		}
	}
	(void)close(listener);
	(void)close(client);
	return -EIO;
}

static int accept_once(bool direct)
{
	struct attempt attempt;
	struct io_uring_sqe *sqe;
	uint32_t flags = 0;
	int client, listener, result = attempt_open(&attempt, 0);

	if (result < 0)
		return result;
	listener = listener_with_client(&client);
	if (listener < 0) {
		attempt_close(&attempt);
		return listener;
	}
	sqe = io_uring_get_sqe(&attempt.ring);
	if (direct) {
		result = io_uring_register_files_sparse(&attempt.ring, ENTRIES);
		io_uring_prep_multishot_accept_direct(sqe, listener, NULL, NULL, 0);
	} else {
		io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
	}
	if (result == 0)
		result = attempt_complete(&attempt, &flags);
	if (result >= 0 && !direct)
		(void)close(result);
	if (result >= 0)
		result = flags & IORING_CQE_F_MORE ? 0 : -EOPNOTSUPP;
	(void)close(listener);
	(void)close(client);
	attempt_close(&attempt);
	return result;
}

static int try_multishot_accept(void)
{
	return accept_once(false);
}

static int try_direct(void)
{
	return accept_once(true);
}

static int try_buffer_ring(void)
{
	uint32_t flags = 0;
	int result = receive_once(0, 1, false, 0, &flags);

	return result == 1 && (flags & IORING_CQE_F_BUFFER) ? 0 : result < 0 ? result : -EOPNOTSUPP;
}

static int try_multishot_receive(void)
{
	uint32_t flags = 0;
	int result = receive_once(0, 1, true, 0, &flags);

	return result == 1 && (flags & IORING_CQE_F_MORE) ? 0 : result < 0 ? result : -EOPNOTSUPP;
}

static int try_incremental(void)
{
	uint32_t flags = 0;
	int result = receive_once(IOU_PBUF_RING_INC, 1, false, 0, &flags);

	return result == 1 && (flags & IORING_CQE_F_BUF_MORE) ? 0
	       : result < 0				      ? result
							      : -EOPNOTSUPP;
}

static int try_receive_bundle(void)
{
	uint32_t flags = 0;
	int result = receive_once(0, 2 * PIECE, false, IORING_RECVSEND_BUNDLE, &flags);

	return result == 2 * PIECE ? 0 : result < 0 ? result : -EOPNOTSUPP;
}

static int try_poll_first(void)
{
	uint32_t flags = 0;
	int result = receive_once(0, 1, false, IORING_RECVSEND_POLL_FIRST, &flags);

	return result < 0 ? result : 0;
}

static int try_send_bundle(void)
{
	struct attempt attempt;
	struct io_uring_sqe *sqe;
	uint32_t flags = 0;
	int result = attempt_open(&attempt, 0);

	if (result < 0)
		return result;
	result = attempt_buffers(&attempt, 0);
	if (result == 0) {
		sqe = io_uring_get_sqe(&attempt.ring);
		io_uring_prep_send_bundle(sqe, attempt.pair[0], 0, 0);
		sqe->flags |= IOSQE_BUFFER_SELECT;
		sqe->buf_group = GROUP;
		result = attempt_complete(&attempt, &flags);
	}
	attempt_close(&attempt);
	return result < 0 ? result : result > (int)PIECE ? 0 : -EOPNOTSUPP;
}

/* How many bytes wait to be read? */
static int readable(int fd)
{
	int bytes = -1;

	return ioctl(fd, FIONREAD, &bytes) < 0 ? -errno : bytes;
}

/* More than the socket takes, without waiting: the completion has to say how much it took. */
static int try_quiet_send(void)
{
	struct attempt attempt;
	struct io_uring_sqe *sqe;
	uint32_t flags = 0;
	int result = attempt_open(&attempt, 0);
	uint8_t *bytes;

	if (result < 0)
		return result;
	bytes = calloc(1, QUIET_BYTES);
	if (bytes == NULL) {
		attempt_close(&attempt);
		return -ENOMEM;
	}
	sqe = io_uring_get_sqe(&attempt.ring);
	io_uring_prep_send(sqe, attempt.pair[0], bytes, QUIET_BYTES,
			   MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	result = attempt_complete(&attempt, &flags);
	if (result > 0 && result < (int)QUIET_BYTES)
		result = result == readable(attempt.pair[1]) ? 0 : -EOPNOTSUPP;
	free(bytes);
	attempt_close(&attempt);
	return result;
}

static int try_registered_ring(void)
{
	struct attempt attempt;
	uint32_t flags = 0;
	int result = attempt_open(&attempt, 0);

	if (result < 0)
		return result;
	result = io_uring_register_ring_fd(&attempt.ring);
	if (result == 1) {
		io_uring_prep_nop(io_uring_get_sqe(&attempt.ring));
		result = attempt_complete(&attempt, &flags);
	}
	attempt_close(&attempt);
	return result < 0 ? result : 0;
}

static int try_min_wait(void)
{
	struct attempt attempt;
	struct __kernel_timespec limit = { .tv_nsec = 1000 };
	struct io_uring_cqe *cqe;
	int result = attempt_open(&attempt,
				  IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);

	if (result < 0)
		return result;
	result = io_uring_submit_and_wait_min_timeout(&attempt.ring, &cqe, 2, &limit, 1, NULL);
	attempt_close(&attempt);
	return result == -ETIME ? 0 : result < 0 ? result : -EOPNOTSUPP;
}

static int try_napi(void)
{
	struct attempt attempt;
	struct io_uring_napi napi = { .busy_poll_to = 1 };
	int result = attempt_open(&attempt, 0);

	if (result < 0)
		return result;
	result = io_uring_register_napi(&attempt.ring, &napi);
	attempt_close(&attempt);
	return result;
}

static int try_zero_copy(void)
{
	struct attempt attempt;
	uint32_t flags = 0;
	int fd, result = attempt_open(&attempt, 0);

	if (result < 0)
		return result;
	fd = attempt_udp_loop();
	if (fd >= 0) {
		io_uring_prep_send_zc(io_uring_get_sqe(&attempt.ring), fd, attempt.memory, PIECE, 0,
				      0);
		result = attempt_complete(&attempt, &flags);
		(void)close(fd);
	}
	attempt_close(&attempt);
	return result < 0 ? result : flags & IORING_CQE_F_MORE ? 0 : -EOPNOTSUPP;
}

static int try_nothing(void)
{
	return 0;
}

static int (*const attempts[FEATURE_COUNT])(void) = {
	[FEATURE_MULTISHOT_ACCEPT] = try_multishot_accept,
	[FEATURE_MULTISHOT_RECEIVE] = try_multishot_receive,
	[FEATURE_BUFFER_RING] = try_buffer_ring,
	[FEATURE_INCREMENTAL] = try_incremental,
	[FEATURE_RECEIVE_BUNDLE] = try_receive_bundle,
	[FEATURE_SEND_BUNDLE] = try_send_bundle,
	[FEATURE_DEFER_TASKRUN] = try_defer_taskrun,
	[FEATURE_COOP_TASKRUN] = try_coop_taskrun,
	[FEATURE_NO_SQARRAY] = try_no_sqarray,
	[FEATURE_REGISTERED_RING] = try_registered_ring,
	[FEATURE_DIRECT] = try_direct,
	[FEATURE_ZERO_COPY] = try_zero_copy,
	[FEATURE_SQPOLL] = try_sqpoll,
	[FEATURE_MIN_WAIT] = try_min_wait,
	[FEATURE_NAPI] = try_napi,
	[FEATURE_HUGE_PAGES] = attempt_huge_pages,
	[FEATURE_POLL_FIRST] = try_poll_first,
	[FEATURE_PLAIN_SEND] = try_nothing,
	[FEATURE_QUIET_SEND] = try_quiet_send,
	[FEATURE_LARGE_BUFFERS] = try_nothing,
	[FEATURE_GRO] = attempt_gro,
	[FEATURE_GSO] = attempt_gso,
	[FEATURE_DEPARTURES] = attempt_departures,
	[FEATURE_RESTRICTIONS] = attempt_restrictions,
};

/* How many completions come of a receive that waits when a byte and the end arrive; the ring does
 * its work when it is asked to, and so finds both at once. */
static int completions_of_end(struct attempt *attempt)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&attempt->ring);
	int error;

	io_uring_prep_recv_multishot(sqe, attempt->pair[0], NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	error = io_uring_submit_and_get_events(&attempt->ring);
	if (error < 0)
		return error;
	if (write(attempt->pair[1], "", 1) != 1 || shutdown(attempt->pair[1], SHUT_WR) < 0)
		return -EIO;
	error = io_uring_submit_and_get_events(&attempt->ring);
	return error < 0 ? error : (int)io_uring_cq_ready(&attempt->ring);
}

bool attempt_end_lost(void)
{
	struct attempt attempt;
	int result = attempt_open(&attempt,
				  IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);

	/* Before 6.1, and so before it could be lost. */
	if (result == -EINVAL)
		return false;
	if (result < 0)
		return true;
	result = attempt_buffers(&attempt, 0);
	if (result == 0)
		result = completions_of_end(&attempt);
	attempt_close(&attempt);
	return result != 2;
}

int attempt_ring(void)
{
	return try_setup(0);
}

int attempt_feature(enum feature_id id)
{
	return attempts[id]();
}
