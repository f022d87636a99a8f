/*
 * What this kernel offers is found by doing each thing once. Versions and feature bits are not
 * asked: distributions backport, and filters forbid (docs/uring.md).
 */
#ifndef ENGINE_ATTEMPT_H
#define ENGINE_ATTEMPT_H

#include <stdbool.h>

#include <ringside/feature.h>

#include "departure.h"

/* Can there be a ring at all? 0, or a negative errno. */
int attempt_ring(void);

/* Use a feature, in a ring and on sockets of its own: 0, or a negative errno. */
int attempt_feature(enum feature_id id);

/* attempt_departure.c: the departure of a datagram, on a ring; and what names of them can be had
 * from a socket's error queue. */
int attempt_departures(void);
enum departure_naming attempt_naming(void);

/* Does a multishot receive that waits lose the end of a UNIX stream when it comes with the last
 * bytes? Kernels from 6.17 on did, till it was mended in 2026: they took a queue that was empty
 * after these for all there was. True too where it cannot be tried. */
bool attempt_end_lost(void);

/* attempt_restrictions.c: a ring that may do one thing does not do another. */
int attempt_restrictions(void);

/* attempt_ringless.c: a UDP socket takes the option; a mapping gets a huge page. */
int attempt_gro(void);
int attempt_gso(void);
int attempt_huge_pages(void);

/* A UDP socket that is connected to itself, or a negative errno. */
int attempt_udp_loop(void);

#endif
