/*
 * Token buckets, one for each source of datagrams: an IPv4 address, or a /64 of IPv6, which is what
 * one customer has; of link-local ones the address itself. The table has a fixed size, so whoever
 * forges addresses can push others out of it: but not whom he likes, since the places are drawn by
 * a secret, and who is pushed out begins with a full bucket. Against that stands the ceiling
 * (ceiling.h).
 *
 * All threads share it, without a lock: a source that asks from many ports reaches each of them.
 */
#ifndef SERVE_BUCKET_H
#define SERVE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "allowance.h"

struct bucket_table;

/* So many a second, and burst of them at once. Both are 1 or more. */
struct allowance bucket_rate(uint32_t per_second, uint32_t burst);

/* A table of at least so many buckets of 16 bytes, touched. Errors: ENOMEM, those of getrandom().
 * The caller owns it. */
int bucket_table_open(uint32_t count, struct bucket_table **ret_table);

/* NULL is fine. */
void bucket_table_close(struct bucket_table *table);

/* What tells the source of an IPv4 or IPv6 address from others; never 0. */
uint64_t bucket_source(const struct sockaddr *address);

/* Take one from a source's bucket; false: it is empty. now_ns: of a clock that does not go back.
 * Any thread. */
bool bucket_take(struct bucket_table *table, uint64_t source, const struct allowance *rate,
		 uint64_t now_ns);

/* True once in so many times, and nobody can tell when. Any thread. */
bool bucket_chance(struct bucket_table *table, uint32_t times);

#endif
