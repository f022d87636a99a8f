/* Ports of servers that cannot tell which one they took: we choose it, and see when they have it.
 */
#ifndef EXPERIMENT_PORT_H
#define EXPERIMENT_PORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "experiment/point.h"

/* One that nobody had a moment ago, at an address of this network namespace. Errors: those of
 * socket() and bind(). */
int port_choose(const char *host, enum transport transport, uint16_t *ret_port);

/* Does somebody listen there, in the network namespace of a process? */
bool port_is_open(pid_t process, enum transport transport, uint16_t port);

#endif
