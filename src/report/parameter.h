/* Figures of an experiment over a parameter of the load: a curve for each server. */
#ifndef REPORT_PARAMETER_H
#define REPORT_PARAMETER_H

#include <jansson.h>

#include "content.h"

/* Add the figures of each parameter that was varied; returns of how many there are. */
unsigned int parameters_add(struct content *content, const json_t *root);

#endif
