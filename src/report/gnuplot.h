/* gnuplot, as a child that gets a script and gives a picture back, within a limit of time. */
#ifndef REPORT_GNUPLOT_H
#define REPORT_GNUPLOT_H

#include <stddef.h>

#include "base/error.h"

/*
 * Run a script; what gnuplot writes to standard output is returned as a string, which the caller
 * frees. Errors, with a sentence: ENOENT (it is not installed), ETIMEDOUT, EPROTO (it has failed),
 * those of fork and the like.
 */
int gnuplot_run(const char *script, size_t length, char **ret_output, struct error *ret_error);

#endif
