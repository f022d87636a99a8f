/*
 * Two network namespaces of our own, one for servers and one for loads, joined by a veth pair:
 * nothing else is on this network, and nothing of it is seen outside. They end with the last
 * process that is in them, and with whoever holds their files.
 */
#ifndef EXPERIMENT_NETWORK_H
#define EXPERIMENT_NETWORK_H

#include "base/error.h"

/* Of TEST-NET-1 (RFC 5737), which nobody else has. */
#define NETWORK_SERVER_HOST "192.0.2.1"

struct network {
	int server, load; /* files of the namespaces, for setns() */
};

/*
 * Make both. As root, or else in a user namespace, where this process then stays. Errors: those of
 * unshare(), and of ip (iproute2), which makes the pair; with a sentence.
 */
int network_make(struct network *ret_network, struct error *ret_error);

#endif
