/*
 * How requests go out on a client and answers are matched with them: in order on streams, by the
 * numbers they carry where messages have boundaries, and by the numbers of measurement sessions.
 */
#ifndef LOAD_EXCHANGE_H
#define LOAD_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include <ringside/message.h>

struct client;
struct worker;

struct exchange {
	size_t slot_size;   /* of what is kept for each request that may be outstanding ... */
	size_t client_size; /* ... and of a client behind all of that */

	/* Give a client its slots, and the sequence number its requests start from. */
	void (*init)(struct worker *worker, struct client *client, void *slots, uint64_t sequence);

	/* Its connection is new: nothing is outstanding. */
	void (*begin)(struct worker *worker, struct client *client);

	/* Send what is due. 0, or -EAGAIN: the engine takes no more now, come again after a turn.
	 */
	int (*send)(struct worker *worker, struct client *client);

	/* Data have come. */
	void (*take)(struct worker *worker, struct client *client, const struct message *message);

	/* A MESSAGE_DEPARTED has come. NULL: nobody asks for any. */
	void (*depart)(struct worker *worker, struct client *client, const struct message *message);

	/* How many bytes the requests have that are outstanding. */
	uint64_t (*weigh)(const struct worker *worker, const struct client *client);

	/* Its connection is gone: record as lost what is outstanding. */
	void (*lose)(struct worker *worker, const struct client *client);

	/* Give up what was sent before that time. */
	void (*expire)(struct worker *worker, struct client *client, uint64_t before_ns);

	/* Its connection will be closed after the next turn: tell the peer. NULL: it notices. */
	void (*part)(struct worker *worker, struct client *client);

	/* Nothing more will come. NULL: that changes nothing. */
	void (*settle)(struct worker *worker, struct client *client);
};

extern const struct exchange stream_exchange;
extern const struct exchange datagram_exchange;
extern const struct exchange trip_exchange;

/* Each client numbers its requests from its own start, so that an answer on another's connection
 * is seen to be wrong: a million clients, a trillion requests each. */
#define EXCHANGE_SEQUENCE_BITS 40

/* So long is the departure of a request waited for once its answer is there. */
#define EXCHANGE_SETTLE_NS 100000000ull

#endif
