/*
 * io_uring of a simulated machine. liburing's inline functions work on the memory of a struct
 * io_uring as always; those that enter the kernel are replaced (ring_calls.c) and do here what the
 * kernel does: take submissions, try each at once, keep what would wait (poll by a watcher), post
 * completions, pick buffers out of provided rings, cancel. What it does is what ../shared/uring.md
 * measured of Linux 6.18, its traps above all.
 *
 *	submission ──► operation (tried) ──► completed, at once or when its socket is ready
 *	                   └──► armed (multishot: many completions, F_MORE until the last)
 *
 * With IORING_SETUP_DEFER_TASKRUN completions of armed operations appear only when the task enters
 * the kernel for events; otherwise at any simulated call. Which of them comes first across
 * descriptors is drawn by the seed (FAULT_REORDER); for one descriptor the order is kept.
 */
#ifndef SIM_RING_H
#define SIM_RING_H

#include <stdint.h>

#include <liburing.h>

struct sim_ring;

/* The ring behind liburing's struct, or NULL if it is a real one. */
struct sim_ring *sim_ring_of(const struct io_uring *ring);

/* Operations under way, and completions that have not been taken: 0 when all has ended. */
uint32_t sim_ring_pending(const struct sim_ring *ring);

/* What a campaign switches off, to see the program do without: the kernel refuses it as one that
 * does not have it. By opcode and flag: enum feature_id would tie us to the engine. */
struct sim_ring_limits {
	uint64_t opcodes_missing[2]; /* 1 << opcode */
	uint64_t registers_missing;  /* 1 << IORING_REGISTER_... */
	uint32_t setup_missing;	     /* IORING_SETUP_... */
	int setup_error;	     /* of every io_uring_setup: -ENOSYS, -EPERM ...; 0: none */
};
void sim_ring_limit(const struct sim_ring_limits *limits); /* NULL: none */

/* How often the program has changed memory that a zero-copy send was still reading. */
uint64_t sim_ring_misuses(void);

#endif
