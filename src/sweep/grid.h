/* A sweep as text: a table a figure, with a column a server, or, of two parameters, a grid a figure
 * and server; a chart; and what is to be seen in them. */
#ifndef SWEEP_GRID_H
#define SWEEP_GRID_H

#include <stdio.h>

#include "sweep/sweep.h"

/* What is known before anything is measured. */
void grid_print_head(const struct sweep *sweep, FILE *stream);
void grid_print(const struct sweep *sweep, FILE *stream);

#endif
