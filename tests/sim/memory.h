/*
 * The memory of the code under test: malloc(3) and its kin are wrapped (ld --wrap), while the
 * simulated kernel and the campaign itself call the real ones (meson.build). Once a task is told to
 * have all it needs it must ask for no more; and at the end all has to be given back.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct task;

/* From now on this task has all its memory; or may ask for more again. */
void memory_fix(const struct task *task);
void memory_free(const struct task *task);

/* Blocks that are not given back yet. */
uint32_t memory_blocks(void);

#endif
