/* The comparison as a table to read. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdio.h>

#include "comparison.h"

/* What was measured how, and the names of the columns. */
void table_print_head(const struct comparison *comparison, FILE *stream);

/* The lines of a workload, as soon as it has been measured. */
void table_print_workload(const struct comparison *comparison, uint32_t workload, FILE *stream);

/* What there is to know about the whole. */
void table_print_tail(const struct comparison *comparison, FILE *stream);

#endif
