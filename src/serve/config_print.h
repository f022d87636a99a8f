/* --print-config: what is in effect, as a file that --config reads. */
#ifndef SERVE_CONFIG_PRINT_H
#define SERVE_CONFIG_PRINT_H

#include <stdio.h>

#include "config_source.h"

/*
 * Print every option, those without a value as comments. Values are those of the command line and
 * of the file, or the defaults; of a secret the name of its file is all that an option holds.
 * Errors: EINVAL with a sentence: a value that cannot stand in a file.
 */
int config_print(const struct config_source *source, const struct serve_options *options,
		 FILE *stream, struct error *ret_error);

#endif
