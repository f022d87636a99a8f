/*
 * Results in files become samples: every result that we can read, and comparing and converting know
 * nothing else. measure/sample.h says what they are; output/output.h writes them.
 */
#ifndef SAMPLE_SAMPLE_H
#define SAMPLE_SAMPLE_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"
#include "measure/sample.h"

#define SAMPLES_SCHEMA "ringside-samples/1"

/*
 * Read a file, "-" is standard input: a document of ringside load or of one of its experiments
 * (bench, ablate, sweep, find, noise), the JSON of hyperfine --export-json, Go's benchmark format,
 * or what sample_set_to_json() made. Which of them it is its content says. Errors, with a sentence
 * that names the file: those of open and read; EFBIG; EINVAL (none of these; damaged; nothing
 * measured in it); ENOMEM. Call sample_set_finish() also then.
 */
int sample_set_read(const char *path, struct sample_set *ret_set, struct error *ret_error);

/* The same, and the document where it is one of ringside load, for formats that need more of it
 * than samples: the caller's to release. NULL: it is something else. */
int sample_set_read_load(const char *path, struct sample_set *ret_set, json_t **ret_document,
			 struct error *ret_error);

/* The same as sample_set_read() of a text in memory; name stands for it in sentences. */
int sample_set_parse(const char *text, size_t length, const char *name, struct sample_set *ret_set,
		     struct error *ret_error);

/*
 * Add what was read from another file, called name, to a set: benchmarks it has not, and to those
 * that it has more runs. Settings that differ are left out, but those of one benchmark must not
 * (apart from the target). Errors, with a sentence: EINVAL (a unit, direction or setting of one
 * benchmark differs; the set is as it was), ENOMEM.
 */
int sample_set_join(struct sample_set *set, const struct sample_set *other, const char *name,
		    struct error *ret_error);

/* The settings of a set as an object. NULL: no memory. */
json_t *sample_settings_to_json(const struct sample_set *set);

/* A document of schema ringside-samples/1 (docs/results.md). NULL: no memory. */
json_t *sample_set_to_json(const struct sample_set *set);

#endif
