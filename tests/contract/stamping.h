/* What the tests of arrivals share: an engine that is asked for them, and times of the peer's. */
#ifndef CONTRACT_STAMPING_H
#define CONTRACT_STAMPING_H

#include <ringside/engine.h>

#include "hand.h"

/* A time before and one after the peer has sent something, by CLOCK_REALTIME. */
struct moment {
	int64_t before_ns, after_ns;
};

int64_t wall_ns(void);

/* An engine whose listeners and clients are asked for this (enum ancillary). */
void stamping_open(struct hand *hand, uint32_t ancillary);

/* Wait until the kernel stamps. */
void stamping_ready(void);

/* Send, and look at the clock before and after. */
struct moment stamping_send(int fd, const void *bytes, size_t length);

/* The message carries a time of its sender's system call, taken by the kernel. */
void stamping_check(const struct message *message, const struct moment *moment);

/* It carries the engine's time, which is later. */
void stamping_check_own(const struct message *message, const struct moment *moment);

#endif
