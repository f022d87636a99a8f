/* What the whole's document tells of each rank. */
#ifndef MPI_ROWS_H
#define MPI_ROWS_H

#include <jansson.h>
#include <stdio.h>

#include "ranks.h"

/*
 * What a rank hands in, made of its own document: {"host": a row of "hosts", "runs": its runs, with
 * "host" and "rank"}. NULL: no memory.
 */
json_t *rows_of_rank(const struct ranks *ranks, const json_t *document);

/* Put all ranks' into the whole's document: texts has one for each, one after the other with their
 * zeroes. Errors: ENOMEM. */
int rows_put(const struct ranks *ranks, const char *texts, json_t *document);

/* The rows of "hosts", for people. */
void rows_print(const json_t *document, FILE *stream);

#endif
