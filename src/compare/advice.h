/* What has to be kept in mind of a comparison: warnings, and what would be better. */
#ifndef COMPARE_ADVICE_H
#define COMPARE_ADVICE_H

#include <jansson.h>

#include "duel.h"

/* Add the warnings. noise: the document of --noise; NULL: none. Errors: ENOMEM. */
int advice_add(struct duel *duel, const json_t *noise);

#endif
