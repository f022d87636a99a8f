/*
 * What a thread does at times of its own, and not when an answer has come: requests of an open
 * loop, the ends of pauses, new connections at a rate. One clock, one question: when is the next?
 */
#ifndef LOAD_PACE_H
#define LOAD_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/schedule.h"
#include "options.h"

#define PACE_NEVER UINT64_MAX

/* A pause that a client makes before it may send again. */
struct pause {
	struct client *client;
	uint64_t end_ns;
};

struct pace {
	bool polls; /* for the last moments before something is due */
	bool open;  /* requests have times of their own, now */
	bool limits_connects;
	uint64_t think_ns;
	struct schedule requests;
	uint64_t requests_end_ns; /* those due from then on are not sent any more */
	uint64_t free_since_ns;	  /* a connection has been free for the next request since then */
	struct schedule connects;
	struct pause *pauses; /* a ring, in the order of their ends */
	uint32_t pause_max, pause_head, pause_count;
	uint64_t polled_ns; /* in vain */
};

/* Which of the streams of requests that together make the rate of all threads and generators. */
struct pace_part {
	uint32_t index, count;
};

/* client_count: of this thread. Errors: ENOMEM. */
int pace_init(struct pace *ret_pace, const struct load_options *options,
	      const struct pace_part *part, uint32_t client_count);
void pace_finish(struct pace *pace);

/* Times run from now on; requests become due if there is a rate. */
void pace_start(struct pace *pace, const struct load_options *options, uint64_t now_ns);

/* Begin to make connections. */
void pace_start_connects(struct pace *pace, uint64_t now_ns);

/* May a connection be made now? It is counted as made. */
bool pace_connect(struct pace *pace, uint64_t now_ns);

/* Is a request due that may still be sent? */
static inline bool pace_due(const struct pace *pace, uint64_t now_ns)
{
	uint64_t due_ns = schedule_due_ns(&pace->requests);

	return due_ns <= now_ns && due_ns < pace->requests_end_ns;
}

/* A client has had its answer and makes a pause. */
void pace_pause(struct pace *pace, struct client *client, uint64_t now_ns);

/* A client whose pause is over, or NULL. */
struct client *pace_resume(struct pace *pace, uint64_t now_ns);

/*
 * How long a turn may wait for the engine because of all this, at most most_ns. free: a connection
 * waits for a request to be due. connects: one waits to be made.
 */
uint64_t pace_wait_ns(const struct pace *pace, uint64_t now_ns, uint64_t most_ns, bool free,
		      bool connects);

#endif
