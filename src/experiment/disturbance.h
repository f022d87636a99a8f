/*
 * How much of the CPUs went to others while we measured: programs beside ours, and the host of a
 * virtual machine. Where that is much the figures are not worth keeping.
 */
#ifndef EXPERIMENT_DISTURBANCE_H
#define EXPERIMENT_DISTURBANCE_H

#include <stdint.h>

struct disturbance {
	uint64_t start_ns;
	uint64_t nobodys_ns; /* of all CPUs, since the system started: idle, or as below */
	uint64_t ours_ns;    /* CPU time of ours and of children that have ended */
};

/* root stands before /proc ("" is this machine). Errors: those of reading /proc/stat. */
int disturbance_begin(const char *root, struct disturbance *ret_disturbance);

/*
 * The share of all CPUs, 0 to 1, that was neither idle nor ours since the beginning. Time in
 * interrupts, most of which is the work of a network, is charged to the process that they hit; a
 * kernel that charges it to nobody would make our own packets look like other programs: there it
 * is not counted.
 */
int disturbance_end(const char *root, const struct disturbance *disturbance, double *ret_share);

#endif
