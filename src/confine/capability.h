/* Capabilities: what root may do, piece by piece. */
#ifndef CONFINE_CAPABILITY_H
#define CONFINE_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>

/* Those that the calling thread may use or take up: bits (1 << CAP_...). Errors: as capget(). */
int capability_permitted(uint64_t *ret_bits);

/* Keep, of the calling thread's capabilities, those among bits. Threads that run already keep
 * theirs. Errors: as capset(). */
int capability_keep(uint64_t bits);

/* The same of the bounding set: what programs could have that it starts. Without CAP_SETPCAP it
 * stays as it is. Errors: as prctl(). */
int capability_bound(uint64_t bits);

/* Locked memory is not counted where there is CAP_IPC_LOCK, and the rings of io_uring are locked
 * memory: before it is given up, make it as unlimited for who comes after, or as much as may be.
 * Is it unlimited? */
bool locked_memory_keep(void);

#endif
