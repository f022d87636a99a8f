/* What was compared, as samples again: for the formats that other results are written in too. */
#ifndef COMPARE_SAMPLES_H
#define COMPARE_SAMPLES_H

#include "duel.h"
#include "measure/sample.h"

/* Those of what is new. Errors: ENOMEM. Call sample_set_finish() also then. */
int samples_of_new(const struct duel *duel, struct sample_set *ret_set);

/* Those of both, told apart by /side=base and /side=new behind a benchmark's name. */
int samples_of_both(const struct duel *duel, struct sample_set *ret_set);

#endif
