/* The scatter of runs that were recorded: a table of text, a run a line. */
#ifndef GATE_RESIDUALS_H
#define GATE_RESIDUALS_H

#include <stdint.h>

#include "base/error.h"

#define RESIDUALS_MAX 4096

struct residuals {
	double values[RESIDUALS_MAX]; /* logarithms less their median, in recorded order */
	uint32_t count;
	double deviation; /* the coefficient of variation of what was recorded */
};

/* Read a column of a file: lines that begin with # say what it is; the first of the others has the
 * columns' names. Errors, with a sentence: those of fopen(); EINVAL. */
int residuals_read(const char *path, const char *column, struct residuals *ret_residuals,
		   struct error *ret_error);

#endif
