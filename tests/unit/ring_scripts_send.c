/* Scripts of connecting, accepting and sending. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "ring_trial.h"

static uint8_t bulk[8 << 20];

static void run_send_bundle(struct trial *trial)
{
	struct io_uring_sqe *sqe = trial_next(trial, 1);
	int pair[2];

	trial_provide(trial, 3, 0);
	trial_tcp(pair);
	io_uring_prep_send_bundle(sqe, pair[0], 0, MSG_NOSIGNAL);
	(void)trial_named(sqe, 1);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	trial_reap(trial, 1);
	sqe = trial_next(trial, 2);
	io_uring_prep_send_bundle(sqe, pair[0], 0, MSG_NOSIGNAL);
	(void)trial_named(sqe, 2);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	trial_reap(trial, 1);
	trial_close(pair);
}

static void run_connect(struct trial *trial)
{
	struct io_uring_sqe *sqe = trial_next(trial, 1);
	int listener, fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in name;

	trial_listen(&listener, &name);
	io_uring_prep_connect(sqe, fd, (struct sockaddr *)&name, sizeof(name));
	(void)trial_named(sqe, 1);
	trial_reap(trial, 1);
	(void)close(fd);
	(void)close(listener);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	sqe = trial_next(trial, 2);
	io_uring_prep_connect(sqe, fd, (struct sockaddr *)&name, sizeof(name));
	(void)trial_named(sqe, 2);
	trial_reap(trial, 1);
	(void)close(fd);
}

static void run_send(struct trial *trial)
{
	struct iovec vector[2] = { { trial->memory, 10 }, { trial->memory, 20 } };
	struct msghdr header = { .msg_iov = vector, .msg_iovlen = 2 };
	struct io_uring_sqe *sqe = trial_next(trial, 1);
	int pair[2];

	trial_tcp(pair);
	io_uring_prep_send(sqe, pair[0], trial->memory, 30, MSG_NOSIGNAL | MSG_WAITALL);
	(void)trial_named(sqe, 1);
	sqe = trial_next(trial, 2);
	io_uring_prep_sendmsg(sqe, pair[0], &header, MSG_NOSIGNAL);
	(void)trial_named(sqe, 2);
	sqe = trial_next(trial, 3);
	io_uring_prep_send(sqe, pair[0], trial->memory, 30,
			   MSG_NOSIGNAL | MSG_WAITALL | MSG_DONTWAIT);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	(void)trial_named(sqe, 3);
	trial_reap(trial, 2);
	(void)close(pair[1]);
	trial_rest();
	for (unsigned i = 4; i < 6; i++) {
		sqe = trial_next(trial, i);
		io_uring_prep_send(sqe, pair[0], trial->memory, 30, MSG_NOSIGNAL);
		(void)trial_named(sqe, i);
		trial_reap(trial, 1);
		trial_rest();
	}
	(void)close(pair[0]);
}

/* More than the socket takes: how much that is is the socket's own. */
static void run_send_full(struct trial *trial)
{
	struct __kernel_timespec limit = { .tv_nsec = 20000000 };
	struct io_uring_sqe *sqe = trial_next(trial, 1);
	struct io_uring_cqe *cqe = NULL;
	int pair[2];

	trial_tcp(pair);
	io_uring_prep_send(sqe, pair[0], bulk, sizeof(bulk),
			   MSG_NOSIGNAL | MSG_WAITALL | MSG_DONTWAIT);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	(void)trial_named(sqe, 1);
	(void)io_uring_submit_and_wait_timeout(&trial->ring, &cqe, 1, &limit, NULL);
	if (cqe == NULL) {
		trial_note(trial, 1, "nothing");
		return;
	}
	trial_note(trial, 1, "short %d %x", cqe->res > 0 && cqe->res < (int)sizeof(bulk),
		   cqe->flags);
	io_uring_cqe_seen(&trial->ring, cqe);
	sqe = trial_next(trial, 2);
	io_uring_prep_send(sqe, pair[0], bulk, sizeof(bulk), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)trial_named(sqe, 2);
	trial_reap(trial, 1);
	sqe = trial_next(trial, 3);
	io_uring_prep_send(sqe, pair[0], bulk, sizeof(bulk), MSG_NOSIGNAL | MSG_WAITALL);
	(void)trial_named(sqe, 3);
	trial_reap(trial, 1);
	trial_cancel(trial, 4, 3, 0);
	trial_reap(trial, 2);
	trial_close(pair);
}

static void run_zero_copy(struct trial *trial)
{
	struct io_uring_sqe *sqe = trial_next(trial, 1);
	int pair[2], local[2];

	trial_tcp(pair);
	io_uring_prep_send_zc(sqe, pair[0], trial->memory, 30, MSG_NOSIGNAL | MSG_WAITALL, 0);
	(void)trial_named(sqe, 1);
	trial_reap(trial, 2);
	(void)socketpair(AF_UNIX, SOCK_STREAM, 0, local);
	sqe = trial_next(trial, 2);
	io_uring_prep_send_zc(sqe, local[0], trial->memory, 30, MSG_NOSIGNAL, 0);
	(void)trial_named(sqe, 2);
	trial_reap(trial, 2);
	sqe = trial_next(trial, 3);
	io_uring_prep_send_zc(sqe, 999, trial->memory, 30, MSG_NOSIGNAL, 0);
	(void)trial_named(sqe, 3);
	trial_reap(trial, 2);
	sqe = trial_next(trial, 4);
	io_uring_prep_send_zc(sqe, pair[0], trial->memory, 30, MSG_NOSIGNAL, 0);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	(void)trial_named(sqe, 4);
	trial_reap(trial, 1);
	trial_close(local);
	trial_close(pair);
}

static void run_accept(struct trial *trial)
{
	struct sockaddr_in name;
	struct io_uring_sqe *sqe = trial_next(trial, 1);
	int listener, clients[4];

	trial_listen(&listener, &name);
	io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
	(void)trial_named(sqe, 1 | DESCRIPTOR);
	(void)io_uring_submit(&trial->ring);
	clients[0] = trial_client(&name);
	trial_reap(trial, 1);
	(void)close(trial->descriptor);
	trial_cancel(trial, 2, 1 | DESCRIPTOR, 0);
	trial_reap(trial, 2);
	for (int i = 1; i < 4; i++)
		clients[i] = trial_client(&name);
	trial_rest();
	sqe = trial_next(trial, 3);
	io_uring_prep_accept(sqe, listener, NULL, NULL, 0);
	(void)trial_named(sqe, 3 | DESCRIPTOR);
	trial_reap(trial, 1);
	(void)close(trial->descriptor);
	sqe = trial_next(trial, 4);
	io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, 0);
	(void)trial_named(sqe, 4 | DESCRIPTOR);
	trial_reap(trial, 1);
	(void)close(trial->descriptor);
	trial_reap(trial, 1);
	(void)close(trial->descriptor);
	(void)close(listener);
	for (int i = 0; i < 4; i++)
		(void)close(clients[i]);
	trial_cancel(trial, 5, 4 | DESCRIPTOR, 0);
	trial_reap(trial, 2);
	trial_cancel(trial, 6, 4 | DESCRIPTOR, 0);
	trial_reap(trial, 1);
}

static void run_accept_direct(struct trial *trial)
{
	static struct linger now = { .l_onoff = 1 };
	struct sockaddr_in name;
	struct io_uring_sqe *sqe;
	int listener, clients[3];
	ssize_t result;

	trial_note(trial, 0, "table %d;", io_uring_register_files_sparse(&trial->ring, 2));
	trial_listen(&listener, &name);
	for (int i = 0; i < 3; i++)
		clients[i] = trial_client(&name);
	trial_rest();
	sqe = trial_next(trial, 1);
	io_uring_prep_multishot_accept_direct(sqe, listener, NULL, NULL, 0);
	(void)trial_named(sqe, 1);
	trial_reap(trial, 3);
	sqe = trial_next(trial, 2);
	io_uring_prep_recv(sqe, 0, trial->memory, PIECE, 0);
	sqe->flags |= IOSQE_FIXED_FILE;
	(void)trial_named(sqe, 2);
	(void)io_uring_submit(&trial->ring);
	trial_say(clients[0], 5);
	trial_reap(trial, 1);
	sqe = trial_next(trial, 3);
	io_uring_prep_shutdown(sqe, 0, SHUT_WR);
	sqe->flags |= IOSQE_FIXED_FILE;
	(void)trial_named(sqe, 3);
	trial_reap(trial, 1);
	trial_arrive(clients[0]);
	trial_note(trial, 0, "read %zd;", recv(clients[0], trial->memory, PIECE, MSG_DONTWAIT));
	sqe = trial_next(trial, 4);
	io_uring_prep_cmd_sock(sqe, SOCKET_URING_OP_SETSOCKOPT, 1, SOL_SOCKET, SO_LINGER, &now,
			       sizeof(now));
	sqe->flags |= IOSQE_FIXED_FILE | IOSQE_IO_HARDLINK;
	(void)trial_named(sqe, 4);
	sqe = trial_next(trial, 5);
	io_uring_prep_close_direct(sqe, 1);
	(void)trial_named(sqe, 5);
	trial_reap(trial, 2);
	trial_arrive(clients[1]);
	result = recv(clients[1], trial->memory, PIECE, MSG_DONTWAIT);
	trial_note(trial, 0, "read %zd %d;", result, errno);
	sqe = trial_next(trial, 6);
	io_uring_prep_close_direct(sqe, 1);
	(void)trial_named(sqe, 6);
	sqe = trial_next(trial, 7);
	io_uring_prep_close_direct(sqe, 7);
	(void)trial_named(sqe, 7);
	trial_reap(trial, 2);
	(void)close(listener);
	for (int i = 0; i < 3; i++)
		(void)close(clients[i]);
}

const struct script send_scripts[] = {
	{ "send bundle", DEFERRED, run_send_bundle },
	{ "accept", DEFERRED, run_accept },
	{ "accept direct", DEFERRED, run_accept_direct },
	{ "connect", DEFERRED, run_connect },
	{ "send", DEFERRED, run_send },
	{ "send to a full socket", DEFERRED, run_send_full },
	{ "zero copy", DEFERRED, run_zero_copy },
	{ NULL, 0, NULL },
};
