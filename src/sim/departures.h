/*
 * When what was sent has left, told by the error queue of a socket: SO_TIMESTAMPING with
 * SOF_TIMESTAMPING_TX_SOFTWARE, of the socket or of one datagram. A name is a count of datagrams,
 * the offset of a stream's byte, or what the sender chose.
 */
#ifndef SIM_DEPARTURES_H
#define SIM_DEPARTURES_H

#include "control.h"
#include "socket_struct.h"

/* SO_TIMESTAMPING is being set. Errors: EINVAL. */
int departures_ask(struct sim_socket *socket, uint32_t flags);

/* A datagram, or so many bytes of a stream (said NULL), were sent. */
void departures_add(struct sim_socket *socket, const struct control_said *said, uint32_t bytes);

/* As recvmsg(2) with MSG_ERRQUEUE. */
ssize_t departures_receive(struct sim_socket *socket, struct msghdr *header);

void departures_finish(struct sim_socket *socket);

#endif
