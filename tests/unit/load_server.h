/* A server that answers as a test says, and ringside load against it. */
#ifndef LOAD_SERVER_H
#define LOAD_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "load/plan.h"
#include "net/address.h"

#define SERVER_REQUEST_SIZE 64

struct server;

/* count: of the requests so far, or of the pieces of a stream. */
typedef void answer_function(const struct server *server, uint8_t *bytes, size_t length,
			     unsigned count);

/* A server with one thread and one client. */
struct server {
	int listener; /* of streams */
	int fd;
	answer_function *answer;
	pthread_t thread;
	struct address address;
	struct address peer; /* of datagrams */
};

/* Send bytes to the client. */
void server_reply(const struct server *server, const void *bytes, size_t length);

/* What load is given: its options, which begin with "-c 1" already, and what is to happen. */
struct server_trial {
	int type;	     /* SOCK_STREAM or SOCK_DGRAM */
	const char *service; /* NULL: echo */
	const char *options;
	answer_function *answer;
	bool in_pieces;		/* a stream is read as it comes, not in requests of 64 bytes */
	const atomic_int *stop; /* the signal that ends the run, or NULL */
	/* Is shown the whole result, before its memory is freed; or NULL. */
	void (*look)(const struct result *result);
};

/* Run load against such a server. The histograms of the result are closed; *ret_timed (may be NULL)
 * is how many values that of latency had. */
struct result server_try(const struct server_trial *trial, uint64_t *ret_timed);

/* The same for an echo of requests of one size; until a signal, if there is one. */
struct result server_run(int type, const char *options, answer_function *answer);
struct result server_run_until(int type, const char *options, answer_function *answer,
			       const atomic_int *stop);

#endif
