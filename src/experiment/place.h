/*
 * Where servers and loads run: each on CPUs of its own where there are enough, and on loopback or
 * in two private network namespaces that a veth pair joins.
 */
#ifndef EXPERIMENT_PLACE_H
#define EXPERIMENT_PLACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cpu.h"
#include "base/error.h"

struct place {
	struct cpu_list server_cpus, load_cpus; /* none: any */
	bool apart;				/* do they share no CPU? */
	const char *server_host;		/* the address to listen at */
	int server_network, load_network;	/* namespaces; 0: ours */
};

/* What is asked for. */
struct place_wish {
	const struct cpu_list *server_cpus, *load_cpus; /* empty: it is left open */
	uint32_t server_threads, load_threads;		/* at most */
	bool network;					/* in namespaces of their own */
};

/*
 * Left open, the first CPUs that we may use are the load's and the next ones the server's, if there
 * are as many as threads. Where one of the two is given, the other one has the first CPUs beside
 * it, if there are enough of those. Errors: ENODEV (a CPU is not ours), those of network_make();
 * with a sentence. Call place_finish() also then.
 */
int place_init(const struct place_wish *wish, struct place *ret_place, struct error *ret_error);
void place_finish(struct place *place);

/* Set "server_cpus", "load_cpus", "network" in an object. Errors: ENOMEM. */
int place_put(const struct place *place, json_t *object);

#endif
