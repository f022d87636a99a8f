/* The noise of a machine as ringside noise has found it. */
#ifndef COMPARE_FLOOR_H
#define COMPARE_FLOOR_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

/* Read the document. It is the caller's to release. Errors: EINVAL, with a sentence. */
int floor_read(const char *path, json_t **ret_document, struct error *ret_error);

/* How large a change of a metric hides in the noise of so many pairs, as a share: what they find,
 * without the least effect that it was reckoned with. NAN: the document does not say. */
double floor_of(const json_t *document, const char *metric, uint32_t pairs);

#endif
