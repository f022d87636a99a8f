/* epoll: departures, from the socket's error queue, many to a system call. */
#include <sys/socket.h>

#include "epoll.h"

bool epoll_receive_departures(struct engine *engine, struct connection *connection)
{
	struct mmsghdr headers[EPOLL_DEPARTURES];
	alignas(struct cmsghdr) uint8_t control[EPOLL_DEPARTURES][DEPARTURE_CONTROL];
	struct departure departure;
	int got;

	for (uint32_t i = 0; i < EPOLL_DEPARTURES; i++)
		headers[i] = (struct mmsghdr){ .msg_hdr = { .msg_control = control[i],
							    .msg_controllen = DEPARTURE_CONTROL } };
	engine->counters.system_calls++;
	got = recvmmsg(connection->fd, headers, EPOLL_DEPARTURES, MSG_ERRQUEUE | MSG_DONTWAIT,
		       NULL);
	if (got > 0)
		engine->counters.completions++;
	for (int i = 0; i < got; i++) {
		if (departure_read(&headers[i].msg_hdr, &departure))
			emit_departed(engine, connection, &departure);
	}
	if (got == (int)EPOLL_DEPARTURES)
		return true;
	connection->departures &= (uint8_t)~DEPARTURES_UNREAD;
	return false;
}
