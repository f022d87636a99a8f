/* Several runs side by side, with their median and how far it is to be trusted. */
#ifndef LOAD_RUN_LIST_H
#define LOAD_RUN_LIST_H

#include "page.h"
#include "session.h"

/* Nothing for a single run. */
void run_list_print(const struct session *session, const struct page *page);

#endif
