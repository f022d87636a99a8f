/* The ring's own table of descriptors, which no system call knows. */
#include "ring_state.h"

#include <errno.h>
#include <stdlib.h>

#define FILES_MAX 1048576u

int ring_files_register(struct sim_ring *ring, uint32_t count)
{
	if (ring->files != NULL)
		return -EBUSY;
	if (count == 0)
		return -EINVAL;
	if (count > FILES_MAX)
		return -EMFILE;
	ring->files = calloc(count, sizeof(struct file *));
	if (ring->files == NULL)
		return -ENOMEM;
	ring->file_count = count;
	ring->file_hint = 0;
	return 0;
}

struct file *ring_file(const struct sim_ring *ring, uint32_t index)
{
	return index < ring->file_count ? ring->files[index] : NULL;
}

/* A free place, or the count: beginning where the last one was found. */
static uint32_t free_place(const struct sim_ring *ring)
{
	for (uint32_t i = 0; i < ring->file_count; i++) {
		uint32_t index = (ring->file_hint + i) % ring->file_count;

		if (ring->files[index] == NULL)
			return index;
	}
	return ring->file_count;
}

static int place(struct sim_ring *ring, uint32_t slot)
{
	uint32_t index = slot == IORING_FILE_INDEX_ALLOC ? free_place(ring) : slot - 1;

	if (ring->files == NULL)
		return -ENXIO;
	if (index < ring->file_count)
		return (int)index;
	return slot == IORING_FILE_INDEX_ALLOC ? -ENFILE : -EINVAL;
}

int ring_files_install(struct sim_ring *ring, uint32_t slot, struct file *file)
{
	int index = place(ring, slot);

	if (index < 0) {
		file_release(file);
		return index;
	}
	if (ring->files[index] != NULL)
		file_release(ring->files[index]);
	ring->files[index] = file;
	ring->file_hint = (uint32_t)index + 1;
	return slot == IORING_FILE_INDEX_ALLOC ? index : 0;
}

int ring_files_close(struct sim_ring *ring, uint32_t index)
{
	struct file *file;

	if (ring->files == NULL)
		return -ENXIO;
	if (index >= ring->file_count)
		return -EINVAL;
	file = ring->files[index];
	if (file == NULL)
		return -EBADF;
	ring->files[index] = NULL;
	ring->file_hint = index;
	file_release(file);
	return 0;
}

void ring_files_finish(struct sim_ring *ring)
{
	for (uint32_t i = 0; i < ring->file_count; i++)
		if (ring->files[i] != NULL)
			file_release(ring->files[i]);
	free(ring->files);
	ring->files = NULL;
	ring->file_count = 0;
}

int ring_files_unregister(struct sim_ring *ring)
{
	if (ring->files == NULL)
		return -ENXIO;
	ring_files_finish(ring);
	return 0;
}
