/*
 * io_uring, feature restrictions: what the ring may be asked to do, one row for each operation that
 * the engine prepares. Whoever takes over a thread can write into its ring, where no seccomp filter
 * looks (docs/security.md): there is no opening of files, no new socket and no more memory in it.
 *
 * An operation that is not listed ends with EACCES, so the contract finds one that was forgotten:
 * its runs are on restricted rings.
 */
#include <string.h>

#include "base/array.h"
#include "uring.h"

#define BIT(id) (1u << (id))

/* Features that need the right; 0: all rings do. */
static const struct right {
	uint8_t kind, number;
	uint32_t features;
} rights[] = {
	/* Connections: made, taken, given up. */
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_ACCEPT },
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_CONNECT },
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_ASYNC_CANCEL },
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_CLOSE },
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_SHUTDOWN, BIT(FEATURE_DIRECT) },

	/* Waiting: to be woken, for input, for room. The timeout is that of a wait, on kernels
	 * before 5.11. */
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_POLL_ADD },
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_TIMEOUT },

	/* Data. */
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_RECV },
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_RECVMSG },
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_SEND },
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_SENDMSG },
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_SEND_ZC, BIT(FEATURE_ZERO_COPY) },
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_SENDMSG_ZC, BIT(FEATURE_ZERO_COPY) },

	/* Commands to sockets: SO_LINGER of a direct descriptor, times of departures. The kernel
	 * cannot be told which of them. */
	{ IORING_RESTRICTION_SQE_OP, IORING_OP_URING_CMD,
	  BIT(FEATURE_DIRECT) | BIT(FEATURE_DEPARTURES) },

	/* Buffer rings of connections come and go; everything else is registered before this. The
	 * second call of ENABLE_RINGS is refused for another reason. */
	{ IORING_RESTRICTION_REGISTER_OP, IORING_REGISTER_ENABLE_RINGS },
	{ IORING_RESTRICTION_REGISTER_OP, IORING_REGISTER_PBUF_RING, BIT(FEATURE_SEND_BUNDLE) },
	{ IORING_RESTRICTION_REGISTER_OP, IORING_UNREGISTER_PBUF_RING,
	  BIT(FEATURE_SEND_BUNDLE) | BIT(FEATURE_BUFFER_RING) },

	/* The end. */
	{ IORING_RESTRICTION_REGISTER_OP, IORING_REGISTER_SYNC_CANCEL },
	{ IORING_RESTRICTION_REGISTER_OP, IORING_UNREGISTER_RING_FDS,
	  BIT(FEATURE_REGISTERED_RING) },
};

/* Of submissions; none of them is a right by itself. */
#define FLAGS (IOSQE_FIXED_FILE | IOSQE_IO_HARDLINK | IOSQE_BUFFER_SELECT | IOSQE_CQE_SKIP_SUCCESS)

static bool is_needed(const struct engine *engine, const struct right *right)
{
	for (int id = 0; id < FEATURE_COUNT; id++)
		if ((right->features & BIT(id)) && feature_on(engine, (enum feature_id)id))
			return true;
	return right->features == 0;
}

int uring_restrict(struct engine *engine)
{
	struct io_uring_restriction allowed[ARRAY_SIZE(rights) + 1];
	struct uring *uring = engine->state;
	unsigned count = 0;
	int error;

	memset(allowed, 0, sizeof(allowed)); /* the kernel wants its spare fields to be zero */
	for (size_t i = 0; i < ARRAY_SIZE(rights); i++) {
		if (!is_needed(engine, &rights[i]))
			continue;
		allowed[count].opcode = rights[i].kind;
		/* register_op and sqe_op share their place. */
		allowed[count++].sqe_op = rights[i].number;
	}
	allowed[count].opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
	allowed[count++].sqe_flags = FLAGS;
	error = io_uring_register_restrictions(&uring->ring, allowed, count);
	return error < 0 ? error : io_uring_enable_rings(&uring->ring);
}
