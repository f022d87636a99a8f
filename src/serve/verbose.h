/* Who connects and who leaves, told on standard error: --verbose. */
#ifndef SERVE_VERBOSE_H
#define SERVE_VERBOSE_H

#include <stdint.h>

#include <ringside/engine.h>

#include "listener.h"

struct verbose;

/* For the connections of one engine. NULL: no memory. */
struct verbose *verbose_open(uint32_t connection_max);
void verbose_close(struct verbose *verbose);

/* Tell of the batch's connects and disconnects. */
void verbose_tell(struct verbose *verbose, const struct engine *engine,
		  const struct listener *listener, const struct message *batch, uint32_t count);

#endif
