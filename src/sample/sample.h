/*
 * What was measured, of whatever program: benchmarks, each with metrics, each with a value a run.
 * Every result that we can read becomes this, and comparing and converting know nothing else.
 *
 * Life: sample_set_read() or zeroes -> sample_set_add...() -> used -> sample_set_finish()
 */
#ifndef SAMPLE_SAMPLE_H
#define SAMPLE_SAMPLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* A metric of a benchmark; all text is the set's. */
struct sample {
	char *benchmark; /* "echo/proto=tcp/conns=50/...", or what its program calls it */
	char *metric;	 /* "requests_per_s": as output/figure.h has it, or what its program says */
	char *unit;	 /* "1/s", "ns", "s" ... */
	bool more_is_better;
	bool exact;	 /* a counter without noise */
	uint32_t count;	 /* of values: one for each run */
	double *values;	 /* in the order they were measured */
	double whole;	 /* of all runs together, where the source tells; else the median */
};

/* Where and with what it was measured. */
struct sample_setting {
	char *key, *value; /* "kernel", "6.18.0" */
};

struct sample_set {
	struct sample *items;
	uint32_t count;
	struct sample_setting *settings;
	uint32_t setting_count;
	char *source; /* "ringside load", "ringside bench", "hyperfine", "gobench" */
};

/*
 * Read a file, "-" is standard input: a document of ringside load or of one of its experiments
 * (bench, ablate, sweep, noise), the JSON of hyperfine --export-json, or Go's benchmark format.
 * Which of them it is its content says. Errors, with a sentence that names the file: those of open
 * and read; EINVAL (none of these; damaged; nothing measured in it); ENOMEM. Call
 * sample_set_finish() also then.
 */
int sample_set_read(const char *path, struct sample_set *ret_set, struct error *ret_error);

/* The same of a text in memory; name stands for it in sentences. */
int sample_set_parse(const char *text, size_t length, const char *name, struct sample_set *ret_set,
		     struct error *ret_error);

/* Zeroes are fine. */
void sample_set_finish(struct sample_set *set);

/* The sample of a benchmark and metric; it is made if it is not there. NULL: no memory. What is
 * known of it apart from values is the caller's to set. The pointer holds until the next call. */
struct sample *sample_set_take(struct sample_set *set, const char *benchmark, const char *metric);
struct sample *sample_set_find(const struct sample_set *set, const char *benchmark,
			       const char *metric);

/* Append a value. Errors: ENOMEM. */
int sample_add(struct sample *sample, double value);

/* Errors: ENOMEM. */
int sample_set_setting(struct sample_set *set, const char *key, const char *value);

#endif
