/*
 * engine_send_to(): a datagram of the program's own. Its output buffer gets the head of one that
 * was received from whom it goes to, so that it is addressed as any other answer is.
 */
#include <errno.h>
#include <string.h>

#include "datagram.h"
#include "hot.h"

#define UDP_DATA_MAX 65507u

static uint32_t data_room(const struct engine *engine, const struct connection *connection)
{
	uint32_t size = engine->buffers.pools[POOL_OUTPUT].size;
	uint32_t before = datagram_before(connection);
	uint32_t room = size > before ? size - before : 0;

	return connection_is(connection, CONNECTION_UDP) && room > UDP_DATA_MAX ? UDP_DATA_MAX
										: room;
}

/* A control message that says which address of ours it was; returns its length. */
static uint32_t put_local(uint8_t *control, const struct sockaddr *local)
{
	struct cmsghdr *message = (struct cmsghdr *)control;

	if (local->sa_family == AF_INET) {
		const struct sockaddr_in *inet = (const struct sockaddr_in *)local;
		struct in_pktinfo info = { .ipi_spec_dst = inet->sin_addr,
					   .ipi_addr = inet->sin_addr };

		*message = (struct cmsghdr){ .cmsg_level = IPPROTO_IP,
					     .cmsg_type = IP_PKTINFO,
					     .cmsg_len = CMSG_LEN(sizeof(info)) };
		memcpy(CMSG_DATA(message), &info, sizeof(info));
		return CMSG_SPACE(sizeof(info));
	}
	if (local->sa_family == AF_INET6) {
		const struct sockaddr_in6 *inet6 = (const struct sockaddr_in6 *)local;
		struct in6_pktinfo info = { .ipi6_addr = inet6->sin6_addr,
					    .ipi6_ifindex = inet6->sin6_scope_id };

		*message = (struct cmsghdr){ .cmsg_level = IPPROTO_IPV6,
					     .cmsg_type = IPV6_PKTINFO,
					     .cmsg_len = CMSG_LEN(sizeof(info)) };
		memcpy(CMSG_DATA(message), &info, sizeof(info));
		return CMSG_SPACE(sizeof(info));
	}
	return 0;
}

/* Returns where the data begin. */
static uint8_t *write_head(const struct engine *engine, const struct connection *connection,
			   uint32_t buffer, const struct datagram *to)
{
	uint8_t *memory = buffer_memory(engine, buffer);
	struct datagram_head *head = (struct datagram_head *)memory;
	uint8_t *name = memory + sizeof(*head);

	*head = (struct datagram_head){ .name_length = to->peer_length };
	memcpy(name, to->peer, to->peer_length);
	if (to->local != NULL && datagram_control_room(connection) > 0)
		head->control_length = put_local(name + datagram_name_room(connection), to->local);
	return memory + datagram_before(connection);
}

int engine_send_to(struct engine *engine, uint32_t number, const struct datagram *to,
		   const void *bytes, uint32_t length)
{
	struct connection *connection = connection_at(engine, number);
	uint32_t buffer, segment;
	uint8_t *data;

	if (connection->state != STATE_OPEN)
		return -ENOTCONN;
	if (!connection_is(connection, CONNECTION_NAMED))
		return -EISCONN;
	if (to->peer == NULL || to->peer_length <= sizeof(to->peer->sa_family))
		return -EDESTADDRREQ;
	if (to->peer_length > datagram_name_room(connection))
		return -EINVAL;
	if (length > data_room(engine, connection))
		return -EMSGSIZE;
	buffer = buffer_take(engine, POOL_OUTPUT);
	if (buffer == NONE) {
		engine->hungry = true;
		return -EAGAIN;
	}
	data = write_head(engine, connection, buffer, to);
	if (length > 0)
		memcpy(data, bytes, length);
	segment = segment_take(engine, buffer, data, length);
	engine->buffers.segments[segment].traffic_class = to->traffic_class;
	connection_queue(engine, connection, segment);
	return 0;
}
