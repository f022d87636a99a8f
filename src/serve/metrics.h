/* What /metrics says: the statistics of all threads, summed when they are asked for. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "metric_text.h"
#include "process_files.h"
#include "stats.h"

/* What a page of metrics is made of. */
struct metrics {
	const struct stats *stats; /* collected just now */
	const struct process_files *files;
	uint64_t files_max;
	const char *kernel; /* its release */
	bool draining;
};

/* Print every family that docs/operation.md lists. */
void metrics_print(const struct metrics *metrics, const struct metric_text *text);

#endif
