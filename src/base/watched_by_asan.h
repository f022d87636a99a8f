/* See watched.h. */
#ifndef BASE_WATCHED_BY_ASAN_H
#define BASE_WATCHED_BY_ASAN_H

#include <sanitizer/asan_interface.h>

#define watched_forbid(memory, size) ASAN_POISON_MEMORY_REGION(memory, size)
#define watched_allow(memory, size) ASAN_UNPOISON_MEMORY_REGION(memory, size)
#define watched_filled(memory, size) ASAN_UNPOISON_MEMORY_REGION(memory, size)

#endif
