/* How much memory an engine needs for its part of the load. */
#ifndef LOAD_SIZING_H
#define LOAD_SIZING_H

#include <ringside/engine.h>

#include "options.h"
#include "target.h"

/* The engine configuration for so many clients on one thread. */
void sizing_config(const struct load_options *options, const struct target *target,
		   uint32_t clients, struct engine_config *ret_config);

#endif
