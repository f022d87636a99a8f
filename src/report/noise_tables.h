/* What ringside noise has found: how much figures scatter, and what of the host is to blame. */
#ifndef REPORT_NOISE_TABLES_H
#define REPORT_NOISE_TABLES_H

#include <jansson.h>

#include "content.h"

/* "noise" and "advice" of a document; nothing if it has neither. */
void noise_add(struct content *content, const json_t *root);

#endif
