/* The head of a received buffer: how much room stands before the data, and what is found there. */
#include <sys/un.h>

#include "datagram.h"

/* What a socket may be told: a packet info of either family and a segment size; a stamp; a hop
 * limit and a traffic class. */
#define ROOM_PLAIN (CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)))
#define ROOM_STAMP CMSG_SPACE(3 * sizeof(struct timespec))
#define ROOM_HEADER (2 * CMSG_SPACE(sizeof(int)))

const uint32_t control_rooms[CONTROL_KINDS] = {
	[CONTROL_UDP] = ROOM_PLAIN,
	[CONTROL_UDP_STAMP] = ROOM_PLAIN + ROOM_STAMP,
	[CONTROL_UDP_HEADER] = ROOM_PLAIN + ROOM_HEADER,
	[CONTROL_UDP_BOTH] = ROOM_PLAIN + ROOM_STAMP + ROOM_HEADER,
	[CONTROL_TCP] = ROOM_STAMP,
	/* Not a byte more: it would be filled with descriptors that a peer sends (SCM_RIGHTS), and
	 * nobody would close them. The stamp comes first. */
	[CONTROL_UNIX] = CMSG_SPACE(sizeof(struct timespec)),
};

const uint32_t name_rooms[NAME_KINDS] = {
	[NAME_INET] = 32,
	[NAME_UNIX] = 112,
};

static_assert(32 >= sizeof(struct sockaddr_in6), "an inet name fits");
static_assert(112 >= sizeof(struct sockaddr_un), "a UNIX name fits");

uint8_t *datagram_name(const struct engine *engine, uint32_t buffer)
{
	return buffer_memory(engine, buffer) + sizeof(struct datagram_head);
}

void datagram_receive_header(const struct engine *engine, const struct connection *connection,
			     uint32_t buffer, struct msghdr *ret_header, struct iovec *vector)
{
	uint8_t *memory = buffer_memory(engine, buffer);
	uint32_t name = datagram_name_room(connection);
	uint32_t control = datagram_control_room(connection);
	uint32_t before = datagram_before(connection);

	vector->iov_base = memory + before;
	vector->iov_len = engine->buffers.pools[connection->pool].receive - before;
	*ret_header = (struct msghdr){
		.msg_name = name > 0 ? datagram_name(engine, buffer) : NULL,
		.msg_namelen = name,
		.msg_control = control > 0 ? datagram_name(engine, buffer) + name : NULL,
		.msg_controllen = control,
		.msg_iov = vector,
		.msg_iovlen = 1,
	};
}

void datagram_received_header(const struct engine *engine, uint32_t buffer,
			      const struct msghdr *header, uint32_t length)
{
	struct datagram_head *head = (struct datagram_head *)buffer_memory(engine, buffer);

	*head = (struct datagram_head){ .name_length = header->msg_namelen,
					.control_length = (uint32_t)header->msg_controllen,
					.data_length = length,
					.flags = (uint32_t)header->msg_flags };
}

struct msghdr datagram_control(const struct engine *engine, const struct connection *connection,
			       uint32_t buffer)
{
	const struct datagram_head *head = (const struct datagram_head *)buffer_memory(engine,
										       buffer);

	return (struct msghdr){ .msg_control = datagram_name(engine, buffer) +
					       datagram_name_room(connection),
				.msg_controllen = connection_is(connection, CONNECTION_CONTROL)
							  ? head->control_length
							  : 0 };
}

const struct cmsghdr *control_find(struct msghdr *header, int level, int type)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(header);

	while (control != NULL && (control->cmsg_level != level || control->cmsg_type != type))
		control = CMSG_NXTHDR(header, control);
	return control;
}

void datagram_arrival(const struct engine *engine, const struct connection *connection,
		      uint32_t buffer, struct arrival *ret_arrival)
{
	struct msghdr header = datagram_control(engine, connection, buffer);

	arrival_read(&header, ret_arrival);
}
