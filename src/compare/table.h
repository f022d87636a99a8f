/* A comparison for people, as benchstat shows it. */
#ifndef COMPARE_TABLE_H
#define COMPARE_TABLE_H

#include <stdio.h>

#include "finding.h"

void finding_print(const struct finding *finding, FILE *stream);

#endif
