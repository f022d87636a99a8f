/*
 * Private to src/engine: the engine's inside, and what a backend is: one way to reach the kernel.
 */
#ifndef ENGINE_BACKEND_H
#define ENGINE_BACKEND_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <ringside/engine.h>

#include "base/clock.h"
#include "buffer.h"
#include "connection.h"
#include "spin.h"

/* One completion may become several messages (a bundle, a coalesced datagram): the batch has so
 * much room beyond batch_max. */
#define BATCH_SLACK 512

/* A batch ends with the message that makes it so many bytes: what has just been received is still
 * in the cache when it is sent. Four streams of 64 KiB messages cost a sixth more without that. */
#define BATCH_BYTES 65536u

struct engine {
	const struct backend *backend;
	struct engine_config config;
	struct engine_counters counters;
	struct feature_state features[FEATURE_COUNT];
	struct buffers buffers;
	struct connections connections;
	enum departure_naming naming;
	struct message *batch;
	uint32_t batch_count;
	uint32_t batch_bytes;
	uint32_t settled;	/* messages of the last batch */
	uint32_t starved_count; /* connections that wait for a buffer */
	bool ends_lost;		/* uring: see attempt_end_lost() */
	bool local_stream;	/* ... and there has been a UNIX stream */
	bool draining;
	uint32_t drain_turn; /* when that began */
	uint64_t drain_ns;   /* ... */
	bool hungry; /* engine_send() found no output buffer: sends in flight must end soon */
	bool woken;  /* by engine_wake(), in this turn */
	int wake_fd;
	int spare_fd;	 /* see accept_turn_away() */
	uint64_t now_ns; /* read once a turn, after the wait */
	uint32_t now_ms;
	uint64_t sweep_ns; /* when to look for timeouts next */
	struct spin spin;
	uint64_t kernel_drops; /* at the datagram sockets that are closed again */
	int64_t arrivals_ns;   /* wall clock of what was received last; 0: nobody has asked yet */
	struct sockaddr_storage local; /* what engine_datagram() last pointed at */
	void *state;		       /* the backend's own */
};

/*
 * A backend. All functions are mandatory and return 0 or a negative errno; turn() is the only one
 * on the data path.
 */
struct backend {
	const char *name;

	/* Reach the kernel: makes engine->state. On failure leaves nothing open. */
	int (*open)(struct engine *engine);

	/* Start to accept or to receive on a slot. */
	int (*start)(struct engine *engine, struct connection *connection);

	/* Start to connect a slot; the result comes as a message. */
	int (*connect)(struct engine *engine, struct connection *connection,
		       const struct sockaddr *peer, socklen_t peer_length);

	/* One round: walk the work list, submit, wait up to wait_ns or the next timeout
	 * (sweep_wait()), emit messages. It may return without one. */
	int (*turn)(struct engine *engine, uint64_t wait_ns);

	/* Have completions arrived that have not become messages yet? */
	bool (*pending)(const struct engine *engine);

	/* Close every socket and release engine->state; safe after a failed open(). */
	void (*close)(struct engine *engine);
};

extern const struct backend backend_uring, backend_epoll;

static inline bool feature_on(const struct engine *engine, enum feature_id id)
{
	return engine->features[id].effective;
}

/* Asked for by name, not on by default? */
static inline bool feature_named(const struct engine *engine, enum feature_id id)
{
	return (engine->config.features.on & (1u << id)) != 0;
}

static inline struct connection *connection_at(const struct engine *engine, uint32_t number)
{
	assert(number < engine->connections.max);
	return &engine->connections.table[number];
}

static inline uint32_t connection_number(const struct engine *engine,
					 const struct connection *connection)
{
	return (uint32_t)(connection - engine->connections.table);
}

static inline uint8_t *buffer_memory(const struct engine *engine, uint32_t number)
{
	const struct pool *pool = &engine->buffers.pools[engine->buffers.table[number].pool];

	return pool->memory + (size_t)(number - pool->first) * pool->size;
}

static inline bool batch_full(const struct engine *engine)
{
	return engine->batch_count >= engine->config.batch_max ||
	       engine->batch_bytes >= BATCH_BYTES;
}

/* emit.c: put a message into the batch. emit_data() returns it, for what else there is to say. */
void emit_opened(struct engine *engine, struct connection *connection);
struct message *emit_data(struct engine *engine, struct connection *connection, uint32_t segment,
			  uint32_t capacity);
void emit_sent(struct engine *engine, struct connection *connection, uint32_t segment);
void emit_departed(struct engine *engine, struct connection *connection,
		   const struct departure *departure);
void emit_closed(struct engine *engine, struct connection *connection);

/* settle.c: act on what the program made of the last batch. */
void batch_settle(struct engine *engine);

/* accept.c: what both backends do with a new descriptor, and when there can be none. direct: it is
 * an index into the ring's file table. */
struct connection *accept_take(struct engine *engine, const struct connection *listener, int fd,
			       bool direct);

/* May whoever connected be served? If not, the connection is closed and counted. Call it before
 * accept_take(). */
bool accept_admits(struct engine *engine, const struct connection *listener, int fd);

/* Do connections of this listener go to the ring's own table? Not where accept_admits() asks their
 * peers who they are, which needs a descriptor of the process. */
bool accept_is_direct(const struct engine *engine, const struct connection *listener);

void accept_block(struct engine *engine, struct connection *listener);
void accept_unblock(struct engine *engine);

/* A descriptor was accepted when all slots had just been taken: accept_one() gives it first, once
 * there is one. One for each listener; false: there is one already, this one is counted as refused
 * and remains the caller's, to be closed. */
bool accept_park(struct engine *engine, struct connection *listener, int fd);

/* A descriptor that is kept back, so that clients can be accepted when there is no other: to be
 * closed at once. accept_turn_away() does that to those who wait; without the spare one, to nobody.
 * Errors of accept_spare_open(): EMFILE, ENFILE, ENOMEM. */
int accept_spare_open(struct engine *engine);
void accept_turn_away(struct engine *engine, const struct connection *listener);

/* Close what is kept here: the spare descriptor, and those that are parked. */
void accept_finish(struct engine *engine);

/* Count one that could not be accepted (a positive errno). */
void accept_count_error(struct engine *engine, int error);

/* One connection, parked or from the listener's queue by accept4(2): NULL if there is none or none
 * can be taken (then the listener may be blocked). */
struct connection *accept_one(struct engine *engine, struct connection *listener);

/* Draining: take what the queue still holds, then close the listener. */
void accept_rest(struct engine *engine, struct connection *listener);

/* Send the queue of a stream, or the first record, as far as one system call takes it: bytes, or -1
 * and errno. */
ssize_t send_now(struct engine *engine, const struct connection *connection);

/* Have the close that follows send a reset and free what the kernel still holds. */
void reset_on_close(const struct connection *connection);

/* Throw away input while a connection is being hung up; false if it is not. */
bool linger_receive(struct engine *engine, struct connection *connection, uint32_t length);

/* Carry out what connection_step() says apart from STEP_SEND. close_fd() ends the descriptor. */
bool connection_finish(struct engine *engine, struct connection *connection,
		       void (*close_fd)(struct engine *, struct connection *));

/* adapt.c: which pool a stream's receives use. adapt_receive() looks at what one has brought. */
void adapt_to(struct engine *engine, struct connection *connection, enum pool_id pool);
void adapt_receive(struct engine *engine, struct connection *connection, uint32_t length,
		   bool more);

/* sweep.c: timeouts. sweep_wait() shortens a wait to the next of them. sweep_soon(): there is one
 * that was not looked for until now. */
void sweep(struct engine *engine);
void sweep_soon(struct engine *engine);
uint64_t sweep_wait(const struct engine *engine, uint64_t wait_ns);

/* progress.c: a peer that has taken nothing that we have seen: does it? Yes, if it has taken so
 * many bytes since the kernel was asked last, or if that was less than half of limit_ns ago. No,
 * where the kernel does not tell. Ask a few times within limit_ns. */
bool peer_takes(struct engine *engine, struct connection *connection, uint32_t least,
		uint64_t limit_ns);

/* drops.c: a datagram socket is about to be closed: remember what it counted. */
void drops_keep(struct engine *engine, const struct connection *connection);

/* engine.c: why io_uring is not to be had, in the operator's words. Static. */
const char *uring_refusal(int error);

/* Read the clock, once a turn. */
static inline void engine_read_clock(struct engine *engine)
{
	engine->now_ns = clock_now_ns();
	engine->now_ms = (uint32_t)(engine->now_ns / NS_PER_MS);
}

/* A wait is over, however it went. */
static inline void engine_waited(struct engine *engine)
{
	uint64_t before_ns = engine->now_ns;

	engine_read_clock(engine);
	spin_waited(&engine->spin, engine->now_ns - before_ns);
}

#endif
