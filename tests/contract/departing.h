/* What the tests of departures share: whether there are any in this run, and what is expected. */
#ifndef CONTRACT_DEPARTING_H
#define CONTRACT_DEPARTING_H

#include "hand.h"

enum { DEPARTING_MANY = 60 };

/* Can they be had in this run? io_uring needs its feature, which a run may have switched off. */
bool departing_told(const struct hand *hand);

/* Does this kernel let a datagram name its stamp (6.13)? Replies need that. */
bool departing_named(void);

/* Connect a client, and see it opened. */
uint32_t departing_connect(struct hand *hand, int type, const struct address *to);

/* Serve a socket bound to at, whose replies may ask; returns where it is bound. */
struct address departing_listen(struct hand *hand, int type, const struct address *at);

/* The next message is the departure of this name, between a look at the clock and now. */
int64_t departing_expect(struct hand *hand, uint32_t connection, uint32_t name, int64_t after_ns);

/* The next messages are count departures, DEPARTING_MANY at most, with names from first on. */
void departing_collect(struct hand *hand, uint32_t connection, uint32_t first, uint32_t count);

/* None is left in the batch, and no message comes. */
void departing_expect_none(struct hand *hand);

#endif
