/* See watched.h. */
#ifndef BASE_WATCHED_BY_VALGRIND_H
#define BASE_WATCHED_BY_VALGRIND_H

#include <valgrind/memcheck.h>

#define watched_forbid(memory, size) (void)VALGRIND_MAKE_MEM_NOACCESS(memory, size)
#define watched_allow(memory, size) (void)VALGRIND_MAKE_MEM_UNDEFINED(memory, size)
#define watched_filled(memory, size) (void)VALGRIND_MAKE_MEM_DEFINED(memory, size)

#endif
