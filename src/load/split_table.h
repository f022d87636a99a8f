/* Where the time of round trips went (--split), for people: bars of means, and a row for each
 * part. */
#ifndef LOAD_SPLIT_TABLE_H
#define LOAD_SPLIT_TABLE_H

#include "page.h"
#include "session.h"

/* Nothing without --split. */
void split_table_print(const struct session *session, const struct page *page);

#endif
