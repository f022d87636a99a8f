/* What bench and ablate have found, each in its member of the document. */
#ifndef REPORT_FINDINGS_H
#define REPORT_FINDINGS_H

#include <jansson.h>

#include "content.h"

/* "ratios" of bench: one server against another. */
void ratios_add(struct content *content, const json_t *root);

/* "effects", "unavailable" and "ladder" of ablate. */
void ablation_add(struct content *content, const json_t *root);

#endif
