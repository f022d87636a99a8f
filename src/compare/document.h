/* A comparison for programs: schema "ringside-comparison/1", docs/comparison.schema.json. */
#ifndef COMPARE_DOCUMENT_H
#define COMPARE_DOCUMENT_H

#include <jansson.h>

#include "duel.h"

#define COMPARISON_SCHEMA "ringside-comparison/1"

/* NULL: no memory. */
json_t *duel_to_json(const struct duel *duel, int argc, char **argv);

#endif
