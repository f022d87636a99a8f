/* How single members of documents become one. */
#ifndef MERGE_COMBINE_H
#define MERGE_COMBINE_H

#include <jansson.h>
#include <stdbool.h>

#include "part.h"

enum combine_how {
	COMBINE_ADD,  /* whole numbers are added; what is not known of all is null */
	COMBINE_SAME, /* what all have; null where they differ */
	COMBINE_ANY,  /* true if one is */
	COMBINE_ONLY, /* of the only one there is; null where there are more */
};

/* Objects are combined member by member. Returns a new value; NULL: none of the parts has it, or no
 * memory. */
json_t *combine(const struct part_list *parts, const char *key, enum combine_how how);

/* One row for each expression: the worst of the parts. NULL: no memory. */
json_t *combine_thresholds(const struct part_list *parts);

/* The gravest of the parts'; null where there is none. NULL: no memory. */
json_t *combine_verdicts(const struct part_list *parts);

/* All targets, each once: "echo+tcp://a:7, echo+tcp://b:7". NULL: no memory. */
json_t *combine_targets(const struct part_list *parts);

#endif
