/* What must be true of samples that were read, whatever from. */
#ifndef FUZZ_SAMPLES_CHECK_H
#define FUZZ_SAMPLES_CHECK_H

#include "measure/sample.h"

/* Every value is finite, and written as a document and read again they are the same. */
void samples_check(const struct sample_set *set);

#endif
