/* The comparison as JSON: every trial, the medians, the ratios. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <jansson.h>

#include "comparison.h"

/* A new document. NULL: no memory. */
json_t *report_make(const struct comparison *comparison);

#endif
