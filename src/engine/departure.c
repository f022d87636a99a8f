/* Departures: which sockets and datagrams ask for them, by what names, and what comes back. */
#include "departure.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h> /* needs <time.h> before it */

#include "attempt.h"
#include "backend.h"
#include "kernel.h"
#include "stamping.h"

static enum departure_naming naming_try(void)
{
	static atomic_int found = NAMING_NONE;

	/* Two threads that try at the same time find the same. */
	if (atomic_load(&found) == NAMING_NONE)
		atomic_store(&found, (int)attempt_naming());
	return (enum departure_naming)atomic_load(&found);
}

/* Can stamps be read at all? */
static bool readable(const struct engine *engine)
{
	return engine->backend == &backend_epoll || feature_on(engine, FEATURE_DEPARTURES);
}

enum departure_naming departure_naming(const struct engine *engine)
{
	uint32_t asked = engine->config.client_ancillary | engine->config.listener_ancillary;

	if (!(asked & ANCILLARY_DEPARTURE) || !readable(engine))
		return NAMING_NONE;
	/* The feature's trial has chosen its name. */
	return engine->backend == &backend_epoll ? naming_try() : NAMING_CHOSEN;
}

static bool is_client(const struct connection *connection)
{
	return connection_is(connection, CONNECTION_CLIENT);
}

static bool is_datagram(const struct connection *connection)
{
	return connection->kind == KIND_DATAGRAM;
}

/* May this socket have departures by now, if the kernel can? The offsets of a stream count from
 * where it stands when they are asked for. */
static bool has_stamps(const struct connection *connection)
{
	int protocol = 0;
	socklen_t length = sizeof(protocol);

	if (is_datagram(connection))
		return connection_is(connection, CONNECTION_UDP);
	return is_client(connection) && connection->state == STATE_OPEN &&
	       getsockopt(connection->fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) == 0 &&
	       protocol == IPPROTO_TCP;
}

/* A count of datagrams names those of a client, if all of them are counted; a reply has a name that
 * the program chose. */
static bool can_name(const struct engine *engine, const struct connection *connection)
{
	return !is_datagram(connection) || engine->naming == NAMING_CHOSEN ||
	       (engine->naming == NAMING_COUNTED && is_client(connection));
}

uint32_t departure_request(const struct connection *connection)
{
	bool hardware = connection->ancillary & ANCILLARY_HARDWARE;

	return SOF_TIMESTAMPING_TX_SOFTWARE | (hardware ? SOF_TIMESTAMPING_TX_HARDWARE : 0u);
}

/* The name alone comes back, not the packet. A stream cannot ask one send at a time. */
static uint32_t option_of(const struct connection *connection)
{
	bool hardware = connection->ancillary & ANCILLARY_HARDWARE;
	uint32_t option = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
			  SOF_TIMESTAMPING_OPT_TSONLY;

	option |= hardware ? SOF_TIMESTAMPING_RAW_HARDWARE : 0u;
	return is_datagram(connection) ? option : option | departure_request(connection);
}

static bool set_option(const struct connection *connection)
{
	uint32_t option = option_of(connection) | stamping_arrival_flags(connection->ancillary);

	if (!is_datagram(connection) && stamping_set(connection->fd, option | KERNEL_STAMP_WRITTEN))
		return true;
	return stamping_set(connection->fd, option);
}

void departures_start(struct engine *engine, struct connection *connection)
{
	if (!(connection->ancillary & ANCILLARY_DEPARTURE) || connection->departures != 0 ||
	    !has_stamps(connection))
		return;
	connection->departures = DEPARTURES_WANTED;
	if (readable(engine) && can_name(engine, connection) && set_option(connection))
		connection->departures |= DEPARTURES_READ | DEPARTURES_TOLD;
}

static bool tells(const struct connection *connection)
{
	return (connection->departures & DEPARTURES_TOLD) != 0;
}

void departure_of_send(struct engine *engine, struct connection *connection, uint32_t number)
{
	struct segment *segment = &engine->buffers.segments[number];

	if (!(connection->departures & DEPARTURES_WANTED))
		return;
	engine->counters.departures_lost += !tells(connection);
	segment->departure = connection->sends++;
	segment->departs = tells(connection) && is_datagram(connection);
}

void departure_of_reply(struct engine *engine, const struct connection *connection,
			const struct message *message)
{
	struct segment *segment = &engine->buffers.segments[message->buffer];

	segment->departure = message->departure;
	segment->departs = tells(connection) && is_datagram(connection) &&
			   engine->naming == NAMING_CHOSEN;
	engine->counters.departures_lost += !segment->departs;
}

void departure_settle(struct engine *engine, const struct connection *connection, bool taken)
{
	engine->counters.departures_lost += !taken || !tells(connection);
}

/* Whether the kernel has counted it depends on where it failed, and on the kernel: names may be one
 * off from here on, and none is better than a wrong one. */
void departure_failed(const struct engine *engine, struct connection *connection, uint32_t number)
{
	if (engine->buffers.segments[number].departs && engine->naming == NAMING_COUNTED)
		connection->departures &= (uint8_t)~DEPARTURES_TOLD;
}

/* When the driver took it, or the card put it on the wire, which is what hardware says. */
static bool read_time(const struct cmsghdr *control, struct departure *ret_departure)
{
	struct scm_timestamping times;
	const struct timespec *time;

	memcpy(&times, CMSG_DATA(control), sizeof(times));
	ret_departure->hardware = times.ts[2].tv_sec != 0 || times.ts[2].tv_nsec != 0;
	time = &times.ts[ret_departure->hardware ? 2 : 0];
	ret_departure->at_ns = (int64_t)time->tv_sec * (int64_t)NS_PER_S + time->tv_nsec;
	return ret_departure->at_ns != 0;
}

static bool read_name(const struct cmsghdr *control, struct departure *ret_departure)
{
	struct sock_extended_err error;

	memcpy(&error, CMSG_DATA(control), sizeof(error));
	ret_departure->name = error.ee_data;
	return error.ee_errno == ENOMSG && error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING &&
	       error.ee_info == SCM_TSTAMP_SND;
}

static bool is_error(const struct cmsghdr *control)
{
	return (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_RECVERR) ||
	       (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_RECVERR);
}

bool departure_read(struct msghdr *header, struct departure *ret_departure)
{
	struct departure departure = { 0 };
	bool timed = false, named = false;

	for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL;
	     control = CMSG_NXTHDR(header, control)) {
		if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPING)
			timed = read_time(control, &departure);
		else if (is_error(control))
			named = read_name(control, &departure);
	}
	if (!timed || !named)
		return false;
	*ret_departure = departure;
	return true;
}
