/* The comparison as a table to read. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdio.h>

#include "comparison.h"

/* What is measured how: to be read while it is. */
void table_print_head(const struct comparison *comparison, FILE *stream);

/* What was found. */
void table_print_rows(const struct comparison *comparison, FILE *stream);

#endif
