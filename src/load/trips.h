/*
 * The round trips of a client, and what is done with them. A client is one measurement session: its
 * requests have the numbers 0, 1, 2 ... on the wire.
 */
#ifndef LOAD_TRIPS_H
#define LOAD_TRIPS_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/split.h"
#include "trip_table.h"

struct worker;

/* The longest message of a protocol on streams. */
#define TRIP_STREAM_MAX 64u

/* Does a peer count what arrives, so that losses can be told apart by their way? */
enum trip_counting {
	TRIP_COUNTING_UNKNOWN, /* what it says fits both */
	TRIP_COUNTING,
	TRIP_NOT_COUNTING,
};

/* On which way requests were lost (trip_ways.c). The peer is behind by those that it has not got:
 * of the newest answer's number and before. */
struct trip_ways {
	uint8_t counting; /* enum trip_counting */
	bool begun;	  /* there has been an answer */
	uint32_t newest;  /* its number */
	uint32_t before;  /* how far behind the peer was when the window began ... */
	uint32_t passed;  /* ... by the answer to the request before this number */
	uint32_t behind;  /* ... and is now */
	uint64_t lost;	  /* requests given up whose number is below that of an answer ... */
	uint64_t beyond;  /* ... and those given up since */
};

struct trips {
	struct trip_table table;
	uint64_t sequence;   /* the first request's, among those of all clients */
	uint32_t next;	     /* the number of the next request */
	uint32_t next_taken; /* streams: the number whose answer is due */
	uint32_t next_gone;  /* streams: the number whose departure is due */
	uint32_t newest;     /* the highest number that was answered, plus 1 */
	uint32_t greetings;  /* that were sent */
	bool follows;	     /* the peer tells when its answers have left */
	bool greeted;	     /* one was answered */
	uint64_t greeted_ns; /* when the last one was sent */
	uint64_t token;	     /* the protocol's own */
	struct trip_ways ways;
	uint32_t part_length; /* streams: octets of the next answer that have come */
	uint8_t part[TRIP_STREAM_MAX];
};

/* A request has been answered, and the answer says by what number of requests had arrived. */
void trip_ways_answered(const struct worker *worker, struct trips *trips, const struct trip *trip);

/* A request was given up. */
void trip_ways_lost(const struct worker *worker, struct trips *trips, const struct trip *trip);

/* Nothing more will be answered: add up. */
void trip_ways_settle(struct worker *worker, const struct trips *trips);

/* Renew what is known of this host's clock, once a second. */
void trips_read_clock(struct worker *worker);

/* When it passed each point, as far as is known. */
void trip_points(const struct trip *trip, struct split_times *ret_times);

/* Are there all times of the kernel's that were asked for? A trip without them would not compare
 * with the rest. */
bool trip_is_stamped(const struct worker *worker, const struct trip *trip);

/* The kernel's times where it has told them, ours elsewhere. */
struct round_trip trip_times(const struct trip *trip);

/* Record its parts (--split), now that it is COMPLETE or UNSTAMPED. */
void trip_divide(struct worker *worker, const struct trip *trip);

/* A trip was RETURNED, and all is known of it that ever will be: COMPLETE, or UNSTAMPED. */
void trip_finish(struct worker *worker, struct client *client, struct trip *trip);

/* A request was given up. */
void trip_lose(struct worker *worker, const struct client *client, struct trip *trip);

#endif
