/* Datagrams and records: what is sent and received as a whole. */
#ifndef SIM_MESSAGE_H
#define SIM_MESSAGE_H

#include "socket_struct.h"

struct sim_message {
	struct sim_message *next;
	struct socket_name from, to;
	uint32_t length;
	uint32_t piece; /* UDP_GRO: it is made of pieces that long; 0: it is one */
	int traffic_class, hop_limit;
	int64_t stamp_ns; /* CLOCK_REALTIME of its arrival */
	uint8_t bytes[];
};

/* The bytes from an offset of what is sent. NULL: no memory. Freed by free(). */
struct sim_message *message_make(const struct msghdr *header, size_t offset, uint32_t length);

void message_queue_finish(struct message_queue *queue);
void message_queue_add(struct message_queue *queue, struct sim_message *message);

/* The first one taken out, the caller's now; there is one. */
struct sim_message *message_queue_take(struct message_queue *queue);

/* Bytes of the first one, or of all. */
uint32_t message_queue_unread(const struct message_queue *queue, bool all);

/* Copy it into what a program receives with, cut off if there is no room. Returns what recvmsg(2)
 * does. */
ssize_t message_tell(const struct sim_message *message, struct msghdr *header, int flags);

#endif
