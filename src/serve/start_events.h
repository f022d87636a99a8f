/* The start of a server in the log, for programs: what it serves with, its limits, where it
 * listens. */
#ifndef SERVE_START_EVENTS_H
#define SERVE_START_EVENTS_H

#include <ringside/engine.h>

#include "listener.h"
#include "options.h"
#include "worker.h"

/* An event "serving", and one "listening" for each listener; in text format, nothing. */
void start_events_tell(const struct serve_options *options, const struct engine_config *config,
		       const struct listener_list *listeners, const struct worker *first);

#endif
