/*
 * --round-trips: a file with a line of JSON for each round trip of the window, with all its times.
 *
 *	{"run": 1, "client": 0, "sequence": 17, "flags": [], "sent_ns": T1, "received_ns": T2,
 *	 "replied_ns": T3, "returned_ns": T4, "points": {...}, "round_trip_ns": ...,
 *	 "peer_sequence": 17, "hop_limit": 64, "peer_hop_limit": 64}
 *
 * Times are nanoseconds since 1970, each by its host's clock; round_trip_ns is by CLOCK_MONOTONIC.
 * points: split_points[].key and the times that are known. flags: "lost" (then the times of the
 * peer and of the answer are null), "unstamped" (a time of the kernel's is missing), "overtaken".
 */
#ifndef LOAD_TRIP_LOG_H
#define LOAD_TRIP_LOG_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

struct client;
struct trip;
struct worker;

/* { .path = NULL } writes nothing. */
struct trip_log {
	const char *path;
	FILE *stream;
	uint32_t run;	      /* the one that is made, from 1 on */
	pthread_mutex_t lock; /* of the stream and the error */
	int error;	      /* the first one; nothing is written any more */
};

/* Lines of one thread that are not written yet. */
struct trip_lines {
	char *text; /* NULL: nobody wants any */
	size_t length;
};

/* Open path, "-" is standard output. NULL: no log. Errors: those of open, with a sentence. */
int trip_log_open(struct trip_log *ret_log, const char *path, struct error *ret_error);

/* Errors: the first one there was in writing, with a sentence. */
int trip_log_close(struct trip_log *log, struct error *ret_error);

/* Memory for lines, if there is a log. Errors: ENOMEM. Zeroes can be finished. */
int trip_lines_init(struct trip_lines *ret_lines, const struct trip_log *log);
void trip_lines_finish(struct trip_lines *lines);

/* Add a line for a trip that has come to its end; only whole lines are written. */
void trip_log_add(struct worker *worker, const struct client *client, const struct trip *trip);

/* Write what has not been yet. */
void trip_log_flush(struct worker *worker);

#endif
