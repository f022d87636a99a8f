/* What each thread's engine is asked for: the options and listeners turned into its config. */
#ifndef SERVE_CONFIG_H
#define SERVE_CONFIG_H

#include <jansson.h>

#include <ringside/engine.h>

#include "base/error.h"
#include "listener.h"
#include "options.h"

/* other_files: descriptors of each thread beside its listeners'. Errors: those of limits_fit(). */
int config_make(const struct serve_options *options, const struct listener_list *listeners,
		uint32_t other_files, struct engine_config *ret_config, struct error *ret_error);

/* Its sizes and counts; NULL: no memory. */
json_t *config_to_json(const struct engine_config *config);

#endif
