/*
 * An experiment: series of trials, a series for each server at each point, in groups whose members
 * are compared with each other. Every round runs one trial of each series: the groups in random
 * order, and the members of a group one after the other in the order of order.h.
 *
 * Life:	experiment_init() -> experiment_add() ... -> experiment_run() -> read
 *		-> experiment_finish()
 */
#ifndef EXPERIMENT_EXPERIMENT_H
#define EXPERIMENT_EXPERIMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "experiment/place.h"
#include "experiment/point.h"
#include "experiment/server.h"
#include "experiment/trial.h"
#include "measure/statistics.h"

#define EXPERIMENT_SCHEMA "ringside-experiment/1"

struct series {
	struct point point;
	struct server server;
	uint32_t group;
	struct trial *trials; /* one a round */
	uint32_t count;
	uint32_t retries;	     /* trials that failed and were tried again */
	char reason[ERROR_TEXT_MAX]; /* why there are no more; "": nothing went wrong */
};

/* What it is to be; the caller's. */
struct experiment_plan {
	struct place place;
	uint64_t omit_ns, duration_ns; /* of each trial */
	uint32_t round_count;	       /* at most */
	uint64_t budget_ns;	       /* no round begins that would end later; 0: no limit */
	uint64_t seed;		       /* of the order */
};

struct experiment {
	const struct experiment_plan *plan;
	struct series *series;
	uint32_t count;
	uint32_t group_count;
	uint32_t rounds;    /* that have been run, whole */
	uint32_t sequence;  /* trials so far */
	double disturbance; /* the share of the CPUs that others took; NAN: not known */
	uint64_t started_unix_ns, elapsed_ns;
	bool interrupted; /* by a signal; what was run until then is there */
	/* Called before each trial; NULL: not. */
	void (*progress)(const struct experiment *experiment, const struct series *series);
};

void experiment_init(const struct experiment_plan *plan, struct experiment *ret_experiment);
void experiment_finish(struct experiment *experiment);

/* Add a series to a group (numbers from 0, without gaps). Pointers to series hold until the next
 * call. Errors: ENOMEM. */
int experiment_add(struct experiment *experiment, const struct point *point,
		   const struct server *server, uint32_t group);

/*
 * Run rounds until there are round_count of them, the budget would not do for one more, every
 * series has failed, or SIGINT or SIGTERM comes. A trial that fails is tried once more; a series
 * whose trial fails then is left out from then on, with its reason. It may be called again with a
 * larger round_count, and goes on. Errors: ENOMEM.
 */
int experiment_run(struct experiment *experiment, struct error *ret_error);

/* How long one round takes: trials and what starts and ends them, estimated before the first, then
 * measured. */
uint64_t experiment_round_ns(const struct experiment *experiment);

/* Has any series failed? */
bool experiment_failed(const struct experiment *experiment);

/* A figure of its trials: median and interval. Errors: EDOM (none of them has it). */
int series_figure(const struct series *series, enum figure_id figure,
		  struct estimate *ret_estimate);

/* over divided by under, from the trials of the same rounds: their median log ratio with its
 * interval. Errors: EDOM. */
int series_ratio(const struct series *over, const struct series *under, enum figure_id figure,
		 struct estimate *ret_ratio);

/* {"median", "low", "high", "coverage"}. NULL: no memory. */
json_t *estimate_to_json(const struct estimate *estimate);

/* Such a ratio for each figure that has one, by its key. NULL: no memory. */
json_t *series_ratios_to_json(const struct series *over, const struct series *under);

/*
 * The document of an experiment (docs/results.md): "schema", "version", "command", "arguments",
 * "host", "seed", "rounds", "series" ... A command adds its options and what it found.
 * NULL: no memory.
 */
json_t *experiment_to_json(const struct experiment *experiment, const char *command, int argc,
			   char **argv);

#endif
