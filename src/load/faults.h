/* What went wrong in a load: errors, losses, and what the kernel dropped. */
#ifndef LOAD_FAULTS_H
#define LOAD_FAULTS_H

#include "page.h"
#include "session.h"

/* Rows. */
void faults_print(const struct session *session, const struct page *page);

#endif
