/* The vertical axis of a figure of rows, one below the other, each with a label in front. */
#ifndef REPORT_ROW_AXIS_H
#define REPORT_ROW_AXIS_H

#include <stdint.h>
#include <stdio.h>

/* The commands for gnuplot: the first of count rows lies at y = count, the last one at 1. */
void row_axis_write(const char *const *labels, uint32_t count, FILE *script);

#endif
