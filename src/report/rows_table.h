/* Tables of members whose columns are what their rows have. */
#ifndef REPORT_ROWS_TABLE_H
#define REPORT_ROWS_TABLE_H

#include <jansson.h>

#include "content.h"

/* rows: an array of objects, a row each; an array of texts; or an object of objects, a row each
 * with its key, or of scalars. Estimates are written with their intervals. What is empty or
 * nothing of these is left out. */
void rows_table_add(struct content *content, const char *title, const json_t *rows);

#endif
