/* What a probe found out, and how it is told: as tables, and as JSON. */
#ifndef PROBE_REPORT_H
#define PROBE_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <ringside/feature.h>

#include "base/error.h"

struct probe {
	int uring_error; /* of io_uring_setup; 0: it works */
	struct feature_state states[FEATURE_COUNT];
	int engine_error;	       /* why no backend can be opened; 0: one can */
	const char *backend;	       /* the one that auto takes; NULL: none */
	const char *reason;	       /* why that one */
	bool effective[FEATURE_COUNT]; /* in an engine with default options */
};

/* Both take the readings of the machine as they go. */
void probe_print(const struct probe *probe, FILE *stream);

/* To standard output. Errors: ENOMEM and those of writing, with a sentence. */
int probe_write_json(const struct probe *probe, struct error *ret_error);

#endif
