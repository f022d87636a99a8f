/* The limits on answers at work, in one thread. */
#ifndef SERVE_LIMITER_H
#define SERVE_LIMITER_H

#include <stdint.h>

#include <ringside/message.h>

#include "rate_plan.h"

/* Sources that a thread remembers, of 16 bytes each. */
#define LIMITER_SOURCES 65536

/* Of those answers that are over the limit of their source, one in so many is given all the same:
 * else whoever forges somebody's address could silence us for him. */
#define LIMITER_LEAK 4

struct limiter;

/* Errors: those of bucket_table_open(). The caller owns it; plan must outlive it. */
int limiter_open(struct rate_plan *plan, struct limiter **ret_limiter);

/* NULL is fine. */
void limiter_close(struct limiter *limiter);

/* May an answer of this UDP listener go to peer now? REFUSED_NOT or REFUSED_RATE. Ask last: it
 * counts what goes out. */
enum message_refusal limiter_check(struct limiter *limiter, uint16_t listener,
				   const struct sockaddr *peer);

#endif
