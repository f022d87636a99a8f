/* Private to the epoll backend. */
#ifndef ENGINE_EPOLL_H
#define ENGINE_EPOLL_H

#include <stdbool.h>
#include <sys/epoll.h>

#include "backend.h"
#include "datagram.h"

#define EPOLL_EVENTS 512
#define EPOLL_DATAGRAMS 32u /* received, or runs of them sent, by one system call */
#define EPOLL_DEPARTURES 32u

/* Of a stamp: its time, its name, and what was asked for of datagrams that are received. */
#define DEPARTURE_CONTROL 512u

struct epoll {
	int fd;
	bool coarse;			 /* no epoll_pwait2: waits are whole milliseconds */
	uint32_t ready_head, ready_tail; /* connections that may have more to read */
	uint32_t receive_guess;		 /* how many datagrams the next call may bring */
	struct epoll_event events[EPOLL_EVENTS];
	struct mmsghdr receive[EPOLL_DATAGRAMS];
	struct iovec receive_vector[EPOLL_DATAGRAMS];
	struct mmsghdr send[EPOLL_DATAGRAMS];
	uint32_t send_count[EPOLL_DATAGRAMS]; /* segments in each run */
	struct send_scratch scratch[EPOLL_DATAGRAMS];
};

/* Register a socket, or change whether EPOLLOUT is wanted. */
void epoll_watch(struct engine *engine, struct connection *connection, bool out);

/* Read once; true if there may be more. */
bool epoll_receive_stream(struct engine *engine, struct connection *connection);
bool epoll_receive_datagrams(struct engine *engine, struct connection *connection);
bool epoll_receive_departures(struct engine *engine, struct connection *connection);

/* Send what is queued, until it is gone or the socket takes no more. */
void epoll_send_stream(struct engine *engine, struct connection *connection);
void epoll_send_datagrams(struct engine *engine, struct connection *connection);

#endif
