/* The tables of a load's chapter; each is left out where the document has nothing for it. */
#ifndef REPORT_LOAD_TABLES_H
#define REPORT_LOAD_TABLES_H

#include <jansson.h>

#include "content.h"

void thresholds_add(struct content *content, const json_t *root);
/* Latency, slip, connecting: what is known of each distribution. */
void times_add(struct content *content, const json_t *root);
void runs_add(struct content *content, const json_t *root);
/* Of a merged document. */
void hosts_add(struct content *content, const json_t *root);
void cost_add(struct content *content, const json_t *root);
/* Errors by kind, and other mishaps that were counted. */
void failures_add(struct content *content, const json_t *root);

#endif
