/*
 * Does each worker serve? Asked the way a client does: by a datagram to its engine, which has to
 * come back. Each worker has a socket of its own for that, which hears the other end of its pair
 * alone; what passes there is no listener's, and is counted nowhere.
 *
 * Life of a worker's end:	opened here -> taken by the engine of its thread, which closes it
 */
#ifndef SERVE_PULSE_H
#define SERVE_PULSE_H

#include <stdbool.h>
#include <stdint.h>

#include <ringside/engine.h>

#include "base/error.h"

/* What a worker needs of its engine for it: one more listener, and some datagram buffers. */
#define PULSE_LISTENERS 1
#define PULSE_BUFFERS 4u

enum pulse_state {
	PULSE_BEATS,
	PULSE_SILENT, /* no answer in time */
	PULSE_ENDED,  /* its engine has closed its end */
};

struct pulse;

/* Errors: those of socketpair() and pthread_mutex_init(), ENOMEM, with a sentence. */
int pulse_open(uint32_t worker_count, struct pulse **ret_pulse, struct error *ret_error);
/* NULL is fine. */
void pulse_close(struct pulse *pulse);

/* The end of a worker, whose engine closes it from now on. */
int pulse_take(struct pulse *pulse, uint32_t worker);

/* The options that an engine listens with at it. */
extern const struct listener_options pulse_listener_options;

/* The service behind it: give every datagram back as it came. */
void pulse_answer(struct message *run, uint32_t count);

/*
 * Ask all workers at once, and wait for up to limit_ns in all. Any thread; one asks at a time.
 * ret_states: one a worker; NULL: not wanted. Returns how many are silent.
 */
uint32_t pulse_check(struct pulse *pulse, uint64_t limit_ns, enum pulse_state *ret_states);

#endif
