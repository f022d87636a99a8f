/*
 * Private to the io_uring backend.
 *
 * A completion says what it belongs to in 64 bits:
 *
 *	63      56 55            32 31                0
 *	operation | detail          | connection
 *
 * Detail is the pool that the receive took its buffer from, or the buffer itself when it brought
 * its own (DETAIL_OWN), or the first segment of a run of datagrams.
 */
#ifndef ENGINE_URING_H
#define ENGINE_URING_H

#include <liburing.h>

#include "backend.h"
#include "datagram.h"

#define DETAIL_OWN (1u << 23)
#define DETAIL_MAX (DETAIL_OWN - 1)

enum uring_operation {
	OPERATION_WAKE,
	OPERATION_ACCEPT,
	OPERATION_CONNECT,
	OPERATION_RECEIVE,
	OPERATION_RECEIVE_DATAGRAM,
	OPERATION_SEND,
	OPERATION_SEND_DATAGRAM,
	OPERATION_INPUT,
	OPERATION_ROOM,
	OPERATION_SHUT_DOWN,
	OPERATION_CANCEL,
	OPERATION_DEPARTURE,
	OPERATION_CLOSE,
	OPERATION_COUNT,
};

/* What a recvmsg that brings its own buffer points at until it completes. */
struct receive_slot {
	struct msghdr header;
	struct iovec vector;
};

struct uring {
	struct io_uring ring;
	struct send_scratch *scratch; /* one for each entry of the submission ring */
	struct receive_slot *slots;   /* one for each buffer, without a ring of buffers */
	struct msghdr templates[CONTROL_KINDS][NAME_KINDS]; /* of multishot recvmsg */
	uint64_t *quiet; /* names of the quiet sends of this round */
	uint32_t quiet_count, quiet_max;
	uint32_t quiet_mark; /* where the completion ring stood when they had ended */
	bool quiet_marked;
	bool quiet_urgent;	 /* somebody waits for them to end */
	struct bundles *bundles; /* feature send_bundle, or NULL */
	bool wake_armed;
	bool open;
};

/* What the kernel reads when it takes this submission. */
static inline struct send_scratch *uring_scratch(struct uring *uring,
						 const struct io_uring_sqe *sqe)
{
	return &uring->scratch[sqe - uring->ring.sq.sqes];
}

static inline uint64_t uring_data(enum uring_operation operation, uint32_t detail,
				  uint32_t connection)
{
	return (uint64_t)operation << 56 | (uint64_t)detail << 32 | connection;
}

/* The completion that stands in the ring at *at, and move *at behind it; NULL: there is none. The
 * caller gives back to the kernel what it has passed. */
const struct io_uring_cqe *uring_completion(const struct uring *uring, uint32_t *at);

/* Do completions wait in the kernel for room in the ring? */
static inline bool uring_overflown(const struct uring *uring)
{
	return (IO_URING_READ_ONCE(*uring->ring.sq.kflags) & IORING_SQ_CQ_OVERFLOW) != 0;
}

/* Set the ring up, and end it. */
int uring_open(struct engine *engine);
void uring_close(struct engine *engine);

/* Feature restrictions: from here on the ring does only what uring_rights.c lists. */
int uring_restrict(struct engine *engine);

/* Submit what is prepared and have the kernel make what completions it can. */
int uring_submit(struct engine *engine);

/* Submit, then poll, then sleep up to wait_ns. What completes while it is submitted ends it. */
int uring_wait(struct engine *engine, uint64_t wait_ns);

/* Is there something to be had without waiting: completions, or task work that makes some? */
bool uring_has_news(const struct uring *uring);

/* A quiet send does not end a wait. Does anything hang on its end? */
bool uring_must_not_sleep(struct engine *engine);

/* An empty submission for an operation on a connection, which is counted as pending; NULL if the
 * submission ring is full (then put the connection on the work list again). */
struct io_uring_sqe *uring_submission(struct engine *engine);

/* Fill in what all operations share. */
void uring_own(struct engine *engine, struct connection *connection, struct io_uring_sqe *sqe,
	       enum uring_operation operation, uint32_t detail);

/* Arm, and what to do with the completions. */
void uring_accept(struct engine *engine, struct connection *listener);
void uring_on_accept(struct engine *engine, struct connection *listener,
		     const struct io_uring_cqe *cqe);
void uring_receive(struct engine *engine, struct connection *connection);
void uring_on_receive(struct engine *engine, struct connection *connection,
		      const struct io_uring_cqe *cqe);
void uring_on_input(struct engine *engine, struct connection *connection,
		    const struct io_uring_cqe *cqe);
void uring_on_receive_datagram(struct engine *engine, struct connection *connection,
			       const struct io_uring_cqe *cqe);
void uring_send(struct engine *engine, struct connection *connection);
void uring_on_send(struct engine *engine, struct connection *connection,
		   const struct io_uring_cqe *cqe);
void uring_on_room(struct engine *engine, struct connection *connection,
		   const struct io_uring_cqe *cqe);
void uring_send_datagrams(struct engine *engine, struct connection *connection);
void uring_on_send_datagram(struct engine *engine, struct connection *connection,
			    const struct io_uring_cqe *cqe);

/* The last thing done to a descriptor, or a cancel: no connection waits for its completion. */
void uring_own_no_more(struct io_uring_sqe *sqe);

/* Feature departures: wait for stamps, where they are wanted. */
void uring_departures(struct engine *engine, struct connection *connection);
/* Stamps that find the completion ring full, or others waiting for room, stay in the error queue,
 * and the command looks there again only when another one comes: so it is begun anew then. Call it
 * before completions are given back. overflown: others waited when the kernel was entered. */
void uring_departures_check(struct engine *engine, bool overflown);
void uring_on_departure(struct engine *engine, struct connection *connection,
			const struct io_uring_cqe *cqe);

/* Feature quiet_send: they have been submitted; are they all known to be done? */
void uring_quiet_mark(struct engine *engine);
void uring_quiet_finish(struct engine *engine);

/* Cancel the armed receive or accept. */
void uring_cancel_receive(struct engine *engine, struct connection *connection);

/* Close a descriptor of the ring's own table; without a free submission it stays open. */
void uring_close_direct(struct engine *engine, int fd);

/* Rings of provided buffers. */
int uring_pools_open(struct engine *engine);
void uring_pools_close(struct engine *engine);
void uring_pools_fill(struct engine *engine); /* once a turn */
uint32_t uring_buffer(const struct engine *engine, const struct io_uring_cqe *cqe);

/* Feature send_bundle: a ring of buffers for each connection that sends more than one at once. */
int uring_bundles_open(struct engine *engine);
void uring_bundles_close(struct engine *engine);
bool uring_bundle_fill(struct engine *engine, struct connection *connection,
		       struct io_uring_sqe *sqe);
void uring_bundle_reset(struct engine *engine, struct connection *connection);

#endif
