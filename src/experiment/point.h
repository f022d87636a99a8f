/*
 * A point of an experiment: the work that a load does, apart from who answers it. Points come from
 * the table of named workloads, from lists of values on a command line, or from a job file.
 */
#ifndef EXPERIMENT_POINT_H
#define EXPERIMENT_POINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* With a section of a job file before them. */
#define POINT_NAME_MAX 128
#define POINT_TITLE_MAX 160

enum transport { TRANSPORT_TCP, TRANSPORT_UDP, TRANSPORT_UNIX, TRANSPORT_COUNT };
extern const char *const transport_names[]; /* NULL-terminated: "tcp", "udp", "unix" */

struct point {
	char name[POINT_NAME_MAX];   /* one word: "tcp-50", "tcp-50x16-64-10k" */
	char title[POINT_TITLE_MAX]; /* for tables: "TCP 50 x 64 B, 16 deep" */
	enum transport transport;
	uint32_t connections;
	uint32_t depth;
	uint32_t size;	  /* bytes of a request */
	uint64_t rate;	  /* requests a second; 0: a closed loop */
	uint32_t threads; /* of the load */
	bool reconnects;  /* a connection for each request */
	bool asleep;	  /* the client sleeps for its answers, as other programs do */
};

/* Name and title as its numbers have them. */
void point_name(struct point *point);

/* Has it addresses that a server can be told to take as HOST:PORT? */
bool point_is_internet(const struct point *point);

/* {"name", "transport", "connections", "depth", "size", "rate", ...}. NULL: no memory. */
json_t *point_to_json(const struct point *point);

#endif
