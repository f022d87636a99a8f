/* What the times of both ends tell, of several documents: delays, and round trips divided. */
#ifndef MERGE_BOTH_ENDS_H
#define MERGE_BOTH_ENDS_H

#include "base/error.h"
#include "measure/percentile.h"
#include "part.h"

/*
 * Put the members "delays" and "split" into a document, if any of the parts has them; null if none
 * has more than that. One-way delays that do not mean what they say in all of the parts are added
 * up from the smallest of each part on.
 * Errors: EINVAL (a part is damaged; or round trips are divided at other points) with a sentence,
 * ENOMEM.
 */
int both_ends_put(const struct part_list *parts, const struct percentile_list *percentiles,
		  json_t *document, struct error *ret_error);

#endif
