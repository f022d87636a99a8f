/* What the runs of a load found, for programs: docs/results.md. */
#ifndef LOAD_DOCUMENT_H
#define LOAD_DOCUMENT_H

#include <jansson.h>

#include "session.h"

/* NULL: no memory. */
json_t *session_to_json(const struct session *session);

#endif
