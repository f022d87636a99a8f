/*
 * The server's own account of a run: two readings of the document that ringside serve --json-stats
 * FILE writes, one from before the run and one from after it.
 *
 * The server writes at each --stats-interval and at its end, not when we would like it to: a
 * reading is as old as that. So the difference is that of a span of its own, which it tells, and
 * what it has per message is true of that span. The shorter the interval, the nearer to the run.
 */
#ifndef LOAD_SERVER_STATS_H
#define LOAD_SERVER_STATS_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

/* Totals since the server's start; or a difference, whose elapsed_ns is its span. */
struct server_stats {
	uint64_t started_unix_ns; /* tells one server from the next */
	uint64_t elapsed_ns;
	uint64_t cpu_ns;
	uint64_t spin_ns; /* of cpu_ns: polling before a sleep */
	uint64_t messages;
	uint64_t system_calls;
	uint64_t completions;
	uint64_t kernel_drops; /* datagrams to it */
	json_t *injected;      /* counters of --inject by name, all listeners'; NULL: it has none */
	json_t *backend;       /* as the server's document has them: requested, effective, reason */
	json_t *features;
};

/* Errors: those of reading the file, EINVAL (no such document), with a sentence. */
int server_stats_read(const char *path, struct server_stats *ret_stats, struct error *ret_error);

/* Zeroes are fine. */
void server_stats_finish(struct server_stats *stats);

/*
 * after - before. Errors, with a sentence that names path: EINVAL (another server), EAGAIN (the
 * server has not written meanwhile), ENOMEM.
 */
int server_stats_difference(const char *path, const struct server_stats *after,
			    const struct server_stats *before, struct server_stats *ret_stats,
			    struct error *ret_error);

/* {"span_ns", "messages", "cpu_ns", "spin_ns", "system_calls", "completions", "kernel_drops",
 * "cpu_ns_per_message" (null without messages), "injected": {...} or null, "backend": {...},
 * "features": {...}}. NULL: no memory. */
json_t *server_stats_to_json(const struct server_stats *difference);

#endif
