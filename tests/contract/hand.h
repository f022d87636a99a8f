/*
 * An engine turned by hand, in the test's own thread: for what depends on which messages stand in
 * one batch, and in which order things are done.
 */
#ifndef CONTRACT_HAND_H
#define CONTRACT_HAND_H

#include <ringside/engine.h>

#include "../lib/peer.h"
#include "setting.h"
#include "witness.h"

struct hand {
	struct engine *engine;
	struct witness *witness;
	uint32_t backlog, ancillary;
	struct message *batch;
	uint32_t count, at;
};

void hand_open(struct hand *hand, const struct engine_config *config);
void hand_close(struct hand *hand);

/* Serve a socket bound to at; returns where it is bound. */
struct address hand_listen(struct hand *hand, int type, const struct address *at);

/* One turn: the batch is settled, the next one is in hand->batch. */
uint32_t hand_turn(struct hand *hand, uint64_t wait_ns);

/* The next message: of this batch, or of as many turns as it takes. */
struct message *hand_next(struct hand *hand);

/* The next message is of this kind. */
struct message *hand_expect(struct hand *hand, enum message_kind kind);

/* Turn until a peer's socket can be read; no message may come meanwhile. */
void hand_await_input(struct hand *hand, int fd);

/* Receive exactly length bytes on a peer's socket, turning all the while. */
void hand_receive(struct hand *hand, int fd, void *bytes, size_t length);

#endif
