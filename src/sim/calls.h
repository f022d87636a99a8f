/*
 * What takes the place of the C library's calls: ld --wrap=X sends every call of X to __wrap_X, and
 * __real_X is the library's. What is not of the world goes there: descriptors below
 * WORLD_DESCRIPTOR_FIRST, and everything while there is no world.
 */
#ifndef SIM_CALLS_H
#define SIM_CALLS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "descriptor.h"
#include "world.h"

static inline bool call_is_simulated(int descriptor)
{
	return descriptor >= WORLD_DESCRIPTOR_FIRST && world_get() != NULL;
}

/* As system calls end: a value, or -1 and errno. It is noted. */
ssize_t call_end(const char *name, int descriptor, ssize_t result);

/* The same, of calls that return an int. */
static inline int call_ended(const char *name, int descriptor, int result)
{
	return (int)call_end(name, descriptor, result);
}

/* Sleep until the file is ready for one of these events. false: it is not to wait, or the time has
 * come; deadline_ns: UINT64_MAX for none. */
bool call_await(struct file *file, uint32_t events, bool waits, uint64_t deadline_ns);

#endif
