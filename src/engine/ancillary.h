/*
 * What the kernel is asked to tell of a socket's messages beside their data. It comes as control
 * messages: a socket from which some come has CONNECTION_CONTROL, and all that is received from it
 * stands in its buffer behind a head (datagram.h). Where the kernel refuses, nothing is told; that
 * is no error, since each message says who took its time.
 */
#ifndef ENGINE_ANCILLARY_H
#define ENGINE_ANCILLARY_H

#include "backend.h"

/* Ask for what connection->ancillary says, of a listener, a datagram socket (after
 * datagram_start()) or a client that is not connected yet. */
void ancillary_start(struct connection *connection);

/* The same for what a listener has accepted. */
void ancillary_accepted(const struct connection *listener, struct connection *connection);

#endif
