/* What the load has cost: this process, this host, and the server where that is known. */
#ifndef LOAD_COST_H
#define LOAD_COST_H

#include "page.h"
#include "session.h"

/* Rows. What was not measured is not there, or says why. */
void cost_print(const struct session *session, const struct page *page);

#endif
