/* The ablation as tables to read. */
#ifndef ABLATE_TABLE_H
#define ABLATE_TABLE_H

#include <stdio.h>

#include "ablation.h"

/* What is measured how, and what cannot be: to be read while it is. */
void ablation_print_head(const struct ablation *ablation, FILE *stream);

/* What was found: effects_evaluate() has been called. */
void ablation_print_rows(const struct ablation *ablation, FILE *stream);

/* A change for tables: "+1.2" percent, from 10 times on "x12". */
struct change_text {
	char text[16];
};

struct change_text change_text(double ratio);

/* Which feature is worth what, when: a line a feature, a column a point. */
void ablation_print_summary(const struct ablation *ablation, FILE *stream);

/* The ladder, if there is one. */
void ablation_print_ladder(const struct ablation *ablation, FILE *stream);

#endif
