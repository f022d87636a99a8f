/* What a load's chapter says of delays by the times of both ends, and of where the time of round
 * trips went; each is left out where the document has nothing for it. */
#ifndef REPORT_DELAY_TABLES_H
#define REPORT_DELAY_TABLES_H

#include <jansson.h>

#include "content.h"

void delays_add(struct content *content, const json_t *root);
void split_add(struct content *content, const json_t *root);

#endif
