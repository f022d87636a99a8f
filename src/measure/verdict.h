/*
 * Whose fault are the figures? A generator that was too slow measures itself. The verdict comes
 * from evidence alone, and is printed with it.
 */
#ifndef MEASURE_VERDICT_H
#define MEASURE_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What a thread of the generator may be busy, without what it polled in vain, before it is taken
 * for the bottleneck; and the server's CPU. */
#define VERDICT_BUSY_SHARE 0.95
/* How late its requests may leave through its own fault, 99th percentile. */
#define VERDICT_TIMER_ERROR_NS 1000000ull
/* How much of an open loop's rate may be missing before it has not been held. */
#define VERDICT_RATE_MISSING_SHARE 0.01

enum bottleneck { BOTTLENECK_NEITHER, BOTTLENECK_GENERATOR, BOTTLENECK_SERVER };

struct evidence {
	double generator_busy; /* busiest thread: CPU time less polling, of the window; 0..1 */
	double server_busy;    /* the same of the server's busiest thread; < 0: not known */
	uint64_t timer_error_p99_ns; /* open loop: what the generator itself was late */
	uint64_t slip_p99_ns;	     /* open loop: what requests left late for whatever reason */
	double rate_wanted;	     /* open loop; 0: closed loop */
	double rate_sent;	     /* requests that left, a second */
	uint64_t skipped;	     /* requests that --slip skip did not send */
	uint64_t missing_ns;	   /* for so long no request has left that would make up the rate */
	uint64_t own_delay_max_ns; /* the longest that the generator itself held a request back;
				      * UINT64_MAX: not known */
};

#define VERDICT_REASON_MAX 160

struct verdict {
	enum bottleneck bottleneck;
	bool rate_held;			 /* true for closed loops */
	char reason[VERDICT_REASON_MAX]; /* one clause with the figures: "its busiest thread ..." */
	struct evidence evidence;
};

/* Index: enum bottleneck: "neither", "generator", "server"; NULL-terminated. */
extern const char *const bottleneck_names[];

/* Which of several verdicts is to be told? The one with the greatest: a rate that was not held
 * spoils the figures most, then a generator that was too slow. */
int verdict_gravity(enum bottleneck bottleneck, bool rate_held);

/*
 * The generator, if its busiest thread was busy or it was late by itself (unless far more of the
 * rate is missing than that could hold back); else the server, if its
 * busiest thread was busy or, in an open loop, requests could not leave in time although the
 * generator would have sent them; else neither.
 */
void verdict_make(const struct evidence *evidence, struct verdict *ret_verdict);

/* {"bottleneck", "rate_held", "reason", "evidence": {"generator_busy_share", "server_busy_share",
 * "timer_error_p99_ns", "slip_p99_ns", "rate_wanted_per_s", "rate_sent_per_s", "skipped"}}.
 * Evidence that is not known, or that a closed loop does not have, is null. NULL: no memory. */
json_t *verdict_to_json(const struct verdict *verdict);

#endif
