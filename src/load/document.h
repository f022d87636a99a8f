/* What the runs of a load found, for programs: docs/results.md. */
#ifndef LOAD_DOCUMENT_H
#define LOAD_DOCUMENT_H

#include <jansson.h>

#include "session.h"

/* What is known before the first run: from "schema" to "options". NULL: no memory. */
json_t *session_head_to_json(const struct session *session);

/* NULL: no memory. */
json_t *session_to_json(const struct session *session);

#endif
