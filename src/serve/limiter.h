/* The limits on answers at work. */
#ifndef SERVE_LIMITER_H
#define SERVE_LIMITER_H

#include <stdint.h>

#include <ringside/message.h>

#include "rate_plan.h"

/* Of those answers that are over the limit of their source, one in so many is given all the same:
 * else whoever forges somebody's address could silence us for him. */
#define LIMITER_LEAK 4

/* May an answer of this UDP listener go to peer now? REFUSED_NOT or REFUSED_RATE. Ask last: it
 * counts what goes out. Any thread. */
enum message_refusal limiter_check(struct rate_plan *plan, uint16_t listener,
				   const struct sockaddr *peer);

#endif
