/* Which results may be added up. */
#ifndef MERGE_MATCH_H
#define MERGE_MATCH_H

#include <stdbool.h>

#include "base/error.h"
#include "part.h"

/* What part of the longer of two windows both must have. */
#define MATCH_OVERLAP_SHARE 0.95

/*
 * Do they belong together: measured alike, no run twice, and (unless any_windows) at the same time?
 * Errors: EINVAL with a sentence that says which two do not, and why; ENOMEM.
 */
int parts_match(const struct part_list *parts, bool any_windows, struct error *ret_error);

#endif
