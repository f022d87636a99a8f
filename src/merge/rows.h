/* What a merged document tells of each part. */
#ifndef MERGE_ROWS_H
#define MERGE_ROWS_H

#include <jansson.h>

#include "part.h"

/* The runs of all parts, with the host and the file that each came from. NULL: no memory. */
json_t *rows_runs(const struct part_list *parts);

/* A row for each part; those that a merged part has, as they are. NULL: no memory. */
json_t *rows_hosts(const struct part_list *parts);

#endif
