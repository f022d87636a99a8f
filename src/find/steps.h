/* The steps of a search as a table, while they are made. */
#ifndef FIND_STEPS_H
#define FIND_STEPS_H

#include "find/hunt.h"

/* What is looked for and where, and the heads of the columns. */
void steps_print_head(const struct hunt *hunt);

/* For struct hunt: what is tried now, for who watches a terminal; then its row. */
void steps_progress(const struct hunt *hunt, const char *what, uint64_t rate);
void steps_print(const struct hunt *hunt, const struct step *step);

#endif
