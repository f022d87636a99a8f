/* Datagrams: headroom, coalesced receives (UDP_GRO), runs of answers to one peer (UDP_SEGMENT). */
#include "datagram.h"
#include "hot.h"
#include "kernel.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/un.h>

#define UDP_DATA_MAX 65507u
#define RUN_BYTES_MAX 65000u

/* A socket bound to all addresses has to be told which one a datagram came to. */
static bool bound_to_all(int fd, int family)
{
	union {
		struct sockaddr any;
		struct sockaddr_in inet;
		struct sockaddr_in6 inet6;
	} name = { 0 };
	socklen_t length = sizeof(name);

	if (getsockname(fd, &name.any, &length) < 0)
		return false;
	if (family == AF_INET)
		return name.inet.sin_addr.s_addr == htonl(INADDR_ANY);
	return IN6_IS_ADDR_UNSPECIFIED(&name.inet6.sin6_addr);
}

static int start_udp(struct engine *engine, struct connection *connection, int family)
{
	const int on = 1;
	int fd = connection->fd, level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int option = family == AF_INET ? IP_PKTINFO : IPV6_RECVPKTINFO;

	connection->pool = POOL_DATAGRAM;
	connection->flags |= CONNECTION_UDP;
	if (engine->buffers.pools[POOL_DATAGRAM].count == 0)
		return -ENOBUFS;
	if (feature_on(engine, FEATURE_GSO))
		connection->flags |= CONNECTION_SEGMENTS;
	if (feature_on(engine, FEATURE_GRO)) {
		if (setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof(on)) < 0)
			return -errno;
		connection->flags |= CONNECTION_CONTROL;
	}
	if (connection_is(connection, CONNECTION_CLIENT) || !bound_to_all(fd, family))
		return 0;
	connection->flags |= CONNECTION_CONTROL;
	connection->told_local = true;
	return setsockopt(fd, level, option, &on, sizeof(on)) < 0 ? -errno : 0;
}

int datagram_start(struct engine *engine, struct connection *connection, bool small)
{
	int family;
	socklen_t length = sizeof(family);

	if (getsockopt(connection->fd, SOL_SOCKET, SO_DOMAIN, &family, &length) < 0)
		return -errno;
	if (!connection_is(connection, CONNECTION_CLIENT))
		connection->flags |= CONNECTION_NAMED;
	if (family == AF_INET || family == AF_INET6)
		return start_udp(engine, connection, family);
	connection->pool = small ? POOL_DATAGRAM : POOL_LARGE;
	return engine->buffers.pools[connection->pool].count == 0 ? -ENOBUFS : 0;
}

/* Into pieces of how many bytes did the kernel coalesce? */
static uint32_t piece_length(const struct engine *engine, const struct connection *connection,
			     uint32_t buffer, uint32_t length)
{
	struct msghdr header;
	const struct cmsghdr *control;
	int size;

	if (!feature_on(engine, FEATURE_GRO))
		return length;
	header = datagram_control(engine, connection, buffer);
	control = control_find(&header, SOL_UDP, UDP_GRO);
	if (control == NULL)
		return length;
	memcpy(&size, CMSG_DATA(control), sizeof(size));
	return size > 0 && (uint32_t)size < length ? (uint32_t)size : length;
}

/* The whole of a datagram may be answered with more than it brought, a coalesced piece may not. */
static uint32_t capacity_of(const struct engine *engine, const struct connection *connection,
			    uint32_t before)
{
	uint32_t room = engine->buffers.pools[connection->pool].size - before;

	return connection_is(connection, CONNECTION_UDP) && room > UDP_DATA_MAX ? UDP_DATA_MAX
										: room;
}

/* arrival: NULL if nobody asked. */
static struct message *emit_one(struct engine *engine, struct connection *connection,
				uint32_t segment, uint32_t capacity, const struct arrival *arrival)
{
	struct message *message = emit_data(engine, connection, segment, capacity);
	uint32_t buffer = engine->buffers.segments[segment].buffer;
	const struct datagram_head *head = (const struct datagram_head *)buffer_memory(engine,
										       buffer);

	if (connection_is(connection, CONNECTION_NAMED) && head->name_length > 0) {
		message->peer = (const struct sockaddr *)(head + 1);
		message->peer_length = (uint8_t)head->name_length;
	}
	if (arrival != NULL)
		arrival_tell(engine, connection, message, arrival);
	return message;
}

static void note_truncated(struct engine *engine, struct message *message)
{
	message->flags |= MESSAGE_TRUNCATED;
	engine->counters.datagrams_truncated++;
}

static void emit_pieces(struct engine *engine, struct connection *connection, uint32_t buffer,
			uint8_t *data, uint32_t length, uint32_t piece,
			const struct arrival *arrival)
{
	const struct datagram_head *head = (const void *)buffer_memory(engine, buffer);
	struct message *message = NULL;

	engine->counters.feature_uses[FEATURE_GRO]++;
	if (segments_low(engine) || (length - 1) / piece >= COALESCED_MAX) {
		engine->counters.datagrams_dropped++;
		buffer_release(engine, buffer);
		return;
	}
	for (uint32_t at = 0; at < length; at += piece) {
		uint32_t bytes = length - at < piece ? length - at : piece;

		if (at > 0)
			engine->buffers.table[buffer].references++;
		message = emit_one(engine, connection,
				   segment_take(engine, buffer, data + at, bytes), bytes, arrival);
	}
	/* What did not fit into the buffer is the end of them all. */
	if (head->flags & MSG_TRUNC)
		note_truncated(engine, message);
}

void datagram_received(struct engine *engine, struct connection *connection, uint32_t buffer)
{
	uint8_t *memory = buffer_memory(engine, buffer);
	const struct datagram_head *head = (const struct datagram_head *)memory;
	uint32_t before = datagram_before(connection);
	uint32_t length = head->data_length;
	uint32_t held = engine->buffers.pools[connection->pool].receive - before;
	struct arrival arrival, *asked = NULL;
	struct message *message;
	uint32_t piece;

	if (connection->ancillary & (ANCILLARY_ARRIVAL | ANCILLARY_HEADER)) {
		datagram_arrival(engine, connection, buffer, &arrival);
		asked = &arrival;
	}
	if (length > held)
		length = held;
	piece = piece_length(engine, connection, buffer, length);
	if (piece < length) {
		emit_pieces(engine, connection, buffer, memory + before, length, piece, asked);
		return;
	}
	message = emit_one(engine, connection,
			   segment_take(engine, buffer, memory + before, length),
			   capacity_of(engine, connection, before), asked);
	if (head->flags & MSG_TRUNC)
		note_truncated(engine, message);
}

/* The control message that says to which address of ours a datagram came, or NULL. Where it cannot
 * be there it is not looked for: that would be done several times for each datagram. */
static const struct cmsghdr *local_find(const struct connection *connection, struct msghdr *header)
{
	const struct cmsghdr *control;

	if (!connection->told_local)
		return NULL;
	control = control_find(header, IPPROTO_IP, IP_PKTINFO);
	return control != NULL ? control : control_find(header, IPPROTO_IPV6, IPV6_PKTINFO);
}

/* Did two come to the same? Of what else they say each has its own. */
static bool same_local(const struct engine *engine, const struct connection *connection, uint32_t a,
		       uint32_t b)
{
	struct msghdr headers[] = { datagram_control(engine, connection, a),
				    datagram_control(engine, connection, b) };
	const struct cmsghdr *one = local_find(connection, &headers[0]);
	const struct cmsghdr *other = local_find(connection, &headers[1]);

	if (one == NULL || other == NULL)
		return one == other;
	return one->cmsg_len == other->cmsg_len && memcmp(one, other, one->cmsg_len) == 0;
}

/* Do two received buffers have the same peer and the same address of ours? */
static bool same_way(const struct engine *engine, const struct connection *connection, uint32_t a,
		     uint32_t b)
{
	const struct datagram_head *one = (const struct datagram_head *)buffer_memory(engine, a);
	const struct datagram_head *other = (const struct datagram_head *)buffer_memory(engine, b);
	uint32_t bytes;

	if (a == b || !connection_is(connection, CONNECTION_NAMED))
		return true;
	/* The kernel zeroes sin_zero. */
	if (one->name_length != other->name_length ||
	    memcmp(one + 1, other + 1, one->name_length) != 0)
		return false;
	if (connection->ancillary != 0)
		return same_local(engine, connection, a, b);
	/* Control is compared whole: at worst too strict. */
	if (one->control_length != other->control_length)
		return false;
	bytes = connection_is(connection, CONNECTION_CONTROL) ? one->control_length : 0;
	return memcmp((const uint8_t *)(one + 1) + datagram_name_room(connection),
		      (const uint8_t *)(other + 1) + datagram_name_room(connection), bytes) == 0;
}

/* May a datagram that asks for its departure, or does not, leave with the first of a run? It is not
 * told apart then: only a client's are numbered one after the other. */
static bool departs_along(const struct segment *first, const struct segment *segment,
			  uint32_t distance)
{
	return segment->departs == first->departs &&
	       (!first->departs || segment->departure == first->departure + distance);
}

/* How many segments from here on can go as one run: one peer, one traffic class, one length (the
 * last: or less). A reply that asks for its own departure goes alone. */
static uint32_t run_length(const struct engine *engine, const struct connection *connection,
			   uint32_t number)
{
	const struct segment *segments = engine->buffers.segments;
	const struct segment *first = &segments[number];
	uint32_t count = 1, bytes = first->length;
	uint32_t at = first->next;

	if (!connection_is(connection, CONNECTION_SEGMENTS) || first->length == 0 ||
	    (first->departs && !departures_run(engine, connection)))
		return 1;
	while (at != NONE && count < SEND_VECTOR) {
		const struct segment *segment = &segments[at];

		bytes += segment->length;
		if (segment->length > first->length || segment->length == 0 ||
		    bytes > RUN_BYTES_MAX || segment->traffic_class != first->traffic_class ||
		    !departs_along(first, segment, count) ||
		    !same_way(engine, connection, first->buffer, segment->buffer))
			break;
		count++;
		if (segment->length < first->length)
			break;
		at = segment->next;
	}
	return count;
}

static void control_add(struct send_scratch *scratch, int level, int type, const void *data,
			size_t length)
{
	struct cmsghdr *control = (struct cmsghdr *)(scratch->control +
						     scratch->header.msg_controllen);

	/* As a whole: in some C libraries the length is narrower than in the kernel, with a member
	 * to fill the rest, and here are the bytes of the last message. */
	*control = (struct cmsghdr){
		.cmsg_level = level,
		.cmsg_type = type,
		.cmsg_len = (socklen_t)CMSG_LEN(length),
	};
	memcpy(CMSG_DATA(control), data, length);
	scratch->header.msg_control = scratch->control;
	scratch->header.msg_controllen += (socklen_t)CMSG_SPACE(length);
}

/* Answer from the address that was asked. The interface is left to routing, unless the address
 * means nothing without it. */
static void add_source(const struct engine *engine, const struct connection *connection,
		       uint32_t buffer, struct send_scratch *scratch)
{
	struct msghdr header = datagram_control(engine, connection, buffer);
	const struct cmsghdr *control = local_find(connection, &header);

	if (control == NULL)
		return;
	if (control->cmsg_level == IPPROTO_IP) {
		struct in_pktinfo info;

		memcpy(&info, CMSG_DATA(control), sizeof(info));
		info.ipi_ifindex = 0;
		control_add(scratch, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	} else {
		struct in6_pktinfo info;

		memcpy(&info, CMSG_DATA(control), sizeof(info));
		if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
			info.ipi6_ifindex = 0;
		control_add(scratch, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	}
}

/* The class of IPv4 is an option of IPv4, to an address that is mapped too. */
static void add_class(const struct sockaddr *peer, int traffic_class, struct send_scratch *scratch)
{
	const struct sockaddr_in6 *inet6 = (const struct sockaddr_in6 *)peer;

	if (peer->sa_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&inet6->sin6_addr))
		control_add(scratch, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class,
			    sizeof(traffic_class));
	else
		control_add(scratch, IPPROTO_IP, IP_TOS, &traffic_class, sizeof(traffic_class));
}

/* Ask for a stamp of this datagram, or run of them, and name it. */
static void add_departure(const struct engine *engine, const struct connection *connection,
			  uint32_t name, struct send_scratch *scratch)
{
	uint32_t request = departure_request(connection);

	control_add(scratch, SOL_SOCKET, SO_TIMESTAMPING, &request, sizeof(request));
	if (engine->naming == NAMING_CHOSEN)
		control_add(scratch, SOL_SOCKET, KERNEL_STAMP_ID, &name, sizeof(name));
}

uint32_t datagram_address(const struct engine *engine, const struct connection *connection,
			  uint32_t number, struct send_scratch *scratch)
{
	const struct segment *segments = engine->buffers.segments;
	const struct segment *first = &segments[number];
	uint32_t count = run_length(engine, connection, number);
	uint16_t length = (uint16_t)first->length;

	scratch->header = (struct msghdr){ .msg_iov = scratch->vector, .msg_iovlen = count };
	if (connection_is(connection, CONNECTION_NAMED)) {
		const struct datagram_head *head = (const struct datagram_head *)buffer_memory(
			engine, first->buffer);

		scratch->header.msg_name = datagram_name(engine, first->buffer);
		scratch->header.msg_namelen = head->name_length;
		if (connection_is(connection, CONNECTION_CONTROL))
			add_source(engine, connection, first->buffer, scratch);
		if (first->traffic_class != 0 && connection_is(connection, CONNECTION_UDP))
			add_class(scratch->header.msg_name, first->traffic_class, scratch);
	}
	if (first->departs && (connection->departures & DEPARTURES_TOLD))
		add_departure(engine, connection,
			      departure_name(engine, connection, first->departure, count), scratch);
	if (count > 1)
		control_add(scratch, SOL_UDP, UDP_SEGMENT, &length, sizeof(length));
	for (uint32_t i = 0; i < count; i++, number = segments[number].next)
		scratch->vector[i] = (struct iovec){ .iov_base = segments[number].data,
						     .iov_len = segments[number].length };
	return count;
}

uint32_t datagram_detach(struct engine *engine, struct connection *connection, uint32_t count)
{
	struct segment *segments = engine->buffers.segments;
	uint32_t head = connection->queue_head, last = head;

	connection->queued_bytes -= segments[head].length;
	for (uint32_t i = 1; i < count; i++) {
		last = segments[last].next;
		connection->queued_bytes -= segments[last].length;
	}
	connection->queue_head = segments[last].next;
	if (connection->queue_head == NONE)
		connection->queue_tail = NONE;
	segments[last].next = NONE;
	if (count > 1)
		engine->counters.feature_uses[FEATURE_GSO]++;
	return head;
}

/* A route or a device may refuse a run that single datagrams pass. */
static bool run_refused(const struct engine *engine, uint32_t segment, int result)
{
	return engine->buffers.segments[segment].next != NONE &&
	       (result == -EINVAL || result == -EMSGSIZE || result == -EIO);
}

void datagram_sent(struct engine *engine, struct connection *connection, uint32_t number,
		   int result)
{
	struct segment *segments = engine->buffers.segments;
	bool again = run_refused(engine, number, result);
	uint32_t next;

	if (again)
		connection->flags &= ~(uint32_t)CONNECTION_SEGMENTS;
	for (; number != NONE; number = next) {
		next = segments[number].next;
		if (again) {
			connection_queue(engine, connection, number);
			continue;
		}
		if (result >= 0) {
			engine->counters.messages_out++;
			engine->counters.bytes_out += segments[number].length;
		} else {
			engine->counters.datagrams_dropped++;
		}
		if (segments[number].departs)
			departure_settle(engine, connection, result >= 0);
		segment_release(engine, number);
	}
	connection->active_ms = connection->progress_ms = engine->now_ms;
}

bool datagram_local(const struct engine *engine, const struct connection *connection,
		    uint32_t buffer, struct sockaddr_storage *ret_local)
{
	struct msghdr header = datagram_control(engine, connection, buffer);
	const struct cmsghdr *control = local_find(connection, &header);

	if (control == NULL)
		return false;
	if (control->cmsg_level == IPPROTO_IP) {
		struct in_pktinfo info;

		memcpy(&info, CMSG_DATA(control), sizeof(info));
		*(struct sockaddr_in *)ret_local = (struct sockaddr_in){
			.sin_family = AF_INET, .sin_addr = info.ipi_addr
		};
	} else {
		struct in6_pktinfo info;

		memcpy(&info, CMSG_DATA(control), sizeof(info));
		*(struct sockaddr_in6 *)ret_local = (struct sockaddr_in6){
			.sin6_family = AF_INET6, .sin6_addr = info.ipi6_addr
		};
		/* Such an address means nothing without its interface. */
		if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
			((struct sockaddr_in6 *)ret_local)->sin6_scope_id = info.ipi6_ifindex;
	}
	return true;
}
