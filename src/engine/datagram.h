/*
 * Datagrams: what stands in a buffer before the data, and how answers are addressed.
 *
 * A received buffer:	head | name (room for one) | control (room, or none) | data
 *
 * This is the layout of io_uring's multishot recvmsg (struct io_uring_recvmsg_out); everybody else
 * fills in the same one. A connected socket has no name. Streams and records have a head only if
 * they are stamped (stamped.h).
 */
#ifndef ENGINE_DATAGRAM_H
#define ENGINE_DATAGRAM_H

#include <netinet/in.h>
#include <stdalign.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "arrival.h"
#include "backend.h"

#define SEND_VECTOR 64u /* segments in one send: what UDP_SEGMENT takes at most */

#define COALESCED_MAX 128u /* datagrams that arrive as one at most (64 before kernel 6.10) */

struct datagram_head {
	uint32_t name_length;
	uint32_t control_length;
	uint32_t data_length;
	uint32_t flags; /* of recvmsg(): MSG_TRUNC */
};

/* How much room there is for names and for control messages: it depends on the socket, and on what
 * is asked for (head.c). */
enum name_kind { NAME_NONE, NAME_INET, NAME_UNIX, NAME_KINDS };

enum control_kind {
	CONTROL_NONE,
	CONTROL_UDP,
	CONTROL_UDP_STAMP,
	CONTROL_UDP_HEADER,
	CONTROL_UDP_BOTH,
	CONTROL_TCP,
	CONTROL_UNIX,
	CONTROL_KINDS,
};

extern const uint32_t name_rooms[NAME_KINDS], control_rooms[CONTROL_KINDS];

/* What one sendmsg() needs, or connect(), kept until the kernel has read it. */
struct send_scratch {
	struct sockaddr_storage name; /* connect() only: answers point at what was received */
	struct msghdr header;
	struct iovec vector[SEND_VECTOR];
	alignas(struct cmsghdr) uint8_t
		control[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint16_t)) +
			/* source, length of a run, traffic class; a departure, and its name */
			CMSG_SPACE(sizeof(int)) + 2 * CMSG_SPACE(sizeof(uint32_t))];
};

/* Set up a datagram socket: which pool (small: listener_options.small), which headroom; asks the
 * kernel for control messages. */
int datagram_start(struct engine *engine, struct connection *connection, bool small);

/* Who sends to it: nobody but its peer; UDP; UNIX datagrams. */
static inline enum name_kind name_kind(const struct connection *connection)
{
	if (!connection_is(connection, CONNECTION_NAMED))
		return NAME_NONE;
	return connection_is(connection, CONNECTION_UDP) ? NAME_INET : NAME_UNIX;
}

static inline enum control_kind control_kind(const struct connection *connection)
{
	/* A socket that tells departures may tell arrivals, too, before kernel 6.12. */
	bool stamp = (connection->ancillary & (ANCILLARY_ARRIVAL | ANCILLARY_DEPARTURE)) != 0;

	if (!connection_is(connection, CONNECTION_CONTROL))
		return CONTROL_NONE;
	if (!connection_is(connection, CONNECTION_UDP))
		return connection->kind == KIND_STREAM ? CONTROL_TCP : CONTROL_UNIX;
	if (connection->ancillary & ANCILLARY_HEADER)
		return stamp ? CONTROL_UDP_BOTH : CONTROL_UDP_HEADER;
	return stamp ? CONTROL_UDP_STAMP : CONTROL_UDP;
}

/* Room for the name and for control messages before the data. */
static inline uint32_t datagram_name_room(const struct connection *connection)
{
	return name_rooms[name_kind(connection)];
}

static inline uint32_t datagram_control_room(const struct connection *connection)
{
	return control_rooms[control_kind(connection)];
}

/* Where the data begin: after the head and both rooms. */
static inline uint32_t datagram_before(const struct connection *connection)
{
	return (uint32_t)sizeof(struct datagram_head) + datagram_name_room(connection) +
	       datagram_control_room(connection);
}

/* What the control messages in a buffer say of its arrival. */
void datagram_arrival(const struct engine *engine, const struct connection *connection,
		      uint32_t buffer, struct arrival *ret_arrival);

/* The sender's name in a buffer, and its control messages, as something CMSG_FIRSTHDR() walks. */
uint8_t *datagram_name(const struct engine *engine, uint32_t buffer);
struct msghdr datagram_control(const struct engine *engine, const struct connection *connection,
			       uint32_t buffer);

/* The first control message of a type, or NULL. */
const struct cmsghdr *control_find(struct msghdr *header, int level, int type);

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
