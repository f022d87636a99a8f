/* io_uring_register(2) of the simulated machine: a row for each thing that can be registered. */
#include "ring_state.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"

static bool bit(const uint64_t *set, uint32_t number)
{
	return (set[number / 64] >> number % 64 & 1) != 0;
}

static void set_bit(uint64_t *set, uint32_t number)
{
	set[number / 64] |= UINT64_C(1) << number % 64;
}

bool ring_forbids(const struct sim_ring *ring, const struct io_uring_sqe *sqe)
{
	const struct ring_restrictions *rules = &ring->restrictions;

	if (!rules->enforced)
		return false;
	return !bit(rules->opcodes, sqe->opcode) ||
	       (sqe->flags & rules->flags_required) != rules->flags_required ||
	       (sqe->flags & ~(rules->flags_allowed | rules->flags_required)) != 0;
}

static int add_rule(struct ring_restrictions *rules, const struct io_uring_restriction *rule)
{
	switch (rule->opcode) {
	case IORING_RESTRICTION_REGISTER_OP:
		if (rule->register_op >= IORING_REGISTER_LAST)
			return -EINVAL;
		set_bit(rules->registers, rule->register_op);
		return 0;
	case IORING_RESTRICTION_SQE_OP:
		set_bit(rules->opcodes, rule->sqe_op);
		return 0;
	case IORING_RESTRICTION_SQE_FLAGS_ALLOWED:
		rules->flags_allowed = rule->sqe_flags;
		return 0;
	case IORING_RESTRICTION_SQE_FLAGS_REQUIRED:
		rules->flags_required = rule->sqe_flags;
		return 0;
	default:
		return -EINVAL;
	}
}

static int restrict_ring(struct sim_ring *ring, const void *argument, uint32_t count)
{
	const struct io_uring_restriction *rules = argument;
	struct ring_restrictions made = { .registered = true };

	if (ring->enabled)
		return -EBADFD;
	if (ring->restrictions.registered)
		return -EBUSY;
	for (uint32_t i = 0; i < count; i++) {
		int error = add_rule(&made, &rules[i]);

		if (error < 0)
			return error;
	}
	ring->restrictions = made;
	return 0;
}

static int enable(struct sim_ring *ring, const void *argument, uint32_t count)
{
	(void)argument;
	(void)count;
	if (ring->enabled)
		return -EBADFD;
	ring->enabled = true;
	ring->restrictions.enforced = ring->restrictions.registered;
	if (ring->flags & IORING_SETUP_SINGLE_ISSUER)
		ring->owner = task_self();
	return 0;
}

static int register_ring(struct sim_ring *ring, const void *argument, uint32_t count)
{
	(void)argument;
	(void)count;
	ring->registered = true;
	return 1;
}

static int unregister_ring(struct sim_ring *ring, const void *argument, uint32_t count)
{
	(void)argument;
	(void)count;
	ring->registered = false;
	return 1;
}

static int register_buffers(struct sim_ring *ring, const void *argument, uint32_t count)
{
	return count == 1 ? group_register(ring, argument) : -EINVAL;
}

static int unregister_buffers(struct sim_ring *ring, const void *argument, uint32_t count)
{
	const struct io_uring_buf_reg *which = argument;

	return count == 1 ? group_unregister(ring, which->bgid) : -EINVAL;
}

static int tell_buffers(struct sim_ring *ring, const void *argument, uint32_t count)
{
	struct io_uring_buf_status *status = (struct io_uring_buf_status *)argument;
	uint16_t head = 0;
	int error = count == 1 ? group_head(ring, status->buf_group, &head) : -EINVAL;

	if (error == 0)
		status->head = head;
	return error;
}

/* Empty tables only. */
static int register_files(struct sim_ring *ring, const void *argument, uint32_t count)
{
	const struct io_uring_rsrc_register *wanted = argument;

	if (count != sizeof(*wanted) || !(wanted->flags & IORING_RSRC_REGISTER_SPARSE))
		return -EINVAL;
	return ring_files_register(ring, wanted->nr);
}

static int unregister_files(struct sim_ring *ring, const void *argument, uint32_t count)
{
	(void)argument;
	(void)count;
	return ring_files_unregister(ring);
}

/* There is no network card to poll. */
static int register_napi(struct sim_ring *ring, const void *argument, uint32_t count)
{
	(void)ring;
	return argument != NULL && count == 1 ? 0 : -EINVAL;
}

static int register_probe(struct sim_ring *ring, const void *argument, uint32_t count)
{
	struct io_uring_probe *probe = (struct io_uring_probe *)argument;
	uint32_t last = count < IORING_OP_LAST ? count : IORING_OP_LAST;

	(void)ring;
	probe->last_op = IORING_OP_LAST - 1;
	probe->ops_len = (uint8_t)last;
	for (uint32_t i = 0; i < last; i++) {
		probe->ops[i].op = (uint8_t)i;
		if (operation_kind((uint8_t)i) != NULL)
			probe->ops[i].flags = IO_URING_OP_SUPPORTED;
	}
	return 0;
}

static bool none_runs(const void *argument)
{
	const struct sim_ring *ring = argument;

	for (const struct operation *at = ring->under_way; at != NULL; at = at->next)
		if (at->flags & OPERATION_INTERRUPTED && !(at->flags & OPERATION_FINISHED))
			return false;
	return true;
}

/* Waits for those that workers run; what was cancelled completes as task work. */
static int cancel_now(struct sim_ring *ring, const void *argument, uint32_t count)
{
	const struct io_uring_sync_cancel_reg *wish = argument;
	struct cancel wanted = { .user_data = wish->addr,
				 .flags = wish->flags,
				 .opcode = wish->opcode };
	bool endless = wish->timeout.tv_sec == -1 && wish->timeout.tv_nsec == -1;
	uint64_t limit_ns = (uint64_t)wish->timeout.tv_sec * NS_PER_S +
			    (uint64_t)wish->timeout.tv_nsec;
	bool running;
	int found;

	if (count != 1)
		return -EINVAL;
	if (wanted.flags & IORING_ASYNC_CANCEL_FD) {
		wanted.file = wanted.flags & IORING_ASYNC_CANCEL_FD_FIXED
				      ? ring_file(ring, (uint32_t)wish->fd)
				      : descriptor_file(wish->fd);
		if (wanted.file == NULL)
			return -EBADF;
	}
	found = ring_cancel(ring, &wanted, &running);
	if (running &&
	    !task_sleep(none_runs, ring, endless ? UINT64_MAX : world_now_ns() + limit_ns))
		return -ETIME;
	return found == -EALREADY ? 0 : found;
}

static int (*const registers[IORING_REGISTER_LAST])(struct sim_ring *, const void *, uint32_t) = {
	[IORING_REGISTER_RESTRICTIONS] = restrict_ring,
	[IORING_REGISTER_ENABLE_RINGS] = enable,
	[IORING_REGISTER_RING_FDS] = register_ring,
	[IORING_UNREGISTER_RING_FDS] = unregister_ring,
	[IORING_REGISTER_PBUF_RING] = register_buffers,
	[IORING_UNREGISTER_PBUF_RING] = unregister_buffers,
	[IORING_REGISTER_PBUF_STATUS] = tell_buffers,
	[IORING_REGISTER_FILES2] = register_files,
	[IORING_UNREGISTER_FILES] = unregister_files,
	[IORING_REGISTER_NAPI] = register_napi,
	[IORING_REGISTER_PROBE] = register_probe,
	[IORING_REGISTER_SYNC_CANCEL] = cancel_now,
};

int ring_register(struct sim_ring *ring, uint32_t opcode, const void *argument, uint32_t count)
{
	ring_call();
	if (ring->owner != NULL && ring->owner != task_self())
		return -EEXIST;
	if (opcode >= ARRAY_SIZE(registers) || registers[opcode] == NULL ||
	    ring_lacks_register(opcode))
		return -EINVAL;
	if (ring->restrictions.enforced && !bit(ring->restrictions.registers, opcode))
		return -EACCES;
	return registers[opcode](ring, argument, count);
}
