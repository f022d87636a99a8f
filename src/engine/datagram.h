/*
 * Datagrams: what stands in a buffer before the data, and how answers are addressed.
 *
 * A received buffer:	head | name (room for one) | control (room, or none) | data
 *
 * This is the layout of io_uring's multishot recvmsg (struct io_uring_recvmsg_out); everybody else
 * fills in the same one. A connected socket has neither name nor control.
 */
#ifndef ENGINE_DATAGRAM_H
#define ENGINE_DATAGRAM_H

#include <netinet/in.h>
#include <stdalign.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "backend.h"

#define SEND_VECTOR 64u /* segments in one send: what UDP_SEGMENT takes at most */

#define COALESCED_MAX 128u /* datagrams that arrive as one at most (64 before kernel 6.10) */

struct datagram_head {
	uint32_t name_length;
	uint32_t control_length;
	uint32_t data_length;
	uint32_t flags; /* of recvmsg(): MSG_TRUNC */
};

/* What one sendmsg() needs, or connect(), kept until the kernel has read it. */
struct send_scratch {
	struct sockaddr_storage name; /* connect() only: answers point at what was received */
	struct msghdr header;
	struct iovec vector[SEND_VECTOR];
	alignas(struct cmsghdr) uint8_t
		control[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t)) +
			2 * CMSG_SPACE(sizeof(uint32_t))];
};

/* Set up a datagram socket: which pool, which headroom; asks the kernel for control messages. */
int datagram_start(struct engine *engine, struct connection *connection);

/* Room for the name and for control messages before the data. */
uint32_t datagram_name_room(const struct connection *connection);
uint32_t datagram_control_room(const struct connection *connection);

/* Describe buffer as what recvmsg() shall fill; vector is the caller's. */
void datagram_receive_header(const struct engine *engine, const struct connection *connection,
			     uint32_t buffer, struct msghdr *ret_header, struct iovec *vector);

/* Write into the buffer what recvmsg() said of it. */
void datagram_received_header(const struct engine *engine, uint32_t buffer,
			      const struct msghdr *header, uint32_t length);

/* A buffer with a datagram in it (or several of them, coalesced): emit it. */
void datagram_received(struct engine *engine, struct connection *connection, uint32_t buffer);

/* Does a full socket tell when it takes more? A UNIX peer whose queue is full cannot be waited for
 * by a socket with many peers: that one is writable all the time. */
static inline bool datagram_waits(const struct connection *connection)
{
	return connection_is(connection, CONNECTION_UDP | CONNECTION_CLIENT);
}

/* Address the datagram at segment, together with those behind it that can go in the same send
 * (UDP_SEGMENT). Returns how many segments that is. */
uint32_t datagram_address(const struct engine *engine, const struct connection *connection,
			  uint32_t segment, struct send_scratch *scratch);

/* Take count segments off the queue, to be in flight together; returns the first. */
uint32_t datagram_detach(struct engine *engine, struct connection *connection, uint32_t count);

/* Their send has ended with result (bytes, or a negative errno). */
void datagram_sent(struct engine *engine, struct connection *connection, uint32_t segment,
		   int result);

/* Which address of ours a received datagram was sent to; false if that was not asked for. */
bool datagram_local(const struct engine *engine, const struct connection *connection,
		    uint32_t buffer, struct sockaddr_storage *ret_local);

#endif
