/* The ladder of ringside ablate: features added one after another, to a server that has none. */
#ifndef REPORT_LADDER_H
#define REPORT_LADDER_H

#include <jansson.h>

#include "content.h"

/* "ladder" of a document; nothing if it has none. */
void ladder_add(struct content *content, const json_t *root);

#endif
