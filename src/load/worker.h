/*
 * A worker: a thread of the load, with its engine and its share of the clients. Everything is
 * allocated before the first connection; nothing is in the run.
 */
#ifndef LOAD_WORKER_H
#define LOAD_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <ringside/engine.h>

#include "base/error.h"
#include "client.h"
#include "engine/choice.h"
#include "exchange.h"
#include "measure/pattern.h"
#include "measure/recorder.h"
#include "options.h"
#include "target.h"

struct plan;

/* Requests are put together here; a longer one goes to the engine in pieces. */
#define WORKER_STAGING_SIZE 65536u

struct worker {
	struct plan *plan;
	const struct load_options *options;
	const struct target *target;
	const struct pattern *pattern;
	const struct exchange *exchange;
	uint32_t index; /* among the workers */
	uint64_t share; /* of the requests of -n */

	pthread_t thread;
	struct engine *engine;
	struct choice_result choice;
	int error; /* the engine failed: a negative errno and a sentence */
	struct error reason;

	struct client *clients;
	uint32_t client_count;
	void *slots;		       /* of all clients' requests */
	struct client **by_connection; /* index: the engine's number */
	struct client **due;	       /* those that may have something to send */
	uint32_t due_count;
	struct client **waiting; /* those that are to connect */
	uint32_t waiting_count;
	uint8_t *staging;

	struct recorder recorder;
	uint64_t now_ns;      /* read once a turn, see worker_turn() */
	uint64_t scan_ns;     /* when to look for what has expired */
	uint64_t answered_ns; /* when something was answered last */
	uint64_t quota;	      /* requests that may still be started */
	uint64_t per_client;  /* and on one connection */
	uint64_t outstanding; /* requests without an answer, all clients */
	uint32_t gated;	      /* clients that the server may not have accepted yet */
	uint32_t gate_max;    /* ... at most so many, see worker.c */
	uint32_t alive;	      /* clients that are not DONE */
	uint32_t connected;   /* clients that have been open at least once */
	bool running;	      /* connections that have done their share reconnect */
};

/* Memory and numbers; no engine yet. index and client_count are the worker's part of the plan.
 * Errors: ENOMEM. Call worker_finish() also on failure. */
int worker_init(struct worker *worker, struct plan *plan, uint32_t index, uint32_t first_client,
		uint32_t client_count, uint64_t share);
void worker_finish(struct worker *worker);

/* The thread's function; argument: the worker. */
void *worker_main(void *worker);

/* A client may have something to send after this batch. */
static inline void worker_list(struct worker *worker, struct client *client)
{
	if (client->listed)
		return;
	client->listed = true;
	worker->due[worker->due_count++] = client;
}

/* How many requests the client may start now. */
static inline uint32_t worker_allowance(const struct worker *worker, const struct client *client)
{
	uint64_t allowed = worker->options->depth - client->outstanding;

	if (allowed > worker->quota)
		allowed = worker->quota;
	if (allowed > worker->per_client - client->started)
		allowed = worker->per_client - client->started;
	return (uint32_t)allowed;
}

/* Requests of so many bytes in all were given to the engine. */
static inline void worker_started(struct worker *worker, struct client *client, uint32_t count,
				  uint64_t bytes)
{
	client->outstanding += count;
	client->started += count;
	worker->outstanding += count;
	worker->quota -= count;
	recorder_sent(&worker->recorder, count, bytes);
}

#endif
