/*
 * Where servers and loads run: each on CPUs of its own where there are enough, and on loopback or
 * in two private network namespaces that a veth pair joins.
 */
#ifndef EXPERIMENT_PLACE_H
#define EXPERIMENT_PLACE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/cpu.h"
#include "base/error.h"

struct place {
	struct cpu_list server_cpus, load_cpus; /* none: any */
	bool apart;				/* do they share no CPU? */
	const char *server_host;		/* the address to listen at */
	int server_network, load_network;	/* namespaces; -1: ours */
};

/*
 * Choose CPUs: given lists, or the first that we may use for the load and the second for the
 * server. With network make the namespaces: as root, or in a user namespace of our own where the
 * system allows that. Errors: those of unshare and of ip (of iproute2), with a sentence. Call
 * place_finish() also then.
 */
int place_init(const struct cpu_list *server_cpus, const struct cpu_list *load_cpus, bool network,
	       struct place *ret_place, struct error *ret_error);
void place_finish(struct place *place);

/* Set "server_cpus", "load_cpus", "network" in an object. Errors: ENOMEM. */
int place_put(const struct place *place, json_t *object);

#endif
