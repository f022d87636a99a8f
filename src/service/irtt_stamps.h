/*
 * The times in echoes of irtt's server, by two clocks: CLOCK_REALTIME, which the kernel stamps
 * arrivals with, and a monotonic one, to which the same moments are converted.
 */
#ifndef SERVICE_IRTT_STAMPS_H
#define SERVICE_IRTT_STAMPS_H

#include "irtt_session.h"

/* Echoes whose time is that of the middle: when they came must be known when they leave, and does
 * not stand in them. So many may be held back. */
#define IRTT_MIDPOINTS 4096

struct irtt_midpoint {
	uint64_t token;
	uint32_t sequence;
	int64_t received_ns;
};

struct irtt_stamps {
	int64_t start_ns;     /* what the monotonic clock is told from: how long this host is up is
			       * nobody's business */
	int64_t monotonic_ns; /* the monotonic clock, so told, less CLOCK_REALTIME */
	struct irtt_midpoint midpoints[IRTT_MIDPOINTS];
};

void irtt_stamps_init(struct irtt_stamps *ret_stamps);

/* Compare the clocks anew: once a batch, since one of them may be set. Returns CLOCK_MONOTONIC. */
uint64_t irtt_stamps_renew(struct irtt_stamps *stamps);

/* Write into an echo of the session when it came, or when it leaves: the latter again if that turns
 * out to be later. Both CLOCK_REALTIME. */
void irtt_stamps_arrive(struct irtt_stamps *stamps, const struct irtt_session *session,
			uint8_t *echo, int64_t received_ns);
void irtt_stamps_depart(struct irtt_stamps *stamps, const struct irtt_session *session,
			uint8_t *echo, int64_t wall_ns);

#endif
