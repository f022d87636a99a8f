/*
 * The plan of a run: which thread has which connections and requests, when all begin together, and
 * how their results become one.
 */
#ifndef LOAD_PLAN_H
#define LOAD_PLAN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/choice.h"
#include "measure/pattern.h"
#include "measure/result.h"
#include "options.h"
#include "target.h"

struct worker;

struct plan {
	const struct load_options *options;
	const struct target *target;
	const atomic_int *stop; /* becomes not zero when the run is to end early */
	struct pattern *pattern;
	struct worker *workers;
	uint32_t worker_count;
	pthread_mutex_t gate; /* held until every thread exists */
	bool abandoned;	      /* one does not; written under the gate */
	pthread_barrier_t barrier;
	atomic_uint connected; /* clients, of all workers */
	atomic_bool failed;    /* an engine could not be opened */
};

/* What came of a run. */
struct outcome {
	struct result result;
	struct choice_result choice; /* all threads are alike */
	uint32_t connected;	     /* clients that were open at least once */
};

/*
 * Run the load of these options against the target. Errors: ENOMEM, EMFILE, those of opening an
 * engine or of a thread, or of an engine that could not go on, with a sentence. Whatever a server
 * does wrong is no error but stands in the result. outcome_finish() frees what is returned.
 */
int plan_run(const struct load_options *options, const struct target *target,
	     const atomic_int *stop, struct outcome *ret_outcome, struct error *ret_error);
void outcome_finish(struct outcome *outcome);

/* For the workers: wait at the gate until every thread exists; false: they never will. */
bool plan_enter(struct plan *plan);

/* For the workers: wait until all have come here. */
void plan_meet(struct plan *plan);

#endif
