/* The document that several make together. */
#ifndef MERGE_SUM_H
#define MERGE_SUM_H

#include <jansson.h>

#include "base/error.h"
#include "measure/percentile.h"
#include "part.h"

/* The command line, for the document. */
struct sum_command {
	int argc;
	char **argv;
};

/*
 * A document with the members that each of the parts has: counters and histograms added,
 * percentiles counted anew (percentiles: further ones), all runs with "host" and "input", and a row
 * in "hosts" for each part.
 * Errors: EINVAL (a part's histogram is missing or damaged, or its round trips are divided
 * otherwise than others) with a sentence, ENOMEM.
 */
int parts_sum(const struct part_list *parts, const struct percentile_list *percentiles,
	      const struct sum_command *command, json_t **ret_document, struct error *ret_error);

#endif
