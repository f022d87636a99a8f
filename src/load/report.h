/* What the runs of a load found, for people. */
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include "page.h"
#include "session.h"

/* One screen of text. */
void report_print(const struct session *session, const struct page *page);

#endif
