/*
 * An engine whose network is an input: what the load generator sends goes to a service of ours, and
 * what that answers comes back, cut, changed, doubled, late, in another order, or not at all, as
 * the bytes of the input say. Its clock goes on only as they say. The calls of the real engine are
 * replaced by the linker (--wrap), so that all of src/load is what is linked into ringside.
 */
#ifndef FUZZ_FAKE_ENGINE_H
#define FUZZ_FAKE_ENGINE_H

#include <ringside/engine.h>

#include "fuzz.h"
#include "service_fuzz.h"

#define FAKE_CONNECTIONS 8
#define FAKE_BATCH 32

/* What the peer has answered and has not been delivered. */
struct fake_answer {
	uint32_t length;
	uint8_t bytes[SERVICE_FUZZ_LENGTH_MAX];
};

#define FAKE_ANSWERS 8

enum fake_state { FAKE_FREE, FAKE_CONNECTING, FAKE_OPEN, FAKE_LEAVING };

struct fake_connection {
	enum fake_state state;
	uint32_t sends, sent_bytes; /* as departures are named */
	uint32_t first, count;	    /* of the ring of answers */
	struct fake_answer answers[FAKE_ANSWERS];
};

struct engine {
	struct fuzz_input *input;
	struct service_fuzz *service;
	bool datagrams;
	struct engine_counters counters;
	struct fake_connection connections[FAKE_CONNECTIONS];
	uint32_t busy; /* sends that are refused from now on */
	uint32_t turns;
	uint32_t count;
	struct message batch[FAKE_BATCH];
	uint8_t data[FAKE_BATCH][SERVICE_FUZZ_LENGTH_MAX];
};

void fake_engine_init(struct engine *ret_engine, struct fuzz_input *input,
		      struct service_fuzz *service);

#endif
