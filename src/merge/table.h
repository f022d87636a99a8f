/* A merged document for people. */
#ifndef MERGE_TABLE_H
#define MERGE_TABLE_H

#include <jansson.h>
#include <stdio.h>

/* A row for each host, and the total. */
void table_print(const json_t *document, FILE *stream);

#endif
