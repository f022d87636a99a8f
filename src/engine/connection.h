/*
 * Connections: every socket of an engine has a slot here, listeners and datagram sockets too.
 *
 *	FREE ──► LISTENING ────────────────────────────────────────┐
 *	  ├────► CONNECTING ─┐                                     │
 *	  └──────────────────┴► OPEN ──► HALF_CLOSED ──────────────┤
 *	                         └─────► HANGING_UP ──► LINGERING ─┤
 *	                                                           ▼
 *	FREE ◄── CLOSED (its message is in the batch) ◄──────── CLOSING
 *
 * CLOSING waits until the last kernel operation on the slot has ended; CLOSED until the program
 * has seen the message. Only then can the slot be used again, so no completion and no reply ever
 * reaches a slot's next owner.
 */
#ifndef ENGINE_CONNECTION_H
#define ENGINE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buffer.h"
#include "departure.h"

#define LISTENER_MAX 256

enum connection_state {
	STATE_FREE,
	STATE_LISTENING,
	STATE_CONNECTING,
	STATE_OPEN,
	STATE_HALF_CLOSED, /* the peer has sent its last; it is still owed answers */
	STATE_HANGING_UP,  /* we close, once what is queued has been sent */
	STATE_LINGERING,   /* output shut down, input drained */
	STATE_CLOSING,
	STATE_CLOSED,
	STATE_COUNT,
};

enum connection_kind {
	KIND_STREAM,
	KIND_RECORD,   /* UNIX seqpacket: a stream of messages with boundaries */
	KIND_DATAGRAM, /* UDP and UNIX datagram: one slot for all peers */
};

enum connection_flag {
	CONNECTION_LISTENER = 1 << 0, /* of engine_listen(): no messages of its own */
	CONNECTION_CLIENT = 1 << 1,
	CONNECTION_TALKS = 1 << 2,
	CONNECTION_DIRECT = 1 << 3,	/* fd is an index into the ring's file table */
	CONNECTION_ON_WORK = 1 << 4,	/* on the work list */
	CONNECTION_ON_STARVED = 1 << 5, /* on a pool's list of those without a buffer */
	CONNECTION_RECEIVING = 1 << 6,	/* uring: a receive or an accept is armed */
	CONNECTION_CANCELLING = 1 << 7, /* uring: the receive is being cancelled */
	CONNECTION_SENDING = 1 << 8,	/* a send is with the kernel, or stuck (epoll) */
	CONNECTION_PAUSED = 1 << 9,	/* not read: the peer does not read either; a listener:
					   * no descriptor or no slot for another connection */
	CONNECTION_ENDED = 1 << 10,	/* no more input will come */
	CONNECTION_RESET = 1 << 11,	/* close with a reset */
	CONNECTION_COPIES = 1 << 12,	/* zero-copy does not work on this socket */
	CONNECTION_NAMED = 1 << 13,	/* datagrams come with their sender's address */
	CONNECTION_CONTROL = 1 << 14,	/* what comes has control messages; see ancillary.h */
	CONNECTION_READY = 1 << 15,	/* epoll: on the list of those that may have more to read */
	CONNECTION_WATCHED = 1 << 16,	/* epoll: registered */
	CONNECTION_WATCHED_OUT = 1 << 17, /* epoll: with EPOLLOUT */
	CONNECTION_UDP = 1 << 18,
	CONNECTION_SEGMENTS = 1 << 19, /* UDP_SEGMENT works on this socket */
	CONNECTION_GREETS = 1 << 20,   /* waits for an output buffer to be announced with */
	CONNECTION_UNREAD = 1 << 21,   /* epoll: there may be something to read */
	CONNECTION_HUNG = 1 << 22,     /* epoll: its end has been reported: read up to it */
	CONNECTION_NOTIFIED = 1 << 23, /* uring: a zero-copy send waits for its notification */
	CONNECTION_GONE = 1 << 24,     /* uring: its descriptor is closed already */
	CONNECTION_QUIET = 1 << 25,    /* uring: the send in flight speaks up only if it fails */
	CONNECTION_LOUD = 1 << 26,     /* uring: the next send has to wait for the socket */
	CONNECTION_HUNG_UP = 1 << 27,  /* by the program: it has no more to say */
	CONNECTION_DOOMED = 1 << 28,   /* uring: all that is left of it has been cancelled */
	CONNECTION_SHARED = 1 << 29,   /* a listener: other engines accept on it too */
	CONNECTION_OWED = 1 << 30,     /* engine_owe(): an answer will come later */
};

struct connection {
	int fd;
	uint32_t flags;
	uint32_t next;	   /* in the free list, a starved list or the ready list */
	uint32_t previous; /* in a starved list */
	uint32_t work_next;
	uint32_t queue_head, queue_tail; /* segments to send, in order */
	uint32_t lent; /* zero-copy: segments that were sent, and whose bytes are still read */
	uint32_t queued_bytes;
	uint32_t active_ms;   /* last byte either way */
	uint32_t progress_ms; /* last byte taken by the peer, or the first queued */
	uint32_t asked_ms;    /* when the kernel was asked what the peer has taken ... */
	uint32_t taken;	      /* ... and what it said, in bytes; see progress.c */
	uint32_t lingered;    /* bytes thrown away while lingering */
	uint32_t early;	      /* bytes that were there before they could be stamped */
	uint32_t data_turn;   /* the turn (its low bits) that brought the last data ... */
	uint32_t asked_turn;  /* ... and that began the last receive, on io_uring */
	int32_t error;	      /* what MESSAGE_CLOSED will say */
	int32_t sent;	      /* zero-copy: result, until the notification; else bytes in flight */
	uint16_t listener;
	uint16_t operations; /* with the kernel */
	uint8_t state;
	uint8_t kind;
	uint8_t pool;	    /* receives take their buffers here */
	uint8_t armed;	    /* uring: the pool of the armed receive */
	uint8_t streak;	    /* bulk: receives in a row that a small buffer would have held */
	uint8_t starved;    /* the pool on whose list it waits */
	uint8_t ancillary;  /* enum ancillary: what is asked for of its messages */
	uint8_t departures; /* enum departure_flag */
	bool told_local;    /* UDP: each datagram says which address of ours it came to */
	bool full;	    /* uring: no room, and nobody tells when there is: the sweep tries */
	bool kept;	    /* a listener: listener_options.kept */
	uint32_t sends;	    /* of engine_send(), where departures are wanted */
};

/* Whose connections a listener takes; see struct listener_options. */
struct admission {
	const uid_t *uids;
	uint32_t count;
};

struct connections {
	struct connection *table;
	uint32_t max;
	uint32_t free; /* head of the free list */
	uint32_t free_count;
	uint32_t open; /* in use, without listeners */
	uint32_t used; /* slots at or above it were never used */
	uint32_t lingering;
	uint32_t full; /* connections */
	uint32_t work_head, work_tail;
	uint32_t listeners[LISTENER_MAX]; /* their slots */
	struct admission admissions[LISTENER_MAX];
	int parked[LISTENER_MAX]; /* accepted, and waits for a slot; -1: nobody does */
	uint16_t listener_count;
	uint16_t accepting_count;   /* listeners that accept */
	uint16_t accepting_blocked; /* listeners that are PAUSED */
	uint64_t accept_retry_ns;
};

int connections_init(struct engine *engine);
void connections_finish(struct engine *engine);

/* A slot for fd, or NONE. */
uint32_t connection_take(struct engine *engine, int fd, enum connection_kind kind,
			 enum connection_state state);

/* Give a slot back; its CLOSED message has been seen. */
void connection_give(struct engine *engine, struct connection *connection);

/* Go to another state; only the steps drawn above exist. */
void connection_move(struct engine *engine, struct connection *connection,
		     enum connection_state state);

/* Put a connection on the work list (once): the backend looks at it in its next round. */
void connection_work(struct engine *engine, struct connection *connection);

/* Take the first connection off the work list, or NULL. */
struct connection *connection_work_next(struct engine *engine);

/* Append a segment to what is to be sent. */
void connection_queue(struct engine *engine, struct connection *connection, uint32_t segment);

/* Bytes of a stream have been sent: take them off the queue. May emit MESSAGE_SENT. */
void connection_sent(struct engine *engine, struct connection *connection, uint32_t bytes);

/* A record or datagram has been sent: take it off the queue. */
void connection_sent_one(struct engine *engine, struct connection *connection);

/* All of so many bytes has been sent, but they are still read: lend them, until connection_back().
 * None are lent, and no service wants to hear of them. */
void connection_lend(struct engine *engine, struct connection *connection, uint32_t bytes);
void connection_back(struct engine *engine, struct connection *connection);

/* Send what is queued, then shut down. */
void connection_hang_up(struct engine *engine, struct connection *connection);

/* The peer has sent its last byte. */
void connection_ended(struct engine *engine, struct connection *connection);

/* Something failed (negative errno) or the program wants it gone (0): close at once. */
void connection_fail(struct engine *engine, struct connection *connection, int error);

/* Its socket has been closed: drop what is queued and tell the program. */
void connection_closed(struct engine *engine, struct connection *connection);

/* No buffer is free: wait on the list of its pool, or wait no longer. starved_wake() puts those on
 * the work list that a free buffer waits for now. */
void starved_add(struct engine *engine, struct connection *connection, enum pool_id pool);
void starved_remove(struct engine *engine, struct connection *connection);
void starved_wake(struct engine *engine);

/* What connection_step() says (hot.h). STEP_END: move it to CLOSING and look again. */
enum connection_step { STEP_NOTHING, STEP_SEND, STEP_SHUT_DOWN, STEP_END, STEP_CLOSE };

/* When buffers become few: peers that do not read get no more of them. */
void pressure(struct engine *engine);

/* Operations with the kernel that end by themselves, or by what the peer does: all but the command
 * that waits for departures. */
static inline uint32_t connection_operations(const struct connection *connection)
{
	bool armed = (connection->departures & DEPARTURES_ARMED) != 0;

	return connection->operations - (armed ? 1u : 0u);
}

static inline bool connection_is(const struct connection *connection, uint32_t flag)
{
	return (connection->flags & flag) != 0;
}

#endif
