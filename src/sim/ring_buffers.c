/*
 * Provided buffers: rings that the program fills and the kernel empties, in order. A buffer is
 * taken only by an attempt that used it.
 */
#include "ring_state.h"

#include <errno.h>
#include <stdlib.h>

#include "base/watched.h"

#define GROUP_MAX 32768u
#define PAGE_MASK 4095u

static struct buffer_group *group_of(const struct sim_ring *ring, uint32_t number)
{
	struct buffer_group **groups = ring->groups[number >> 8 & 255];

	return groups != NULL ? groups[number & 255] : NULL;
}

int group_register(struct sim_ring *ring, const struct io_uring_buf_reg *registration)
{
	uint32_t entries = registration->ring_entries, number = registration->bgid;
	struct buffer_group ***groups = &ring->groups[number >> 8 & 255];
	struct buffer_group *group;

	if (registration->flags & ~(unsigned)IOU_PBUF_RING_INC)
		return -EINVAL;
	if (entries == 0 || (entries & (entries - 1)) != 0 || entries > GROUP_MAX)
		return -EINVAL;
	if (registration->ring_addr == 0)
		return -EFAULT;
	if (registration->ring_addr & PAGE_MASK)
		return -EINVAL;
	if (group_of(ring, number) != NULL)
		return -EEXIST;
	if (*groups == NULL)
		*groups = calloc(256, sizeof(struct buffer_group *));
	group = calloc(1, sizeof(*group));
	if (*groups == NULL || group == NULL) {
		free(group);
		return -ENOMEM;
	}
	group->ring = (struct io_uring_buf_ring *)(uintptr_t)registration->ring_addr;
	group->mask = (uint16_t)(entries - 1);
	group->incremental = (registration->flags & IOU_PBUF_RING_INC) != 0;
	(*groups)[number & 255] = group;
	return 0;
}

int group_unregister(struct sim_ring *ring, uint32_t number)
{
	struct buffer_group *group = group_of(ring, number);

	if (group == NULL)
		return -ENOENT;
	ring->groups[number >> 8 & 255][number & 255] = NULL;
	free(group);
	return 0;
}

int group_head(const struct sim_ring *ring, uint32_t number, uint16_t *ret_head)
{
	const struct buffer_group *group = group_of(ring, number);

	if (group == NULL)
		return -ENOENT;
	*ret_head = group->head;
	return 0;
}

void groups_finish(struct sim_ring *ring)
{
	for (int high = 0; high < 256; high++) {
		for (int low = 0; ring->groups[high] != NULL && low < 256; low++)
			free(ring->groups[high][low]);
		free(ring->groups[high]);
		ring->groups[high] = NULL;
	}
}

static struct io_uring_buf *entry(const struct buffer_group *group, uint32_t position)
{
	return &group->ring->bufs[position & group->mask];
}

static uint32_t available(const struct buffer_group *group)
{
	return (uint16_t)(__atomic_load_n(&group->ring->tail, __ATOMIC_ACQUIRE) - group->head);
}

/*
 * As many as there are, but no more bytes and buffers than wanted; only the first is cut short. The
 * kernel may write them; who watches memory is told, since here the kernel is part of the program.
 */
static void fill(struct sim_ring *ring, struct buffer_group *group, size_t length_max,
		 uint32_t count, struct selection *selection)
{
	uint32_t there = available(group), used = 0;

	*selection = (struct selection){ .group = group, .vector = ring->scratch };
	while (used < there && used < count && length_max > 0) {
		struct io_uring_buf *buffer = entry(group, group->head + used);
		uint32_t length = buffer->len < length_max ? buffer->len : (uint32_t)length_max;

		if (used > 0 && length < buffer->len && !group->incremental)
			break;
		selection->vector[used++] = (struct iovec){
			.iov_base = (void *)(uintptr_t)buffer->addr, .iov_len = length
		};
		watched_allow(selection->vector[used - 1].iov_base, length);
		selection->length += length;
		length_max -= length;
	}
	selection->count = used;
	selection->last = used == there;
}

int selection_make(struct operation *operation, size_t length_max, uint32_t count_max,
		   struct selection *ret_selection)
{
	struct buffer_group *group = group_of(operation->ring, operation->sqe.buf_group);

	if (group == NULL || available(group) == 0)
		return -ENOBUFS;
	if ((operation->flags & OPERATION_MULTISHOT) && world_fault(FAULT_NO_BUFFERS))
		return -ENOBUFS;
	fill(operation->ring, group, length_max > 0 ? length_max : INT32_MAX, count_max,
	     ret_selection);
	return 0;
}

/* Part of a buffer, and the next receive goes on behind it. */
static bool commit_part(struct buffer_group *group, uint32_t bytes)
{
	while (bytes > 0) {
		struct io_uring_buf *buffer = entry(group, group->head);
		uint32_t part = bytes < buffer->len ? bytes : buffer->len;

		buffer->addr += part;
		buffer->len -= part;
		if (buffer->len > 0 || part == 0)
			return false;
		group->head++;
		bytes -= part;
	}
	return true;
}

static uint32_t buffers_used(const struct selection *selection, uint32_t bytes)
{
	uint32_t used = 0;

	while (used < selection->count) {
		size_t length = selection->vector[used++].iov_len;

		if (bytes <= length)
			break;
		bytes -= (uint32_t)length;
	}
	return used;
}

uint32_t selection_commit(struct selection *selection, uint32_t bytes, bool bundle)
{
	struct buffer_group *group = selection->group;
	uint32_t flags;

	if (group == NULL)
		return 0;
	flags = IORING_CQE_F_BUFFER | (uint32_t)entry(group, group->head)->bid
					      << IORING_CQE_BUFFER_SHIFT;
	if (!group->incremental)
		group->head = (uint16_t)(group->head +
					 (bundle ? buffers_used(selection, bytes) : 1));
	else if (bytes == 0 || !commit_part(group, bytes))
		flags |= RING_CQE_BUFFER_MORE;
	return flags;
}
