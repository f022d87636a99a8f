/* The command line of ringside serve with its file: read, and if it asks for that, checked or
 * printed. */
#ifndef SERVE_CONFIG_COMMAND_H
#define SERVE_CONFIG_COMMAND_H

#include <stdbool.h>

#include "config_source.h"
#include "options.h"

/*
 * Returns true if the options are good and the command is to serve. Otherwise it has said what is
 * wrong, or has done what was asked for, and is to end with *ret_exit_code. In either case the
 * caller finishes both.
 */
bool config_command(int argc, char **argv, struct config_source *ret_source,
		    struct serve_options *ret_options, int *ret_exit_code);

#endif
