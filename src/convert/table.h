/* Samples as a table: a block for each benchmark, a row for each metric. */
#ifndef CONVERT_TABLE_H
#define CONVERT_TABLE_H

#include <stdio.h>

#include "measure/sample.h"

/* The set is complete. */
void samples_table_print(const struct sample_set *set, FILE *stream);

#endif
