/* The formats, a source each; a row each in output.c. Private to this folder. */
#ifndef OUTPUT_FORMATS_H
#define OUTPUT_FORMATS_H

#include "measure/sample.h"
#include "output/document.h"

int bmf_write(const struct sample_set *set, FILE *file);
int csv_write(const struct document *document, FILE *file);
int csv_write_samples(const struct sample_set *set, FILE *file);
int gha_write(const struct sample_set *set, FILE *file);
int gha_bigger_write(const struct sample_set *set, FILE *file);
int gobench_write(const struct document *document, FILE *file);
int gobench_write_samples(const struct sample_set *set, FILE *file);
int hgrm_write(const struct document *document, FILE *file);
int hlog_write(const struct document *document, FILE *file);
int hyperfine_write(const struct document *document, FILE *file);
int hyperfine_write_samples(const struct sample_set *set, FILE *file);
/* Has any benchmark a time? */
bool hyperfine_has_times(const struct sample_set *set);
int junit_write(const struct document *document, FILE *file);
int keyval_write(const struct document *document, FILE *file);
int openmetrics_write(const struct document *document, FILE *file);

#endif
