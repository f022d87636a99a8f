/*
 * Metrics as text, in the two formats that scrapers ask for: OpenMetrics 1.0, and what Prometheus
 * read before (version 0.0.4). They differ in the name of a counter's family, and in the end.
 */
#ifndef SERVE_METRIC_TEXT_H
#define SERVE_METRIC_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE };

/* Where metrics are written, and how. */
struct metric_text {
	FILE *stream;
	bool openmetrics;
};

/* What a family is; its samples follow. name: without the _total of a counter. */
void metric_family(const struct metric_text *text, const char *name, enum metric_type type,
		   const char *help);

/* One label more: append name="value" to labels, an array of size bytes that begins empty. False
 * if it has no room: then labels are as they were. */
bool metric_label(char *labels, size_t size, const char *name, const char *value);

/* A sample. labels: as metric_label() made them, or "". */
void metric_sample(const struct metric_text *text, const char *name, enum metric_type type,
		   const char *labels, uint64_t value);

/* The same of a time, in seconds as is the custom. */
void metric_sample_ns(const struct metric_text *text, const char *name, enum metric_type type,
		      const char *labels, uint64_t value_ns);

void metric_end(const struct metric_text *text);

#endif
