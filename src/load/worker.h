/*
 * A worker: a thread of the load, with its engine and its share of the clients. Everything is
 * allocated before the first connection; nothing is in the run.
 */
#ifndef LOAD_WORKER_H
#define LOAD_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <ringside/clock.h>
#include <ringside/engine.h>

#include "base/error.h"
#include "client.h"
#include "engine/choice.h"
#include "exchange.h"
#include "measure/handover.h"
#include "measure/pattern.h"
#include "measure/recorder.h"
#include "options.h"
#include "pace.h"
#include "target.h"
#include "trip_log.h"
#include "usage/thread_usage.h"

struct plan;
struct watch;

/* Requests are put together here; a longer one goes to the engine in pieces. */
#define WORKER_STAGING_SIZE 65536u

struct worker {
	struct plan *plan;
	const struct load_options *options;
	const struct target *target;
	const struct pattern *pattern;
	const struct exchange *exchange;
	void *protocol_state; /* of target->protocol */
	uint32_t ancillary;   /* enum ancillary: what the kernel tells of messages */
	uint32_t index;	      /* among the workers */
	uint64_t share;	      /* of the requests of -n */
	bool tells_wall;      /* .wall_ns is kept */
	bool mixed;	      /* requests have different sizes ... */
	uint32_t size;	      /* ... or all of them this one */

	pthread_t thread;
	struct engine *engine;
	struct choice_result choice;
	int error; /* the engine failed: a negative errno and a sentence */
	struct error reason;

	struct client *clients;
	uint32_t client_count;
	uint32_t first_client;	       /* its number among all workers' */
	void *slots;		       /* of all clients' requests */
	struct watch *watches;	       /* of all clients; NULL: nobody watches */
	struct client **by_connection; /* index: the engine's number */
	struct client **due; /* a ring: those that may have something to send, longest first */
	uint32_t due_head, due_tail, due_count;
	uint64_t last_due_ns, last_sent_ns; /* open loop: of its last request */
	struct client *unfinished;	    /* open loop: of its last request a part has not left */
	struct client **waiting;	    /* those that are to connect */
	uint32_t waiting_count;
	uint8_t *staging;

	struct handover handover;
	struct recorder recorder;
	struct thread_meter meter;
	uint64_t window_end_ns; /* UINT64_MAX: when the requests are done */
	uint64_t interval_end_ns;
	atomic_bool left;	       /* it has done all it had to do */
	atomic_uint_fast64_t progress; /* answered, for the monitor; written once a turn */
	uint64_t kernel_drops;	       /* at the end */

	struct pace pace;
	uint64_t now_ns;	    /* read once a turn, see worker_turn() */
	int64_t wall_ns;	    /* the same moment, CLOCK_REALTIME; see .tells_wall */
	struct clock_quality clock; /* of that clock, read ... */
	uint64_t clock_read_ns;	    /* ... last then */
	uint64_t undeparted;	    /* round trips that wait for the departure alone */
	struct trip_lines lines;
	int fault; /* the peer cannot do what is asked for: a negative errno, and .reason */
	uint64_t departure_ns; /* when what is sent now was due */
	uint64_t scan_ns;      /* when to look for what has expired */
	uint64_t answered_ns;  /* when something was answered last */
	uint64_t missed_ns;    /* when the first one left that was given up since then */
	uint64_t answered;     /* requests, since it exists */
	uint64_t quota;	       /* requests that may still be started */
	uint64_t credit;       /* ... with the next call of exchange->send */
	uint64_t per_client;   /* and on one connection */
	uint64_t outstanding;  /* requests without an answer, all clients */
	uint32_t gated;	       /* clients that the server may not have accepted yet */
	uint32_t gate_max;     /* ... at most so many, see phase.c */
	uint32_t alive;	       /* clients that are not DONE */
	uint32_t connected;    /* clients that have been open at least once */
	bool asks;	       /* while connecting, each connection is asked once */
	bool running;	       /* connections that have done their share reconnect */
	bool blocked;	       /* the engine has no memory for a request now */
	bool free;    /* open loop: a connection waited for a request after the last turn */
	bool slipped; /* --slip abort: a request was too late */
};

/* Memory and numbers; no engine yet. index and client_count are the worker's part of the plan.
 * Errors: ENOMEM. Call worker_finish() also on failure. */
int worker_init(struct worker *worker, struct plan *plan, uint32_t index, uint32_t first_client,
		uint32_t client_count, uint64_t share);
void worker_finish(struct worker *worker);

/* The thread's function; argument: the worker. */
void *worker_main(void *worker);

/* One turn of the engine and all that follows from it (turn.c); waits until until_ns at most.
 * Errors: those of engine_turn(), with a sentence in .reason. */
int worker_turn(struct worker *worker, uint64_t until_ns);

/* Send what is due and may be sent. */
void worker_send(struct worker *worker);

/* Make connections, as many as may be under way at a time. */
void worker_connect(struct worker *worker);

/* What the thread has cost so far. */
struct cost worker_cost(const struct worker *worker);

/* Connect, warm up, measure, let what is under way end, and leave (phase.c). Errors: as above. */
int worker_connect_all(struct worker *worker);
int worker_run(struct worker *worker);

/* Do requests get a time of the kernel's when they leave? */
static inline bool worker_awaits_departures(const struct worker *worker)
{
	return worker->ancillary & ANCILLARY_DEPARTURE;
}

/* A client may have something to send. */
static inline void worker_list(struct worker *worker, struct client *client)
{
	if (client->listed)
		return;
	client->listed = true;
	worker->due[worker->due_tail] = client;
	if (++worker->due_tail == worker->client_count)
		worker->due_tail = 0;
	worker->due_count++;
}

/* The client that has been listed longest. */
static inline struct client *worker_unlist(struct worker *worker)
{
	struct client *client = worker->due[worker->due_head];

	if (++worker->due_head == worker->client_count)
		worker->due_head = 0;
	worker->due_count--;
	client->listed = false;
	return client;
}

/* How many requests the client may start now. */
static inline uint32_t worker_allowance(const struct worker *worker, const struct client *client)
{
	uint64_t busy = (uint64_t)client->outstanding + client->pausing;
	uint64_t allowed = worker->options->depth > busy ? worker->options->depth - busy : 0;

	if (allowed > worker->quota)
		allowed = worker->quota;
	if (allowed > worker->credit)
		allowed = worker->credit;
	if (allowed > worker->per_client - client->started)
		allowed = worker->per_client - client->started;
	return (uint32_t)allowed;
}

/* The size of a request follows from its number, so nobody has to remember it. */
static inline uint32_t worker_request_size(const struct worker *worker, uint64_t sequence)
{
	uint64_t random = worker->options->seed ^ (sequence * 0xd1342543de82ef95u);

	if (!worker->mixed)
		return worker->size;
	return size_mix_draw(&worker->options->size.request, &random);
}

/* A request that left then was given up. */
static inline void worker_missed(struct worker *worker, uint64_t sent_ns)
{
	if (worker->missed_ns < worker->answered_ns)
		worker->missed_ns = sent_ns;
}

/* Of what is sent now. */
static inline struct departure worker_departure(const struct worker *worker)
{
	return (struct departure){ .intended_ns = worker->departure_ns, .sent_ns = worker->now_ns };
}

/* Requests of so many bytes in all were given to the engine. */
static inline void worker_started(struct worker *worker, struct client *client, uint32_t count,
				  uint64_t bytes)
{
	client->outstanding += count;
	client->started += count;
	worker->outstanding += count;
	worker->quota -= count;
	worker->credit -= count;
	recorder_sent(&worker->recorder, worker->departure_ns, count, bytes);
}

#endif
