/*
 * Streams and records that say when they arrived: they are received by recvmsg(), behind a head
 * like a datagram's (datagram.h), which has no name.
 */
#ifndef ENGINE_STAMPED_H
#define ENGINE_STAMPED_H

#include "backend.h"

static inline bool is_stamped(const struct connection *connection)
{
	return connection->kind != KIND_DATAGRAM && connection_is(connection, CONNECTION_CONTROL);
}

/* How long are the data behind a buffer's head? A record may be longer than the buffer. */
uint32_t stamped_length(const struct engine *engine, uint32_t buffer);

/* A buffer with some in it: emit it, or let it go. */
void stamped_received(struct engine *engine, struct connection *connection, uint32_t buffer);

#endif
