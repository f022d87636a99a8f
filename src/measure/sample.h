/*
 * What was measured, of whatever program: benchmarks, each with metrics, each with a value a run.
 * sample/sample.h reads them from files, output/output.h writes them.
 *
 * Life: sample_set_read() or zeroes -> sample_set_take()... -> used -> sample_set_finish()
 */
#ifndef MEASURE_SAMPLE_H
#define MEASURE_SAMPLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define SAMPLE_SETTINGS_MAX 256

/* A metric of a benchmark; all text is the set's. */
struct sample {
	char *benchmark; /* "echo/proto=tcp/conns=50/...", or what its program calls it */
	char *metric;	 /* "requests_per_s": as output/figure.h has it, or what its program says */
	char *unit;	 /* "1/s", "ns", "s" ... */
	bool more_is_better;
	bool exact;	/* a counter without noise */
	uint32_t count; /* of values: one for each run */
	double *values; /* in the order they were measured; finite */
	double whole;	/* of all runs together, where the source tells; else the median */
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
	char **notes; /* sentences: what is wrong with some of it */
	uint32_t note_count;
	char *source;  /* "ringside load", "ringside bench", "hyperfine", "gobench" */
	json_t *index; /* of the items, by benchmark and metric; private to sample.c */
};

/* Zeroes are fine; they are there afterwards. */
void sample_set_finish(struct sample_set *set);

/* The sample of a benchmark and metric; it is made if it is not there: without unit and values,
 * whole not a number. NULL: no memory. What is known of it apart from values is the caller's to
 * set. The pointer holds until the next call. */
struct sample *sample_set_take(struct sample_set *set, const char *benchmark, const char *metric);
/* NULL: there is none, or no memory to look for it. */
struct sample *sample_set_find(const struct sample_set *set, const char *benchmark,
			       const char *metric);

/* Append a value. Errors: ENOMEM. */
int sample_add(struct sample *sample, double value);

/* Errors: ENOMEM. */
int sample_unit(struct sample *sample, const char *unit);

/* Set a setting, or replace it; what is beyond SAMPLE_SETTINGS_MAX is left out. Errors: ENOMEM. */
int sample_set_setting(struct sample_set *set, const char *key, const char *value);
/* NULL: there is none. */
const char *sample_set_setting_find(const struct sample_set *set, const char *key);

/* Errors: ENOMEM. */
__attribute__((format(printf, 2, 3))) int sample_set_note(struct sample_set *set,
							  const char *format, ...);
/* Errors: ENOMEM. */
int sample_set_source(struct sample_set *set, const char *source);

/* The values stay in their order. NAN: there are none, or no memory. */
double sample_median(const struct sample *sample);

/* Call it when all values are there: what has no value of its own for all runs together gets their
 * median, and the samples of a benchmark stand together, in the order in which the benchmarks came.
 * Errors: ENOMEM. */
int sample_set_complete(struct sample_set *set);

/* The place behind the samples that have the benchmark of the one at first. */
uint32_t sample_set_benchmark_end(const struct sample_set *set, uint32_t first);

/* The most values that one of the samples from first to before end has. */
uint32_t sample_set_run_count(const struct sample_set *set, uint32_t first, uint32_t end);

#endif
