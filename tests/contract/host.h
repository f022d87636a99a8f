/*
 * A small program around the engine under test, in a thread of its own: it echoes, unless the test
 * gives it another answer. The test itself is the peer, with plain sockets.
 */
#ifndef CONTRACT_HOST_H
#define CONTRACT_HOST_H

#include <pthread.h>
#include <ringside/engine.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "../lib/peer.h"
#include "setting.h"
#include "witness.h"

enum { HOST_LISTENERS_MAX = 16 };

struct host;
typedef void (*host_answer)(struct host *host, struct message *message);
typedef void (*host_function)(struct host *host, void *argument);

struct host {
	/* The test's, before host_start(). */
	struct engine_config config;
	host_answer answer;
	void *state; /* the answer's own */

	/* The host's. */
	struct engine *engine;
	struct witness *witness;
	struct host_listener {
		int fd;
		struct listener_options options;
		uint16_t listener;
	} listeners[HOST_LISTENERS_MAX];
	uint32_t listener_count;
	pthread_t thread;
	sem_t ready, called, released;
	atomic_bool stop;
	_Atomic(host_function) function;
	void *argument;
	int error;

	/* What it has seen; read after host_stop(), or inside host_call(). */
	uint64_t opened, data, closed;
	uint32_t last_connection; /* the number of the connection opened last */
	int last_error;		  /* of the connection closed last */
	struct engine_counters counters;
};

/* The run's config, echo, no listener. */
void host_init(struct host *host);

/* Serve a socket bound to at from host_start() on; returns where it is bound. */
struct address host_listen(struct host *host, int type, const struct address *at);

/* Serve a bound socket that the test has made. */
void host_adopt(struct host *host, int fd);

/* The same as host_listen() for a listener that talks. */
struct address host_listen_talking(struct host *host, int type, const struct address *at);

/* Start, with every listener armed; the test ends if the engine does not open. */
void host_start(struct host *host);

/* Run a function in the engine's thread, between two turns. */
void host_call(struct host *host, host_function function, void *argument);

/* A copy of the counters as they are now. */
struct engine_counters host_counters(struct host *host);

/* Wait until a counter (its offset in struct engine_counters) has reached value. */
void host_await(struct host *host, size_t counter, uint64_t value);
#define HOST_AWAIT(host, counter, value) \
	host_await(host, offsetof(struct engine_counters, counter), value)

/* Wait until the program has seen so many connections close. */
void host_await_closed(struct host *host, uint64_t closed);

/* Stop and close the engine; the test fails if the witness has seen anything wrong. */
void host_stop(struct host *host);

/* Answers: the message itself; nothing. */
void host_answer_echo(struct host *host, struct message *message);
void host_answer_nothing(struct host *host, struct message *message);

#endif
