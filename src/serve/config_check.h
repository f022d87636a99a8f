/* --check-config: all that can be found wrong without serving. */
#ifndef SERVE_CONFIG_CHECK_H
#define SERVE_CONFIG_CHECK_H

#include "config_source.h"

/*
 * Tell of everything that is wrong, a sentence each, beginning with PATH:LINE where it stands in a
 * file. here: on this host too, so that names of hosts and users are looked up, and addresses and
 * the kernel are asked whether they are there. No port is bound, and sockets that would be passed
 * are not asked for. The options are the caller's to finish. Returns how many sentences there were.
 */
uint32_t config_check(struct config_source *source, struct serve_options *ret_options, bool here,
		      void (*tell)(const char *sentence));

#endif
