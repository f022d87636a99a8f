/*
 * A restricted ring, in the hands of somebody who may write into it: what is not in the engine's
 * table of rights is refused by the kernel, whatever it is.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "engine/uring.h"

#define BIT(id) (1u << (id))
#define LIMIT_S 10

TestSuite(restrictions, .timeout = 60);

/* An engine on a restricted ring, with these features beside the defaults. */
static struct engine *open_restricted(uint32_t features_on)
{
	struct engine_config config;
	struct engine *engine = NULL;

	engine_config_init(&config);
	config.connection_max = 64;
	config.features.on = features_on;
	if (engine_open(&backend_uring, &config, &engine) < 0)
		cr_skip_test("there is no io_uring here");
	if (!feature_on(engine, FEATURE_RESTRICTIONS)) {
		engine_close(engine);
		cr_skip_test("this kernel restricts no rings");
	}
	return engine;
}

/* The next completion: whether another one of its operation follows. */
static bool complete(struct uring *uring, int *ret_result)
{
	struct __kernel_timespec limit = { .tv_sec = LIMIT_S };
	struct io_uring_cqe *cqe;
	bool more;

	cr_assert_eq(io_uring_wait_cqe_timeout(&uring->ring, &cqe, &limit), 0);
	*ret_result = cqe->res;
	more = (cqe->flags & IORING_CQE_F_MORE) != 0;
	io_uring_cqe_seen(&uring->ring, cqe);
	return more;
}

/* What the ring makes of an operation on nothing at all. */
static int result_of(struct engine *engine, int opcode, uint8_t flags)
{
	struct uring *uring = engine->state;
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);
	int result, notification;

	cr_assert_not_null(sqe);
	io_uring_prep_rw(opcode, sqe, -1, NULL, 0, 0);
	sqe->flags |= flags;
	io_uring_submit(&uring->ring);
	if (complete(uring, &result))
		(void)complete(uring, &notification);
	return result;
}

static bool is_among(int opcode, const int *opcodes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (opcodes[i] == opcode)
			return true;
	return false;
}

static void check_operations(struct engine *engine, const int *allowed, size_t count)
{
	struct io_uring_probe *probe = io_uring_get_probe();

	cr_assert_not_null(probe);
	for (int opcode = 0; opcode <= probe->last_op; opcode++) {
		int result = result_of(engine, opcode, 0);

		if (is_among(opcode, allowed, count))
			cr_assert_neq(result, -EACCES, "operation %d", opcode);
		else
			cr_assert_eq(result, -EACCES, "operation %d: %d", opcode, result);
	}
	io_uring_free_probe(probe);
}

#define CHECK_OPERATIONS(engine, allowed) \
	check_operations(engine, allowed, sizeof(allowed) / sizeof((allowed)[0]))

Test(restrictions, no_operation_but_those_the_engine_needs)
{
	static const int allowed[] = {
		IORING_OP_ACCEPT,  IORING_OP_CONNECT,  IORING_OP_ASYNC_CANCEL, IORING_OP_CLOSE,
		IORING_OP_TIMEOUT, IORING_OP_RECV,     IORING_OP_RECVMSG,      IORING_OP_SEND,
		IORING_OP_SENDMSG, IORING_OP_POLL_ADD,
	};
	struct engine *engine = open_restricted(0);

	CHECK_OPERATIONS(engine, allowed);
	engine_close(engine);
}

Test(restrictions, a_feature_brings_what_it_needs_and_no_more)
{
	static const int allowed[] = {
		IORING_OP_ACCEPT,   IORING_OP_CONNECT,	  IORING_OP_ASYNC_CANCEL,
		IORING_OP_CLOSE,    IORING_OP_TIMEOUT,	  IORING_OP_RECV,
		IORING_OP_RECVMSG,  IORING_OP_SEND,	  IORING_OP_SENDMSG,
		IORING_OP_POLL_ADD, IORING_OP_SHUTDOWN,	  IORING_OP_URING_CMD,
		IORING_OP_SEND_ZC,  IORING_OP_SENDMSG_ZC,
	};
	struct engine *engine = open_restricted(BIT(FEATURE_DIRECT) | BIT(FEATURE_ZERO_COPY));

	if (!feature_on(engine, FEATURE_DIRECT) || !feature_on(engine, FEATURE_ZERO_COPY)) {
		engine_close(engine);
		cr_skip_test("this kernel has no direct descriptors or no sends without a copy");
	}
	CHECK_OPERATIONS(engine, allowed);
	engine_close(engine);
}

Test(restrictions, no_file_is_opened_and_no_socket_made)
{
	struct engine *engine = open_restricted(0);
	struct uring *uring = engine->state;
	struct io_uring_cqe *cqe;

	io_uring_prep_openat(io_uring_get_sqe(&uring->ring), AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
	io_uring_prep_socket(io_uring_get_sqe(&uring->ring), AF_INET, SOCK_STREAM, 0, 0);
	io_uring_submit_and_wait(&uring->ring, 2);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(io_uring_peek_cqe(&uring->ring, &cqe), 0);
		cr_assert_eq(cqe->res, -EACCES);
		io_uring_cqe_seen(&uring->ring, cqe);
	}
	engine_close(engine);
}

Test(restrictions, flags_that_are_not_used_are_refused)
{
	struct engine *engine = open_restricted(0);

	cr_assert_eq(result_of(engine, IORING_OP_RECV, IOSQE_ASYNC), -EACCES);
	cr_assert_eq(result_of(engine, IORING_OP_RECV, IOSQE_IO_DRAIN), -EACCES);
	engine_close(engine);
}

Test(restrictions, nothing_is_registered_any_more)
{
	struct engine *engine = open_restricted(0);
	struct uring *uring = engine->state;
	struct io_uring_buf_reg buffers = { .ring_entries = 8, .bgid = 100 };
	struct io_uring_restriction all = { .opcode = IORING_RESTRICTION_SQE_OP,
					    .sqe_op = IORING_OP_OPENAT };
	uint8_t bytes[64];
	struct iovec vector = { bytes, sizeof(bytes) };
	int fd = -1;

	cr_assert_eq(io_uring_register_files(&uring->ring, &fd, 1), -EACCES);
	cr_assert_eq(io_uring_register_buffers(&uring->ring, &vector, 1), -EACCES);
	cr_assert_eq(io_uring_register_buf_ring(&uring->ring, &buffers, 0), -EACCES);
	cr_assert_eq(io_uring_register_personality(&uring->ring), -EACCES);
	cr_assert_eq(io_uring_register_restrictions(&uring->ring, &all, 1), -EACCES);
	cr_assert_eq(io_uring_enable_rings(&uring->ring), -EBADFD);
	engine_close(engine);
}

Test(restrictions, can_be_switched_off)
{
	struct engine_config config;
	struct engine *engine = NULL;

	engine_config_init(&config);
	config.connection_max = 64;
	config.features.off = BIT(FEATURE_RESTRICTIONS);
	if (engine_open(&backend_uring, &config, &engine) < 0)
		cr_skip_test("there is no io_uring here");
	cr_assert_eq(result_of(engine, IORING_OP_NOP, 0), 0);
	engine_close(engine);
}
