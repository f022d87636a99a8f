/* Which features an engine works with: asked for, present, and able to live with each other. */
#include "resolve.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "attempt.h"
#include "base/array.h"

#define BIT(id) (1u << (id))

static struct {
	pthread_mutex_t mutex;
	uint32_t present;
	bool ends_tried, ends_lost; /* attempt_end_lost() */
	struct feature_state states[FEATURE_COUNT];
	/* What to say of those that are lacking; written once, since others may be reading. */
	char lacking[FEATURE_COUNT][64 + FEATURE_REASON_MAX];
} found = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void explain(enum feature_id id)
{
	char *text = found.lacking[id];

	if (!found.states[id].present && text[0] == '\0')
		(void)snprintf(text, sizeof(found.lacking[id]), "io_uring lacks %s here: %s",
			       features[id].name, found.states[id].reason);
}

/* What is found once stays; what failed is tried again. */
static int try_wanted(uint32_t wanted, struct feature_state *ret_states)
{
	int error = 0;

	(void)pthread_mutex_lock(&found.mutex);
	for (int id = 0; id < FEATURE_COUNT && error == 0; id++) {
		if (!(wanted & ~found.present & BIT(id)))
			continue;
		error = feature_try((enum feature_id)id, &found.states[id]);
		found.present |= found.states[id].present ? BIT(id) : 0;
		if (error == 0)
			explain((enum feature_id)id);
	}
	memcpy(ret_states, found.states, sizeof(found.states));
	(void)pthread_mutex_unlock(&found.mutex);
	return error;
}

static void refuse(struct feature_state *state, const char *why, const char *what)
{
	state->effective = false;
	(void)snprintf(state->reason, sizeof(state->reason), "%s%s", why, what);
}

/* Departures are told by the ring alone, on io_uring; an error queue needs no feature. */
static bool asks_departures(const struct engine *engine)
{
	uint32_t asked = engine->config.client_ancillary | engine->config.listener_ancillary;

	return engine->backend == &backend_uring && (asked & ANCILLARY_DEPARTURE) != 0;
}

/* Wanted without being named: always, or by what the config asks for of messages. */
static bool is_default(const struct engine *engine, enum feature_id id)
{
	return features[id].standard || (id == FEATURE_DEPARTURES && asks_departures(engine));
}

static bool is_requested(const struct engine *engine, enum feature_id id)
{
	const struct feature_request *request = &engine->config.features;

	return feature_named(engine, id) ||
	       (is_default(engine, id) && (request->off & BIT(id)) == 0);
}

/* Those that are worth a trial: each makes a ring, and they delay the first answer. */
static uint32_t wanted(const struct engine *engine)
{
	uint32_t bits = 0;

	for (int id = 0; id < FEATURE_COUNT; id++) {
		if (is_requested(engine, (enum feature_id)id) &&
		    (features[id].epoll || engine->backend == &backend_uring))
			bits |= BIT(id);
	}
	return bits;
}

/* Asked for, by name or by default, and what speaks against it at once. */
static void resolve_one(struct engine *engine, enum feature_id id)
{
	const struct feature_request *request = &engine->config.features;
	struct feature_state *state = &engine->features[id];
	bool named = feature_named(engine, id), refused = (request->off & BIT(id)) != 0;

	state->requested = is_requested(engine, id);
	state->effective = state->requested && state->present;
	if (state->effective)
		(void)snprintf(state->reason, sizeof(state->reason), "%s",
			       named		       ? "asked for"
			       : features[id].standard ? "on by default"
						       : "the times of what is sent are asked for");
	else if (!state->requested)
		refuse(state, refused ? "switched off" : "off by default", "");
	if (state->requested && engine->backend == &backend_epoll && !features[id].epoll)
		refuse(state, "the epoll backend does not have it", "");
}

/* An answer longer than its message needs a buffer that nobody else fills behind it. */
static void resolve_room(struct engine *engine)
{
	static const enum feature_id shared[] = { FEATURE_INCREMENTAL, FEATURE_GRO };

	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		struct feature_state *state = &engine->features[shared[i]];

		if (state->effective && engine->config.reply_room > 0)
			refuse(state, "a service here answers with more than it got", "");
	}
}

/* Where arrivals are stamped, each receive has room for the stamp before its data. A multishot
 * receive leaves it in the buffer; a single one that waits has to bring its own. */
static void resolve_stamps(struct engine *engine)
{
	const struct engine_config *config = &engine->config;
	uint32_t asked = config->listener_ancillary | config->client_ancillary;
	struct feature_state *ring = &engine->features[FEATURE_BUFFER_RING];
	struct feature_state *incremental = &engine->features[FEATURE_INCREMENTAL];

	if (!(asked & ANCILLARY_ARRIVAL))
		return;
	if (incremental->effective)
		refuse(incremental, "cannot be combined with the times of arrivals", "");
	if (ring->effective && !engine->features[FEATURE_MULTISHOT_RECEIVE].effective)
		refuse(ring, "is off without multishot_receive where arrivals are timed", "");
}

/* A run of answers needs several datagrams in a batch: io_uring's single receive brings one. */
static void resolve_runs(struct engine *engine)
{
	struct feature_state *gso = &engine->features[FEATURE_GSO];

	if (gso->effective && engine->backend == &backend_uring &&
	    !engine->features[FEATURE_MULTISHOT_RECEIVE].effective &&
	    !engine->features[FEATURE_GRO].effective)
		refuse(gso, "is off without ", "multishot_receive or gro");
}

/* A multishot accept empties the listen queue: there have to be slots for all of it. */
static void resolve_backlog(struct engine *engine)
{
	struct feature_state *state = &engine->features[FEATURE_MULTISHOT_ACCEPT];

	if (state->effective && engine->config.connection_max <= engine->config.backlog)
		refuse(state, "a full listen queue would exceed the connections", "");
}

/* A feature wins over those that it excludes, unless it is only the default and they are asked
 * for. */
static void resolve_pair(struct engine *engine, enum feature_id id, enum feature_id other)
{
	bool yields = !feature_named(engine, id) && feature_named(engine, other);
	enum feature_id winner = yields ? other : id, loser = yields ? id : other;

	if (engine->features[id].effective && engine->features[other].effective)
		refuse(&engine->features[loser], "cannot be combined with ", features[winner].name);
}

static void resolve_excluded(struct engine *engine)
{
	for (int id = 0; id < FEATURE_COUNT; id++) {
		for (int other = 0; other < FEATURE_COUNT; other++) {
			if (features[id].excludes & BIT(other))
				resolve_pair(engine, (enum feature_id)id, (enum feature_id)other);
		}
	}
}

/* One refusal may bring another: until nothing changes. */
static void resolve_needs(struct engine *engine)
{
	bool changed;

	do {
		changed = false;
		for (int id = 0; id < FEATURE_COUNT; id++) {
			for (int need = 0; need < FEATURE_COUNT; need++) {
				if (!engine->features[id].effective ||
				    !(features[id].needs & BIT(need)) ||
				    engine->features[need].effective)
					continue;
				refuse(&engine->features[id], "is off without ",
				       features[need].name);
				changed = true;
			}
		}
	} while (changed);
}

static bool ends_lost(void)
{
	bool lost;

	(void)pthread_mutex_lock(&found.mutex);
	if (!found.ends_tried)
		found.ends_lost = attempt_end_lost();
	found.ends_tried = true;
	lost = found.ends_lost;
	(void)pthread_mutex_unlock(&found.mutex);
	return lost;
}

/* A kernel that loses ends is to be asked by single receives; those fill no buffer bit by bit. */
static void resolve_ends(struct engine *engine)
{
	struct feature_state *incremental = &engine->features[FEATURE_INCREMENTAL];

	engine->ends_lost = engine->backend == &backend_uring &&
			    engine->features[FEATURE_MULTISHOT_RECEIVE].effective && ends_lost();
	if (engine->ends_lost && incremental->effective)
		refuse(incremental,
		       "this kernel's multishot receive loses the end of a UNIX stream", "");
}

int features_resolve(struct engine *engine)
{
	int error = try_wanted(wanted(engine), engine->features);

	if (error < 0)
		return error;
	for (int id = 0; id < FEATURE_COUNT; id++)
		resolve_one(engine, (enum feature_id)id);
	resolve_room(engine);
	resolve_backlog(engine);
	resolve_excluded(engine);
	resolve_needs(engine);
	resolve_stamps(engine);
	resolve_needs(engine);
	resolve_runs(engine);
	resolve_ends(engine);
	return 0;
}

const char *features_lacking(const struct engine *engine)
{
	for (int id = 0; id < FEATURE_COUNT; id++) {
		const struct feature_state *state = &engine->features[id];

		if (features[id].vital && state->requested && !state->present)
			return found.lacking[id];
	}
	return NULL;
}
