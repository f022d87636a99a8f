/* What the server did: collected from the threads, told as a line or written as JSON. */
#ifndef SERVE_STATS_H
#define SERVE_STATS_H

#include <stdint.h>

#include <jansson.h>

#include "base/error.h"
#include "options.h"
#include "worker.h"

struct stats {
	const struct serve_options *options;
	const struct listener_list *listeners;
	struct worker *workers;
	uint32_t worker_count;
	uint64_t started_ns;
	int64_t started_unix_ns; /* tells one server from the next */
	uint64_t collected_ns;
	struct report *reports; /* one a worker */
	bool *fresh;		/* is that of this moment, or ended, and not merely its last? */
	struct report total;
	uint64_t line_ns; /* when the last line was told, and what the total was then */
	struct report line_total;
};

/* Index: enum message_refusal. */
extern const char *const stats_refusal_names[REFUSED_COUNT];

/* Index: enum accept_error. */
extern const char *const stats_accept_error_names[ACCEPT_ERROR_COUNT];

/* Errors: ENOMEM. */
int stats_init(struct stats *ret_stats, const struct serve_options *options,
	       const struct listener_list *listeners, struct worker *workers,
	       uint32_t worker_count);
void stats_finish(struct stats *stats);

/* Ask all workers, and wait for up to limit_ns in all (STATS_WAIT_FOREVER: however long it takes);
 * of those that have ended, or do not answer, the last is taken. */
#define STATS_WAIT_FOREVER UINT64_MAX
void stats_collect(struct stats *stats, uint64_t limit_ns);

/* Tell on standard error what was collected since the last line. */
void stats_tell(struct stats *stats);

/* What was collected, as a document; NULL: no memory. */
json_t *stats_to_json(const struct stats *stats);

/* Write it where --json-stats says, if it does; on standard output as one line. Errors: those of
 * json_save(). */
int stats_write(const struct stats *stats, struct error *ret_error);

#endif
