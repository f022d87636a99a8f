#include "memory.h"

#include <stddef.h>
#include <stdlib.h>

#include "invariant.h"
#include "sim/task.h"
#include "sim/world.h"

#define FIXED_MAX 16
#define BLOCKS_SIZE 65536u /* a power of two */

/* The functions that the linker put in the place of the C library's. This file is compiled with
 * malloc being the real one, as all of tests/sim. */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static const struct task *fixed[FIXED_MAX];
static uint32_t fixed_count;
/* Where the blocks are: open addressing. Freed ones leave a mark, which the next may take. */
static const void *blocks[BLOCKS_SIZE];
static const char gone[1];
static uint32_t block_count;

void memory_fix(const struct task *task)
{
	memory_free(task);
	if (fixed_count < FIXED_MAX)
		fixed[fixed_count++] = task;
}

void memory_free(const struct task *task)
{
	for (uint32_t i = 0; i < fixed_count; i++)
		if (fixed[i] == task)
			fixed[i--] = fixed[--fixed_count];
}

uint32_t memory_blocks(void)
{
	return block_count;
}

static void check(size_t size)
{
	const struct task *self = world_get() ? task_self() : NULL;

	for (uint32_t i = 0; self && i < fixed_count; i++)
		if (fixed[i] == self)
			violated("a thread that has all its memory asks for %zu bytes", size);
}

static uint32_t place_of(const void *block)
{
	return (uint32_t)(((uintptr_t)block >> 4) * 0x9e3779b1u) & (BLOCKS_SIZE - 1);
}

static void *remember(void *block)
{
	uint32_t at = place_of(block);

	if (!block || !world_get() || block_count > BLOCKS_SIZE / 2)
		return block;
	while (blocks[at] && blocks[at] != gone)
		at = (at + 1) & (BLOCKS_SIZE - 1);
	blocks[at] = block;
	block_count++;
	return block;
}

/* What was made within the C library, or before the world, is not known. */
static void forget(const void *block)
{
	uint32_t at = place_of(block);

	for (uint32_t i = 0; block && blocks[at] && i < BLOCKS_SIZE; i++) {
		if (blocks[at] == block) {
			blocks[at] = gone;
			block_count--;
			return;
		}
		at = (at + 1) & (BLOCKS_SIZE - 1);
	}
}

void *__wrap_malloc(size_t size)
{
	check(size);
	return remember(malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	check(count * size);
	return remember(calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
	check(size);
	forget(block);
	return remember(realloc(block, size));
}

void __wrap_free(void *block)
{
	forget(block);
	free(block);
}
