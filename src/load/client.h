/*
 * A client: one connection of the load, or one datagram socket, with the requests that wait for
 * their answers on it.
 *
 *	IDLE ──► CONNECTING ──► OPEN ──► LEAVING ──► DONE
 *	  ▲           │          │          │          ▲
 *	  │           └──────────┴──────────┼──────────┘ it failed, or the peer closed
 *	  └─────────────────────────────────┘ it reconnects
 *
 * LEAVING was hung up or reset by us and waits for its last message. A connection that breaks is
 * not replaced: what is measured is what was asked for, or less, but never something else.
 */
#ifndef LOAD_CLIENT_H
#define LOAD_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/message.h>

#include "measure/result.h"

struct worker;
struct slot;
struct trips;

enum client_state { CLIENT_IDLE, CLIENT_CONNECTING, CLIENT_OPEN, CLIENT_LEAVING, CLIENT_DONE };

/* When a request left. */
struct departure {
	uint64_t intended_ns; /* when it was due; in a closed loop the same as: */
	uint64_t sent_ns;     /* when the engine was given it */
};

/* Requests and answers in order (stream.c). */
struct stream {
	struct departure *departures; /* a ring of as many as the depth */
	uint64_t next_request;	      /* sequence numbers */
	uint64_t next_answer;
	uint32_t head, tail;	/* in the ring: of next_answer, of next_request */
	uint32_t unsent;	/* bytes of the last request that the engine has not got yet */
	uint32_t answer_offset; /* bytes of the next answer that have come */
	bool corrupt;		/* one of them was wrong */
	uint64_t received;	/* bytes that nobody has asked for (ANSWERS_ENDLESS) ... */
	uint8_t first;		/* ... and the first one of them */
};

/* Requests and answers by number (datagram.c). */
struct datagrams {
	struct slot *slots; /* as many as the depth */
	uint32_t free;	    /* head of the list of free slots */
};

struct client {
	uint32_t connection;  /* the engine's number */
	uint8_t state;	      /* enum client_state */
	bool listed;	      /* among those that may have something to send */
	bool gated;	      /* among those that the server may not have accepted yet */
	bool broken;	      /* will not come again */
	uint32_t outstanding; /* requests without an answer */
	uint32_t pausing;     /* requests that it may send when a pause is over */
	uint64_t started;     /* requests and answers on this connection */
	uint64_t answered;
	uint64_t newest;   /* of the requests that have been answered, as .started counts them */
	uint64_t since_ns; /* when it began to connect */
	union {
		struct stream stream;
		struct datagrams datagrams;
		struct trips *trips; /* of a measurement session */
	};
};

/* IDLE -> CONNECTING, or DONE with an error recorded. */
void client_connect(struct worker *worker, struct client *client);

/* What the engine says of its connection. */
void client_message(struct worker *worker, struct client *client, const struct message *message);

/* What came back for a request. */
struct answer {
	struct departure departure;
	uint64_t bytes;
	bool right;
	bool overtaken; /* a later request was answered before */
};

/* A request has got its answer. */
void client_answered(struct worker *worker, struct client *client, const struct answer *answer);

/* Requests of so many bytes each are over as soon as they are sent: nothing will come back. */
void client_unanswered(struct worker *worker, struct client *client, uint32_t count);

/* Give up a datagram that was sent. */
void client_lost(struct worker *worker, struct client *client, const struct departure *departure);

/* Something is wrong with its connection: record it once, reset it, lose what is outstanding.
 * cause: a negative errno, or 0. */
void client_break(struct worker *worker, struct client *client, enum result_error kind,
		  int32_t cause);

/* Nobody will connect or answer it in time: record that, unless it never tried, and do without. */
void client_abandon(struct worker *worker, struct client *client);

/* Look whether something has been waited for too long. */
void client_expire(struct worker *worker, struct client *client);

/* Close its connection: it is to be DONE, or to reconnect. */
void client_leave(struct worker *worker, struct client *client, bool reset);

#endif
