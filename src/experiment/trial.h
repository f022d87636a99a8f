/*
 * One trial, the unit of observation: a fresh server, a fresh load with fresh connections, and what
 * they found.
 */
#ifndef EXPERIMENT_TRIAL_H
#define EXPERIMENT_TRIAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "experiment/place.h"
#include "experiment/point.h"
#include "experiment/server.h"
#include "output/figure.h"

/* So many words more a load may be told. */
#define TRIAL_OPTIONS_MAX 32

struct trial_plan {
	const struct server *server;
	const struct point *point;
	const struct place *place;
	uint64_t omit_ns, duration_ns;
	const char *url; /* of a server that runs already: none is started; NULL: one is */
	const struct string_list *load_options; /* more words for ringside load; NULL: none */
	/* The caller reads from the load's document what of its requests was lost, wrong or broken,
	 * or that none was answered; else these make the trial fail. */
	bool tolerant;
};

struct trial {
	double figures[FIGURE_COUNT]; /* NAN: not known */
	json_t *load;	/* document of the load, with "server_stats" of a server of ours */
	json_t *server; /* document of the server; NULL: it is another program */
	char *remark;	/* what a server of ours said before it listened; NULL: nothing */
	uint32_t round, sequence; /* when it was run, both from 0; who runs trials sets them */
};

/* Errors: whatever went wrong, with a sentence; then there is nothing to finish. It takes its time
 * and some seconds, never more. */
int trial_run(const struct trial_plan *plan, struct trial *ret_trial, struct error *ret_error);

/* Zeroes are fine. */
void trial_finish(struct trial *trial);

#endif
