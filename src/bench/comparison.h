/*
 * The servers side by side: their trials on each workload, and what these say together. A cell is
 * one server on one workload, the unit of observation one trial; ratios are of trials of the same
 * round, which ran one after the other.
 */
#ifndef BENCH_COMPARISON_H
#define BENCH_COMPARISON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "measure/statistics.h"
#include "options.h"
#include "server.h"
#include "trial.h"

#define RATIO_MAX 16

/* Two servers; the first is divided by the second. */
struct ratio {
	uint32_t over, under;
};

struct cell {
	struct trial *trials; /* one a round */
	uint32_t count;
	struct trial_accounts accounts; /* of the first trial */
	bool wanted;			/* the server takes this workload */
	char reason[ERROR_TEXT_MAX];	/* why there are no more; "": nothing went wrong */
};

struct comparison {
	const struct bench_options *options;
	const char *no_uring; /* why io_uring is left out; NULL: it is there */
	int server_cpu, load_cpu;
	uint32_t server_count;
	struct server servers[SERVER_MAX];
	uint32_t ratio_count;
	struct ratio ratios[RATIO_MAX];
	struct cell *cells; /* workload_count x server_count */
	double disturbance; /* the share of the CPUs that others took; NAN: not known */
};

/* The columns of the table, as members of a trial. */
enum figure { FIGURE_RATE, FIGURE_P50, FIGURE_P99, FIGURE_CPU, FIGURE_COUNT };

extern const char *const figure_names[FIGURE_COUNT]; /* as in JSON */

/* Errors: EINVAL, with a sentence; ENOMEM. Call comparison_finish() also then. */
int comparison_init(const struct bench_options *options, struct comparison *ret_comparison,
		    struct error *ret_error);
void comparison_finish(struct comparison *comparison);

struct cell *comparison_cell(const struct comparison *comparison, uint32_t workload,
			     uint32_t server);

/* One trial of one cell, if it is wanted and has not failed before. */
void comparison_try(struct comparison *comparison, uint32_t workload, uint32_t server);

double trial_figure(const struct trial *trial, enum figure figure);

/* The median over a cell's trials. Errors: EDOM (it has none). */
int cell_median(const struct cell *cell, enum figure figure, double *ret_median);

/* What its server said before it listened; "": nothing. */
const char *cell_remark(const struct cell *cell);

/* The ratio of two servers on a workload. Errors: EDOM (one of them has failed). */
int comparison_ratio(const struct comparison *comparison, uint32_t workload,
		     const struct ratio *ratio, enum figure figure, struct estimate *ret_estimate);

/* Has any cell failed? */
bool comparison_failed(const struct comparison *comparison);

#endif
