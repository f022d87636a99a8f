/*
 * Memory that the kernel fills, told to those that watch memory. The address sanitizer does not see
 * what io_uring writes, and valgrind takes all of it for uninitialised; and neither knows that a
 * free buffer, which is memory like any other, must not be touched. Builds that nobody watches
 * contain nothing of this (meson.build chooses).
 */
#ifndef ENGINE_WATCHED_H
#define ENGINE_WATCHED_H

#include <stddef.h>

#if defined(WATCHED_BY_ASAN)

#include <sanitizer/asan_interface.h>

#define watched_forbid(memory, size) ASAN_POISON_MEMORY_REGION(memory, size)
#define watched_allow(memory, size) ASAN_UNPOISON_MEMORY_REGION(memory, size)
#define watched_filled(memory, size) ASAN_UNPOISON_MEMORY_REGION(memory, size)

#elif defined(WATCHED_BY_VALGRIND)

#include <valgrind/memcheck.h>

#define watched_forbid(memory, size) (void)VALGRIND_MAKE_MEM_NOACCESS(memory, size)
#define watched_allow(memory, size) (void)VALGRIND_MAKE_MEM_UNDEFINED(memory, size)
#define watched_filled(memory, size) (void)VALGRIND_MAKE_MEM_DEFINED(memory, size)

#else

/* Nobody may touch it; it may be written; the kernel has written it. */
#define watched_forbid(memory, size) ((void)(memory), (void)(size))
#define watched_allow(memory, size) ((void)(memory), (void)(size))
#define watched_filled(memory, size) ((void)(memory), (void)(size))

#endif

#endif
