/*
 * What of results is added up when they become one, as an array: for those who add elsewhere, as
 * MPI_Reduce() does. What is not a sum (windows, causes, histograms) is not in it.
 */
#ifndef MEASURE_RESULT_SUMS_H
#define MEASURE_RESULT_SUMS_H

#include <stdint.h>

#include "measure/result.h"

#define RESULT_SUM_COUNT (12 + RESULT_ERROR_COUNT + sizeof(struct cost) / sizeof(uint64_t))

void result_sums_get(const struct result *result, uint64_t ret_sums[RESULT_SUM_COUNT]);

/* The sums become the result's; the rest of it stays as it is. */
void result_sums_set(struct result *result, const uint64_t sums[RESULT_SUM_COUNT]);

#endif
