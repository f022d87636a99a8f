/*
 * Scripted servers, which the load generator is tested against: they echo what they get over every
 * transport, in pieces and at a pace of their own, and some of their connections do what nobody
 * wants: stay silent, end too early, reset, vanish.
 */
#ifndef SIM_HOST_H
#define SIM_HOST_H

#include <stdint.h>

#include "place.h"

struct hosts;

/* Listen at the places. Errors: ENOMEM, those of bind and listen. */
int hosts_open(const struct place *places, uint32_t count, uint64_t seed, uint32_t pause_max_ns,
	       struct hosts **ret_hosts);
void hosts_close(struct hosts *hosts);

/* How many of their connections did, or suffered, what the load generator must complain about. */
uint64_t hosts_misdeeds(const struct hosts *hosts);

#endif
