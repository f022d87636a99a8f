/* What the peer's times tell, as a table for people: rows and columns as irtt has them. */
#ifndef LOAD_DELAY_TABLE_H
#define LOAD_DELAY_TABLE_H

#include "page.h"
#include "session.h"

/* Nothing where there are no such times. */
void delay_table_print(const struct session *session, const struct page *page);

#endif
