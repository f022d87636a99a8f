/*
 * How much of the CPUs went to others while we measured: programs beside ours, and the host of a
 * virtual machine. Where that is much the figures are not worth keeping.
 */
#ifndef EXPERIMENT_DISTURBANCE_H
#define EXPERIMENT_DISTURBANCE_H

#include <stdint.h>

struct disturbance {
	uint64_t start_ns;
	uint64_t idle_ns; /* of all CPUs, since the system started */
	uint64_t ours_ns; /* CPU time of ours and of children that have ended */
};

/* Errors: those of reading /proc/stat. */
int disturbance_begin(struct disturbance *ret_disturbance);

/* The share of all CPUs, 0 to 1, that was neither idle nor ours since the beginning. */
int disturbance_end(const struct disturbance *disturbance, double *ret_share);

#endif
