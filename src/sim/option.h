/* The options of sockets: a table with a row each, and a number each. */
#ifndef SIM_OPTION_H
#define SIM_OPTION_H

#include "socket_struct.h"

enum socket_option {
	OPTION_REUSEADDR,
	OPTION_REUSEPORT,
	OPTION_KEEPALIVE,
	OPTION_SNDBUF,
	OPTION_RCVBUF,
	OPTION_BROADCAST,
	OPTION_PRIORITY,
	OPTION_MARK,
	OPTION_BUSY_POLL,
	OPTION_PREFER_BUSY_POLL,
	OPTION_INCOMING_CPU,
	OPTION_RXQ_OVFL,
	OPTION_PASSCRED,
	OPTION_TIMESTAMPNS,
	OPTION_TIMESTAMPING,
	OPTION_LINGER_ON,
	OPTION_LINGER_S,
	OPTION_TOS,
	OPTION_TTL,
	OPTION_IP_PKTINFO,
	OPTION_IP_RECVTOS,
	OPTION_IP_RECVTTL,
	OPTION_IP_RECVERR,
	OPTION_IP_MTU_DISCOVER,
	OPTION_V6ONLY,
	OPTION_TCLASS,
	OPTION_HOPS,
	OPTION_V6_PKTINFO,
	OPTION_V6_RECVTCLASS,
	OPTION_V6_RECVHOPS,
	OPTION_NODELAY,
	OPTION_USER_TIMEOUT,
	OPTION_TCP_OTHER, /* accepted, and without an effect here */
	OPTION_UDP_SEGMENT,
	OPTION_UDP_GRO,
	OPTION_COUNT,
};

_Static_assert(OPTION_COUNT <= SOCKET_OPTION_MAX, "each option has a place");

static inline int option_value(const struct sim_socket *socket, enum socket_option option)
{
	return socket->options.values[option];
}

/* What a fresh socket has. */
void socket_options_init(struct sim_socket *socket);

/* A number as options and messages have them: of one byte, two or four. */
int sim_number(const void *value, size_t length);

#endif
