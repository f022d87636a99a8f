/*
 * Round trips to a server that tells no times, one at a time on each client, divided by what this
 * host's kernel tells of them (--split): when the request left, and when its answer came.
 *
 *	OUT ──► RETURNED ──► gone
 *	  answered,    its departure is known,
 *	  but the      or awaited in vain
 *	  departure is awaited
 *
 * Two of a client's are remembered: the one that is under way, and the one before, whose departure
 * may be told only now.
 */
#ifndef LOAD_WATCH_H
#define LOAD_WATCH_H

#include <stdint.h>

#include "trip.h"

#define WATCH_TRIPS 2u

struct watch {
	struct trip trips[WATCH_TRIPS]; /* index: the number's lowest bit */
	uint32_t next;			/* the number of the next request */
	uint32_t messages;		/* that were sent on this connection ... */
	uint32_t octets;		/* ... and what they had together */
};

struct worker;

/* So many, of as many clients. NULL: no memory. free() ends them. */
struct watch *watches_open(uint32_t count);

/* The client's connection is new. All of these do nothing where nobody watches. */
void watch_begin(struct worker *worker, const struct client *client);

/* A request will be given to the engine next, in one piece or in several. */
void watch_sending(struct worker *worker, const struct client *client);

/* The engine has taken so many bytes, of the request or of a part of it. */
void watch_sent(struct worker *worker, const struct client *client, uint32_t length);

/* The request that is under way has its answer; message: the one that completes it. */
void watch_answered(struct worker *worker, const struct client *client,
		    const struct message *message, const struct departure *departure);

/* ... or will have none. */
void watch_lost(struct worker *worker, const struct client *client,
		const struct departure *departure);

/* For struct exchange: a departure is told; and none is awaited any more. */
void watch_departed(struct worker *worker, struct client *client, const struct message *message);
void watch_settle(struct worker *worker, struct client *client);

#endif
