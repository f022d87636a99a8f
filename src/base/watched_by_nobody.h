/* See watched.h. */
#ifndef BASE_WATCHED_BY_NOBODY_H
#define BASE_WATCHED_BY_NOBODY_H

#define watched_forbid(memory, size) ((void)(memory), (void)(size))
#define watched_allow(memory, size) ((void)(memory), (void)(size))
#define watched_filled(memory, size) ((void)(memory), (void)(size))

#endif
