/* The scatter of runs that were recorded: a table of text, a run a line. */
#ifndef GATE_RESIDUALS_H
#define GATE_RESIDUALS_H

#include <stdint.h>

#include "base/error.h"

#define RESIDUALS_MAX 10000

struct residuals {
	double *values; /* logarithms, less their median, in the order of the recording */
	uint32_t count;
	double deviation; /* the coefficient of variation of what was recorded */
};

/* Read a column of a file: lines that begin with # say what it is; the first of the others has the
 * columns' names. Errors: those of fopen(); EINVAL with a sentence; ENOMEM. */
int residuals_read(const char *path, const char *column, struct residuals *ret_residuals,
		   struct error *ret_error);
void residuals_finish(struct residuals *residuals);

#endif
