/*
 * All runs of one command: each with new connections, their sum, and what is to be thought of it.
 */
#ifndef LOAD_SESSION_H
#define LOAD_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/threshold.h"
#include "measure/verdict.h"
#include "monitor.h"
#include "options.h"
#include "plan.h"
#include "server_stats.h"
#include "target.h"

struct session {
	const struct load_options *options;
	const struct target *target;
	int argc; /* the command line, for the record */
	char **argv;
	struct outcome *runs;
	uint32_t run_count; /* that were made */
	struct outcome total;
	struct verdict verdict; /* on the total */
	struct threshold_outcome thresholds[THRESHOLDS_MAX];
	bool thresholds_kept;
	struct server_stats server; /* its own account: --server-stats */
	bool server_known;
	struct error server_missing; /* why not; empty: nobody asked */
	bool interrupted;
	bool same_host; /* the target is on it */
};

/* Errors: ENOMEM. Call session_finish() also on failure. */
int session_init(struct session *session, const struct load_options *options,
		 const struct target *target, int argc, char **argv);
void session_finish(struct session *session);

/*
 * Make the runs, until stop becomes not zero or one is aborted. observer (or NULL) is told of each.
 * Errors: those of plan_run(), with a sentence.
 */
int session_run(struct session *session, const atomic_int *stop, const struct observer *observer,
		struct error *ret_error);

/* What is to be thought of the total: the verdict, and which thresholds were kept. session_run()
 * has done it; whoever changes the total does it again. */
void session_judge(struct session *session);

/* Has an open loop failed that was to end with an error if its rate was not held? */
bool session_has_slipped(const struct session *session);

#endif
