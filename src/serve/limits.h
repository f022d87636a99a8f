/* The limit on open files, and how many connections fit under it. */
#ifndef SERVE_LIMITS_H
#define SERVE_LIMITS_H

#include <stdint.h>

#include "base/error.h"
#include "options.h"

/*
 * Raise RLIMIT_NOFILE to what the hard limit allows and see how many connections a thread may have
 * with it: those asked for, or fewer than wanted where nothing was asked for.
 * Errors: EMFILE, with a sentence that says what does not fit and what would.
 */
int limits_fit(const struct serve_options *options, uint32_t listeners, uint32_t wanted,
	       uint32_t *ret_connections, struct error *ret_error);

/* The arithmetic of it: connections for each thread under a limit on files; 0: none. */
uint32_t limits_connections(uint64_t files_max, uint32_t threads, uint32_t listeners);

#endif
