/*
 * Kernel features: one table. What each gains, how its presence is found (always by trying), and,
 * for an open engine, whether it was requested, whether it is in effect, and why not.
 */
#ifndef RINGSIDE_FEATURE_H
#define RINGSIDE_FEATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum feature_id {
	FEATURE_MULTISHOT_ACCEPT,
	FEATURE_MULTISHOT_RECEIVE,
	FEATURE_BUFFER_RING,
	FEATURE_INCREMENTAL,
	FEATURE_RECEIVE_BUNDLE,
	FEATURE_SEND_BUNDLE,
	FEATURE_DEFER_TASKRUN,
	FEATURE_COOP_TASKRUN,
	FEATURE_NO_SQARRAY,
	FEATURE_REGISTERED_RING,
	FEATURE_DIRECT,
	FEATURE_ZERO_COPY,
	FEATURE_SQPOLL,
	FEATURE_MIN_WAIT,
	FEATURE_NAPI,
	FEATURE_HUGE_PAGES,
	FEATURE_POLL_FIRST,
	FEATURE_PLAIN_SEND,
	FEATURE_QUIET_SEND,
	FEATURE_LARGE_BUFFERS,
	FEATURE_GRO,
	FEATURE_GSO,
	FEATURE_DEPARTURES,
	FEATURE_RESTRICTIONS,
	FEATURE_COUNT,
};

/* A row of the table. */
struct feature {
	const char *name;   /* as --features wants it */
	const char *gain;   /* what it is good for, in one line */
	const char *kernel; /* the first kernel that has it */
	const char *proof;  /* how its presence is found */
	uint32_t needs;	    /* bits (1 << id) of features it cannot do without */
	uint32_t excludes; /* bits of features it cannot be combined with; it wins, unless only they
			    * were asked for by name */
	bool standard;	   /* on by default */
	bool vital;	   /* engine_open_auto() takes epoll where it is refused */
	bool epoll;	   /* the epoll backend honours it too */
};

/* What was asked for: neither bit set means the default. */
struct feature_request {
	uint32_t on, off;
};

#define FEATURE_REASON_MAX 112

/* What an open engine, or a probe, knows of one feature. */
struct feature_state {
	bool present;	/* this kernel has it (an engine tries only what is requested) */
	bool requested; /* by name or by default */
	bool effective;
	char reason[FEATURE_REASON_MAX]; /* why not in effect, or why on; never empty */
};

extern const struct feature features[FEATURE_COUNT];

/*
 * Add "+name,-name,..." to a request; later words win. "+all" and "-all" are every feature, "none"
 * begins anew with all of them off.
 * Errors: EINVAL, with the offending word in *ret_word and its length in *ret_length.
 */
int feature_request_parse(const char *text, struct feature_request *request, const char **ret_word,
			  size_t *ret_length);

/*
 * Find out by trying what this kernel offers: fills present and reason of FEATURE_COUNT states.
 * Opens and closes small rings and sockets on loopback; takes a few milliseconds. Returns 0, or
 * the negative errno of io_uring_setup (then only what epoll honours can be present).
 */
int features_probe(struct feature_state *ret_states);

#endif
