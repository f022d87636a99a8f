/*
 * What a seed makes of a world: which commands run in it, with which options, on which sizes; who
 * talks to them; what goes wrong, and how often. The same seed gives the same scenario.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/engine.h>

#include "chance.h"
#include "peer.h"
#include "place.h"
#include "sim/ring.h"
#include "sim/world.h"

#define PLACE_MAX 4
#define WORD_MAX 64

/* A command line. */
struct words {
	int count;
	char *items[WORD_MAX + 1];
	uint32_t used;
	char text[4096];
};

enum scenario_kind {
	SCENARIO_SERVE, /* the server, and scripted clients */
	SCENARIO_LOAD,	/* the load generator, and scripted servers */
	SCENARIO_BOTH,	/* the load generator loads the server */
	SCENARIO_KIND_COUNT,
};

struct scenario {
	uint64_t seed;
	struct chance chance;
	enum scenario_kind kind;
	struct words serve, load;
	struct place places[PLACE_MAX];
	uint32_t place_count;
	struct engine_config shape;
	struct world_options world;
	struct sim_ring_limits limits;
	struct peers_options peers;
	uint32_t event_aim; /* so many are to happen before things come to their end */
	uint32_t threads;
	uint64_t idle_ns, send_ns, drain_ns; /* 0: no timeout */
	bool spins;			     /* a turn polls before it sleeps */
	bool signalled_early;		     /* a signal may come at any step */
	bool gentle;			     /* nothing is injected that ends or cuts anything */
};

void scenario_make(struct scenario *ret_scenario, uint64_t seed, uint32_t events);

/* The command lines, and all else that is worth knowing, in some lines of text. */
void scenario_tell(const struct scenario *scenario, char *text, size_t size);

#endif
