/* Scripts of all else: cancelling, waiting, closing, overflows, rules. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "ring_trial.h"

static void run_refused(struct trial *trial)
{
	int fd = eventfd(0, 0), pair[2];
	struct io_uring_sqe *sqe = trial_next(trial, 1);

	io_uring_prep_nop(sqe);
	(void)trial_named(sqe, 1);
	sqe = trial_next(trial, 2);
	io_uring_prep_nop(sqe);
	sqe->opcode = 200;
	(void)trial_named(sqe, 2);
	sqe = trial_next(trial, 3);
	io_uring_prep_recv(sqe, 999, trial->memory, 1, 0);
	(void)trial_named(sqe, 3);
	sqe = trial_next(trial, 4);
	io_uring_prep_recv(sqe, fd, trial->memory, 1, 0);
	(void)trial_named(sqe, 4);
	trial_reap(trial, 4);
	trial_tcp(pair);
	sqe = trial_next(trial, 5);
	io_uring_prep_recv_multishot(sqe, pair[0], NULL, 0, 0);
	(void)trial_named(sqe, 5);
	sqe = trial_next(trial, 6);
	io_uring_prep_recv(sqe, 0, trial->memory, 1, 0);
	sqe->flags |= IOSQE_FIXED_FILE;
	(void)trial_named(sqe, 6);
	sqe = trial_next(trial, 7);
	io_uring_prep_nop(sqe);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	(void)trial_named(sqe, 7);
	sqe = trial_next(trial, 8);
	io_uring_prep_send(sqe, 999, trial->memory, 1, 0);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	(void)trial_named(sqe, 8);
	trial_reap(trial, 4);
	trial_close(pair);
	(void)close(fd);
}

static void run_cancel(struct trial *trial)
{
	struct io_uring_sqe *sqe;
	int pair[2];

	trial_provide(trial, 4, 0);
	trial_tcp(pair);
	trial_cancel(trial, 1, 99, 0);
	trial_cancel(trial, 2, 99, IORING_ASYNC_CANCEL_ALL);
	trial_reap(trial, 2);
	trial_receive_many(trial, pair[0], 3, 0);
	sqe = trial_next(trial, 4);
	io_uring_prep_poll_add(sqe, pair[0], POLLIN);
	(void)trial_named(sqe, 4);
	(void)io_uring_submit(&trial->ring);
	sqe = trial_next(trial, 5);
	io_uring_prep_cancel_fd(sqe, pair[0], IORING_ASYNC_CANCEL_ALL);
	(void)trial_named(sqe, 5);
	trial_reap(trial, 3);
	sqe = trial_next(trial, 6);
	io_uring_prep_cancel_fd(sqe, pair[0], 0);
	(void)trial_named(sqe, 6);
	sqe = trial_next(trial, 7);
	io_uring_prep_cancel_fd(sqe, 999, 0);
	(void)trial_named(sqe, 7);
	trial_reap(trial, 2);
	/* What is there when the cancel comes stays in the socket. */
	trial_receive_many(trial, pair[0], 8, 0);
	(void)io_uring_submit(&trial->ring);
	trial_say(pair[1], 5);
	trial_rest();
	trial_cancel(trial, 9, 8, 0);
	trial_reap(trial, 2);
	trial_receive_many(trial, pair[0], 10, 0);
	trial_reap(trial, 1);
	trial_cancel(trial, 11, 0, IORING_ASYNC_CANCEL_ANY);
	trial_reap(trial, 2);
	trial_close(pair);
}

static void run_sync_cancel(struct trial *trial)
{
	struct io_uring_sync_cancel_reg all = {
		.fd = -1,
		.flags = IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL,
		.timeout = { .tv_sec = 1 },
	};
	int pair[2];

	trial_provide(trial, 4, 0);
	trial_tcp(pair);
	trial_receive_many(trial, pair[0], 1, 0);
	trial_receive_many(trial, pair[1], 2, 0);
	(void)io_uring_submit(&trial->ring);
	trial_note(trial, 0, "cancel %d;", io_uring_register_sync_cancel(&trial->ring, &all));
	(void)io_uring_get_events(&trial->ring);
	trial_note(trial, 0, "ready %u;", io_uring_cq_ready(&trial->ring));
	trial_reap(trial, 2);
	trial_note(trial, 0, "cancel %d;", io_uring_register_sync_cancel(&trial->ring, &all));
	trial_close(pair);
}

static void run_poll(struct trial *trial)
{
	struct io_uring_sqe *sqe = trial_next(trial, 1);
	uint64_t one = 1;
	int fd = eventfd(0, 0), pair[2];

	io_uring_prep_poll_add(sqe, fd, POLLIN);
	(void)trial_named(sqe, 1);
	trial_reap(trial, 1);
	(void)!write(fd, &one, sizeof(one));
	trial_reap(trial, 1);
	trial_tcp(pair);
	sqe = trial_next(trial, 2);
	io_uring_prep_poll_add(sqe, pair[0], POLLIN | POLLOUT);
	(void)trial_named(sqe, 2);
	trial_reap(trial, 1);
	sqe = trial_next(trial, 3);
	io_uring_prep_poll_add(sqe, pair[0], POLLIN);
	(void)trial_named(sqe, 3);
	(void)io_uring_submit(&trial->ring);
	(void)shutdown(pair[1], SHUT_WR);
	trial_reap(trial, 1);
	trial_close(pair);
	(void)close(fd);
}

/* An operation keeps its socket open: the peer hears of the end only when it has ended. */
static void run_close(struct trial *trial)
{
	struct io_uring_sqe *sqe;
	int pair[2];

	trial_provide(trial, 4, 0);
	trial_tcp(pair);
	trial_receive_many(trial, pair[0], 1, 0);
	(void)io_uring_submit(&trial->ring);
	sqe = trial_next(trial, 2);
	io_uring_prep_close(sqe, pair[0]);
	(void)trial_named(sqe, 2);
	trial_reap(trial, 1);
	trial_rest();
	trial_note(trial, 0, "read %zd;", recv(pair[1], trial->memory, 1, MSG_DONTWAIT));
	trial_say(pair[1], 3);
	trial_rest();
	trial_reap(trial, 1);
	trial_cancel(trial, 3, 1, 0);
	trial_reap(trial, 2);
	trial_arrive(pair[1]);
	trial_note(trial, 0, "read %zd;", recv(pair[1], trial->memory, 1, MSG_DONTWAIT));
	sqe = trial_next(trial, 4);
	io_uring_prep_close(sqe, 999);
	(void)trial_named(sqe, 4);
	trial_reap(trial, 1);
	(void)close(pair[1]);
}

/* More completions than the ring holds: none is lost, and a multishot ends. */
static void run_overflow(struct trial *trial)
{
	struct io_uring_sqe *sqe;
	unsigned flags;

	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < ENTRIES; i++) {
			sqe = trial_next(trial, 1);
			io_uring_prep_nop(sqe);
			(void)trial_named(sqe, 1);
		}
		trial_note(trial, 0, "took %d;", io_uring_submit(&trial->ring));
	}
	flags = *trial->ring.sq.kflags;
	trial_note(trial, 0, "ready %u flags %x;", io_uring_cq_ready(&trial->ring), flags);
	trial_reap(trial, 3 * ENTRIES);
	flags = *trial->ring.sq.kflags;
	trial_note(trial, 0, "flags %x;", flags);
}

static void run_overflow_multishot(struct trial *trial)
{
	struct io_uring_sqe *sqe;
	int pair[2];

	trial_provide(trial, 8, 0);
	trial_tcp(pair);
	trial_receive_many(trial, pair[0], 1, 0);
	(void)io_uring_submit(&trial->ring);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < ENTRIES; i++) {
			sqe = trial_next(trial, 2);
			io_uring_prep_nop(sqe);
			(void)trial_named(sqe, 2);
		}
		(void)io_uring_submit(&trial->ring);
	}
	trial_say(pair[1], 5);
	trial_arrive(pair[0]);
	(void)io_uring_get_events(&trial->ring);
	trial_note(trial, 0, "ready %u flags %x;", io_uring_cq_ready(&trial->ring),
		   *trial->ring.sq.kflags);
	trial_reap(trial, 2 * ENTRIES + 1);
	trial_close(pair);
}

static void run_chain(struct trial *trial)
{
	struct io_uring_sqe *sqe;

	for (unsigned hard = 0; hard < 2; hard++) {
		sqe = trial_next(trial, 1 + 3 * hard);
		io_uring_prep_close(sqe, 999);
		sqe->flags |= hard ? IOSQE_IO_HARDLINK : IOSQE_IO_LINK;
		(void)trial_named(sqe, 1 + 3 * hard);
		sqe = trial_next(trial, 2 + 3 * hard);
		io_uring_prep_nop(sqe);
		sqe->flags |= hard ? IOSQE_IO_HARDLINK : IOSQE_IO_LINK;
		(void)trial_named(sqe, 2 + 3 * hard);
		sqe = trial_next(trial, 3 + 3 * hard);
		io_uring_prep_nop(sqe);
		(void)trial_named(sqe, 3 + 3 * hard);
		trial_reap(trial, 3);
	}
}

static void run_restricted(struct trial *trial)
{
	struct io_uring_restriction rules[2] = {
		{ .opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_NOP },
		{ .opcode = IORING_RESTRICTION_REGISTER_OP,
		  .register_op = IORING_REGISTER_ENABLE_RINGS },
	};
	struct io_uring_sqe *sqe = trial_next(trial, 1);

	io_uring_prep_nop(sqe);
	(void)trial_named(sqe, 1);
	trial_note(trial, 0, "submit %d;", io_uring_submit(&trial->ring));
	trial_note(trial, 0, "rules %d;", io_uring_register_restrictions(&trial->ring, rules, 2));
	trial_note(trial, 0, "rules %d;", io_uring_register_restrictions(&trial->ring, rules, 2));
	trial_note(trial, 0, "enable %d;", io_uring_enable_rings(&trial->ring));
	trial_note(trial, 0, "enable %d;", io_uring_enable_rings(&trial->ring));
	trial_note(trial, 0, "files %d;", io_uring_register_files_sparse(&trial->ring, 4));
	sqe = trial_next(trial, 2);
	io_uring_prep_close(sqe, 999);
	(void)trial_named(sqe, 2);
	sqe = trial_next(trial, 3);
	io_uring_prep_nop(sqe);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	(void)trial_named(sqe, 3);
	trial_reap(trial, 3);
}

static void run_setup(struct trial *trial)
{
	static const unsigned flags[] = {
		IORING_SETUP_DEFER_TASKRUN,
		IORING_SETUP_TASKRUN_FLAG,
		IORING_SETUP_SQPOLL | IORING_SETUP_COOP_TASKRUN,
		IORING_SETUP_SQPOLL | IORING_SETUP_TASKRUN_FLAG,
		IORING_SETUP_CQE32 | (1u << 18),
		IORING_SETUP_CQE32,
		1u << 18,
		1u << 30,
		IORING_SETUP_CQSIZE,
		IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
	};
	struct io_uring ring;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		int error = io_uring_queue_init(4, &ring, flags[i]);

		trial_note(trial, 1, "%d;", error);
		if (error == 0)
			io_uring_queue_exit(&ring);
	}
	trial_note(trial, 2, "%d;", io_uring_queue_init(0, &ring, 0));
	trial_note(trial, 2, "%d;", io_uring_queue_init(65536, &ring, 0));
	trial_note(trial, 3, "%d;", io_uring_register_ring_fd(&trial->ring));
	trial_note(trial, 3, "%d;", io_uring_register_ring_fd(&trial->ring));
	trial_note(trial, 4, "%d;", io_uring_unregister_buf_ring(&trial->ring, 7));
}

const struct script other_scripts[] = {
	{ "refused", DEFERRED, run_refused },
	{ "cancel", DEFERRED, run_cancel },
	{ "cancel, plain ring", 0, run_cancel },
	{ "sync cancel", DEFERRED, run_sync_cancel },
	{ "poll", DEFERRED, run_poll },
	{ "close", DEFERRED, run_close },
	{ "overflow", 0, run_overflow },
	{ "overflow, deferred", DEFERRED, run_overflow },
	{ "overflow of a multishot", DEFERRED, run_overflow_multishot },
	{ "chain", DEFERRED, run_chain },
	{ "restricted", DEFERRED | IORING_SETUP_R_DISABLED, run_restricted },
	{ "set-up", 0, run_setup },
	{ NULL, 0, NULL },
};
