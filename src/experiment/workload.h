/* Points that have names of their own: a row each of the table. */
#ifndef EXPERIMENT_WORKLOAD_H
#define EXPERIMENT_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "experiment/point.h"

struct workload {
	struct point point;
	bool standard; /* measured unless workloads are named */
};

extern const struct workload workloads[];
extern const uint32_t workload_count;

/* A bit for each workload that is measured unless some are named. */
uint64_t workload_set_standard(void);

/* Parse "NAME,NAME..." or "all". Errors: EINVAL, with a sentence. */
int workload_set_parse(const char *text, uint64_t *ret_set, struct error *ret_error);

#endif
