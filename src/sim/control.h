/* Control messages: what a program is told beside the data, and what it may say. */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include "message.h"
#include "socket_struct.h"

/* What was said beside the data that is sent. */
struct control_said {
	struct socket_name source; /* the address to send from; length 0: none was given */
	uint32_t segment;	   /* UDP_SEGMENT; 0: one datagram */
	int traffic_class;	   /* -1: that of the socket */
	uint32_t stamping;	   /* SO_TIMESTAMPING of this one datagram */
	bool is_named;		   /* its departure has a name */
	uint32_t name;
};

/* Errors: EINVAL. */
int control_read(const struct sim_socket *socket, const struct msghdr *header,
		 struct control_said *ret_said);

/* What was asked for of what arrived: of a stream its time, of a message all. */
void control_of_stream(const struct sim_socket *socket, struct msghdr *header);
void control_of_message(const struct sim_socket *socket, const struct sim_message *message,
			struct msghdr *header);

/* What an error queue tells: when what had a name has left. */
void control_of_departure(const struct sim_socket *socket, uint32_t name, int64_t at_ns,
			  struct msghdr *header);

#endif
