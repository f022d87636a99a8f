/*
 * Memory that the kernel fills, told to those that watch memory. The address sanitizer does not see
 * what io_uring writes, and valgrind takes all of it for uninitialised; and neither knows that a
 * free buffer, which is memory like any other, must not be touched.
 *
 *	watched_forbid(memory, size)	nobody may touch it
 *	watched_allow(memory, size)	it may be written
 *	watched_filled(memory, size)	the kernel has written it
 *
 * meson.build chooses who watches. Nobody: then nothing of this is left in the program.
 */
#ifndef BASE_WATCHED_H
#define BASE_WATCHED_H

#include WATCHED_BY

#endif
