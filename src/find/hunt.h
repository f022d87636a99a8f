/* A search on a real server: trials at the rates that search.h asks for, a series of an experiment
 * for each rate. */
#ifndef FIND_HUNT_H
#define FIND_HUNT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "experiment/experiment.h"
#include "find/judge.h"
#include "find/options.h"
#include "find/search.h"

/* One trial. */
struct step {
	const char *what; /* "peak", or the phase of the search */
	uint64_t rate;	  /* 0: the closed loop */
	uint32_t series;  /* its place in the experiment ... */
	uint32_t trial;	  /* ... and in the series */
	struct judgement judgement;
};

struct hunt {
	const struct find_options *options;
	struct point point;
	struct server server;
	struct experiment_plan plan;
	struct experiment experiment;
	struct string_list load_options;
	char seed[24]; /* of the next trial; load_options refers to it */
	double peak;   /* requests a second of the closed loop; 0: not measured yet */
	struct search search;
	uint32_t count;
	struct step steps[SEARCH_TRIALS_MAX + 1];
	bool out_of_time;
	/* Called before and after each trial; NULL: not. */
	void (*before)(const struct hunt *hunt, const char *what, uint64_t rate);
	void (*after)(const struct hunt *hunt, const struct step *step);
};

/* Errors: EINVAL and those of the place, with a sentence; ENOMEM. Call hunt_finish() also then. */
int hunt_init(const struct find_options *options, struct hunt *ret_hunt, struct error *ret_error);
void hunt_finish(struct hunt *hunt);

/* Until the search has ended, the time budget would not do for one more trial, or SIGINT or SIGTERM
 * comes. Errors: a trial that went wrong, with a sentence. */
int hunt_run(struct hunt *hunt, struct error *ret_error);

/* The trial of a step. */
const struct trial *hunt_trial(const struct hunt *hunt, const struct step *step);

/* The last trial that did not keep the lowest rate that is not kept; NULL: there is none. */
const struct step *hunt_limit(const struct hunt *hunt);

#endif
