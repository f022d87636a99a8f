/* Rings as descriptors of the simulated machine, and what of them a campaign takes away. */
#include "ring.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "ring_state.h"

static struct {
	struct sim_ring *first;
	struct sim_ring_limits limits;
} rings;

static uint32_t ready(const struct file *file)
{
	const struct sim_ring *ring = (const struct sim_ring *)file;

	return completion_count(ring) > 0 || ring->overflow.count > 0 ? POLLIN : 0;
}

/* The last descriptor has gone: what is under way ends, and lets go of its files. Linux does that
 * some ms later; programs that end properly have cancelled everything before. */
static void closed(struct file *file)
{
	struct sim_ring *ring = (struct sim_ring *)file;

	ring->ended = true;
	operations_finish(ring);
	ring_files_finish(ring);
}

static void destroy(struct file *file)
{
	struct sim_ring *ring = (struct sim_ring *)file;
	struct sim_ring **at = &rings.first;

	closed(file);
	while (*at != NULL && *at != ring)
		at = &(*at)->next;
	if (*at == ring)
		*at = ring->next;
	groups_finish(ring);
	completion_finish(ring);
	free(ring->shared);
	free(ring->array);
	free(ring->submissions);
	free(ring->completions);
	free(ring);
}

static const struct file_kind ring_kind = {
	.name = "ring",
	.ready = ready,
	.closed = closed,
	.destroy = destroy,
};

int ring_open(struct sim_ring *ring)
{
	int number;

	file_init(&ring->file, &ring_kind);
	ring->next = rings.first;
	rings.first = ring;
	number = descriptor_open(&ring->file);
	if (number >= 0)
		ring->number = number;
	return number;
}

struct sim_ring *sim_ring_find(int number)
{
	struct file *file = world_get() == NULL ? NULL : descriptor_file(number);

	return file != NULL && file->kind == &ring_kind ? (struct sim_ring *)file : NULL;
}

struct sim_ring *sim_ring_of(const struct io_uring *ring)
{
	return sim_ring_find(ring->ring_fd);
}

uint32_t sim_ring_pending(const struct sim_ring *ring)
{
	return ring->under_way_count + completion_count(ring) + ring->overflow.count;
}

void sim_ring_limit(const struct sim_ring_limits *limits)
{
	rings.limits = limits != NULL ? *limits : (struct sim_ring_limits){ 0 };
}

int ring_setup_error(void)
{
	return rings.limits.setup_error;
}

bool ring_lacks_opcode(uint8_t opcode)
{
	return opcode >= 128 || (rings.limits.opcodes_missing[opcode / 64] >> opcode % 64 & 1) != 0;
}

bool ring_lacks_setup(uint32_t flags)
{
	return (rings.limits.setup_missing & flags) != 0;
}

bool ring_lacks_register(uint32_t opcode)
{
	return opcode >= 64 || (rings.limits.registers_missing >> opcode & 1) != 0;
}
