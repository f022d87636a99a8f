/* What a server takes: what ringside sweep and ringside find have found. */
#ifndef REPORT_CAPACITY_H
#define REPORT_CAPACITY_H

#include <jansson.h>
#include <stdbool.h>

#include "content.h"

/* "parameters" and "knees" of sweep: what was varied, and where servers saturate. */
void sweep_add(struct content *content, const json_t *root);

/* Is it a document of find, of trials one after another in place of rounds? */
bool is_search(const json_t *root);

/* "search" of find: the headline, and below it the sentence with the reason. */
void search_add(struct content *content, const json_t *root);

/* Every trial of find, in its order. */
void steps_add(struct content *content, const json_t *root);

#endif
