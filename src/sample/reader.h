/* The readers, a source each; a row each in read.c. Private to this folder. */
#ifndef SAMPLE_READER_H
#define SAMPLE_READER_H

#include <stdbool.h>

#include "sample.h"

/* The sentence of a lack of memory; returns -ENOMEM. */
int read_no_memory(const char *name, struct error *ret_error);

/* Append what a document has. name stands for it in sentences.
 * Errors: EINVAL with a sentence; ENOMEM. */
int load_read(const json_t *root, const char *name, struct sample_set *set,
	      struct error *ret_error);
int experiment_read(const json_t *root, const char *name, struct sample_set *set,
		    struct error *ret_error);
int samples_read(const json_t *root, const char *name, struct sample_set *set,
		 struct error *ret_error);
int hyperfine_read(const json_t *root, const char *name, struct sample_set *set,
		   struct error *ret_error);

/* Is there a line of a benchmark in it? text ends with a NUL, and has none before. */
bool is_gobench(const char *text);
int gobench_read(const char *text, const char *name, struct sample_set *set,
		 struct error *ret_error);

#endif
