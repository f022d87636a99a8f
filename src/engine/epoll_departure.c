/* epoll: departures, from the socket's error queue, many to a system call. */
#include <sys/socket.h>

#include "epoll.h"

/* Runs of datagrams become many messages: how many may be taken now? */
static uint32_t limit_of(const struct engine *engine, const struct connection *connection)
{
	return departures_run(engine, connection) ? BATCH_SLACK / DEPARTURE_RUN_MAX
						  : EPOLL_DEPARTURES;
}

bool epoll_receive_departures(struct engine *engine, struct connection *connection)
{
	struct mmsghdr headers[EPOLL_DEPARTURES];
	alignas(struct cmsghdr) uint8_t control[EPOLL_DEPARTURES][DEPARTURE_CONTROL];
	uint32_t limit = limit_of(engine, connection);
	struct departure departure;
	int got;

	for (uint32_t i = 0; i < limit; i++)
		headers[i] = (struct mmsghdr){ .msg_hdr = { .msg_control = control[i],
							    .msg_controllen = DEPARTURE_CONTROL } };
	engine->counters.system_calls++;
	got = recvmmsg(connection->fd, headers, limit, MSG_ERRQUEUE | MSG_DONTWAIT, NULL);
	if (got > 0)
		engine->counters.completions++;
	for (int i = 0; i < got; i++) {
		if (!departure_read(&headers[i].msg_hdr, &departure))
			continue;
		departure_resolve(engine, connection, departure.name, &departure);
		emit_departed(engine, connection, &departure);
	}
	if (got == (int)limit)
		return true;
	connection->departures &= (uint8_t)~DEPARTURES_UNREAD;
	return false;
}
