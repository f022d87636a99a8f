/* One run of a command: the unit of observation. Its processes are fresh, and none outlives it. */
#ifndef COMPARE_RUN_H
#define COMPARE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/sample.h"

/* What of a command is measured. */
enum run_measure {
	RUN_MEASURE_AUTO,    /* what it prints, if it prints a result; else itself */
	RUN_MEASURE_RESULT,  /* the result that it prints */
	RUN_MEASURE_COMMAND, /* itself: the time, the CPU time and the memory that it takes */
};

extern const char *const run_measure_names[]; /* NULL-terminated */

struct run_plan {
	const char *command; /* for the shell; {pair} and {side} are replaced */
	const char *side;    /* "base", "new" */
	uint32_t pair;	     /* from 1; 0: it is a warm-up */
	uint64_t timeout_ns;
	enum run_measure measure;
};

/*
 * Run it. *ret_prints: is it a result that the command printed? ret_no_result says why not where it
 * was looked for. Errors, with a sentence: EINTR (SIGINT or SIGTERM came), ETIMEDOUT, ECHILD (it
 * failed), EMSGSIZE (it printed too much), EINVAL (no result), those of starting it.
 */
int run_make(const struct run_plan *plan, struct sample_set *ret_set, bool *ret_prints,
	     struct error *ret_no_result, struct error *ret_error);

#endif
