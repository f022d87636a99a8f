/*
 * io_uring, feature send_bundle: the queue of a connection becomes a ring of buffers of its own,
 * and one send takes all of it. A bundle takes buffers in ring order, so each connection needs its
 * own ring; it is registered when the connection first has more than one buffer to send.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "uring.h"

#define BUNDLE_ENTRIES 64u
#define BUNDLE_BYTES 4096u /* a ring has to start on a page */
#define GROUPS_MAX 65536u

struct bundles {
	uint8_t *memory;
	size_t size;
	bool *registered; /* by connection */
	uint32_t count;
};

int uring_bundles_open(struct engine *engine)
{
	struct uring *uring = engine->state;
	uint32_t max = engine->connections.max;
	struct bundles *bundles = calloc(1, sizeof(*bundles));

	if (bundles == NULL)
		return -ENOMEM;
	uring->bundles = bundles;
	bundles->count = max < GROUPS_MAX - POOL_COUNT ? max : GROUPS_MAX - POOL_COUNT;
	bundles->size = (size_t)bundles->count * BUNDLE_BYTES;
	bundles->registered = calloc(bundles->count, sizeof(*bundles->registered));
	if (bundles->registered == NULL)
		return -ENOMEM;
	bundles->memory = mmap(NULL, bundles->size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bundles->memory == MAP_FAILED) {
		bundles->memory = NULL;
		return -errno;
	}
	return 0;
}

void uring_bundles_close(struct engine *engine)
{
	struct uring *uring = engine->state;
	struct bundles *bundles = uring->bundles;

	if (bundles == NULL)
		return;
	for (uint32_t i = 0; bundles->registered != NULL && i < bundles->count; i++) {
		if (bundles->registered[i])
			(void)io_uring_unregister_buf_ring(&uring->ring, (int)(POOL_COUNT + i));
	}
	if (bundles->memory != NULL)
		(void)munmap(bundles->memory, bundles->size);
	free(bundles->registered);
	free(bundles);
	uring->bundles = NULL;
}

static struct io_uring_buf_ring *ring_of(struct bundles *bundles, uint32_t number)
{
	return (struct io_uring_buf_ring *)(bundles->memory + (size_t)number * BUNDLE_BYTES);
}

static bool ensure_registered(struct uring *uring, uint32_t number)
{
	struct bundles *bundles = uring->bundles;
	struct io_uring_buf_reg registration = { .ring_entries = BUNDLE_ENTRIES,
						 .bgid = (uint16_t)(POOL_COUNT + number) };

	if (number >= bundles->count)
		return false;
	if (bundles->registered[number])
		return true;
	registration.ring_addr = (uintptr_t)ring_of(bundles, number);
	io_uring_buf_ring_init(ring_of(bundles, number));
	bundles->registered[number] = io_uring_register_buf_ring(&uring->ring, &registration, 0) ==
				      0;
	return bundles->registered[number];
}

bool uring_bundle_fill(struct engine *engine, struct connection *connection,
		       struct io_uring_sqe *sqe)
{
	struct uring *uring = engine->state;
	const struct segment *segments = engine->buffers.segments;
	uint32_t number = connection_number(engine, connection), at = connection->queue_head;
	struct io_uring_buf_ring *ring;
	int count = 0;

	if (!ensure_registered(uring, number))
		return false;
	ring = ring_of(uring->bundles, number);
	for (; at != NONE && count < (int)BUNDLE_ENTRIES; at = segments[at].next, count++) {
		io_uring_buf_ring_add(ring, segments[at].data, segments[at].length,
				      (unsigned short)count, (int)BUNDLE_ENTRIES - 1, count);
		connection->sent += (int32_t)segments[at].length;
	}
	io_uring_buf_ring_advance(ring, count);
	io_uring_prep_send_bundle(sqe, connection->fd, 0, MSG_NOSIGNAL);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = (uint16_t)(POOL_COUNT + number);
	return true;
}

/* A send that did not take all leaves the ring with buffers that are out of date. */
void uring_bundle_reset(struct engine *engine, struct connection *connection)
{
	struct uring *uring = engine->state;
	uint32_t number = connection_number(engine, connection);

	if (number >= uring->bundles->count || !uring->bundles->registered[number])
		return;
	(void)io_uring_unregister_buf_ring(&uring->ring, (int)(POOL_COUNT + number));
	uring->bundles->registered[number] = false;
}
