/* A comparison for people, as benchstat shows it. */
#ifndef COMPARE_TABLE_H
#define COMPARE_TABLE_H

#include <stdio.h>

#include "duel.h"

void duel_print(const struct duel *duel, FILE *stream);

#endif
