#include "departures.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <stdlib.h>

#include "option.h"
#include "world.h"

/* What the receive buffer of a socket holds of them; others are lost. */
#define DEPARTURE_MAX 250u
#define DELAY_NS_MIN 500u
#define DELAY_NS_SPREAD 4095u /* a mask */

struct sim_departure {
	struct sim_departure *next;
	uint32_t name;
	int64_t at_ns; /* CLOCK_REALTIME */
};

int departures_ask(struct sim_socket *socket, uint32_t flags)
{
	struct departures *departures = &socket->departures;
	uint32_t before = (uint32_t)option_value(socket, OPTION_TIMESTAMPING);

	if (!(flags & SOF_TIMESTAMPING_OPT_ID) || before & SOF_TIMESTAMPING_OPT_ID)
		return 0;
	if (socket->protocol == IPPROTO_TCP && socket->state != SOCKET_CONNECTED)
		return -EINVAL;
	departures->named = 0;
	return 0;
}

static uint32_t name_of(struct departures *departures, const struct control_said *said,
			uint32_t bytes)
{
	if (!said)
		return departures->named - 1;
	return said->is_named ? said->name : departures->named++;
}

static void leave(void *argument)
{
	struct sim_socket *socket = argument;
	struct departures *departures = &socket->departures;

	departures->event = 0;
	departures->ready = departures->count;
	file_changed(&socket->file, POLLERR);
}

void departures_add(struct sim_socket *socket, const struct control_said *said, uint32_t bytes)
{
	struct departures *departures = &socket->departures;
	uint32_t flags = (uint32_t)option_value(socket, OPTION_TIMESTAMPING);
	uint32_t asked = flags | (said ? said->stamping : 0);
	struct sim_departure *departure;
	uint32_t name;

	if (!said)
		departures->named += bytes;
	if (!(asked & SOF_TIMESTAMPING_TX_SOFTWARE) || !(flags & SOF_TIMESTAMPING_SOFTWARE))
		return;
	name = flags & SOF_TIMESTAMPING_OPT_ID ? name_of(departures, said, bytes) : 0;
	departure = departures->count < DEPARTURE_MAX ? malloc(sizeof(*departure)) : NULL;
	if (!departure)
		return;
	*departure = (struct sim_departure){ .name = name, .at_ns = world_wall_ns() };
	*departures->tail = departure;
	departures->tail = &departure->next;
	departures->count++;
	if (departures->event == 0)
		departures->event = world_at(world_now_ns() + DELAY_NS_MIN +
						     (world_random() & DELAY_NS_SPREAD),
					     leave, socket);
}

static struct sim_departure *take(struct departures *departures)
{
	struct sim_departure *first = departures->head;

	departures->head = first->next;
	if (!departures->head)
		departures->tail = &departures->head;
	departures->count--;
	if (departures->ready > 0)
		departures->ready--;
	return first;
}

ssize_t departures_receive(struct sim_socket *socket, struct msghdr *header)
{
	struct departures *departures = &socket->departures;
	struct sim_departure *departure;

	if (departures->ready == 0)
		return -EAGAIN;
	departure = take(departures);
	header->msg_flags = MSG_ERRQUEUE;
	header->msg_namelen = 0;
	control_of_departure(socket, departure->name, departure->at_ns, header);
	free(departure);
	return 0;
}

void departures_finish(struct sim_socket *socket)
{
	world_forget(socket->departures.event);
	while (socket->departures.head)
		free(take(&socket->departures));
}
