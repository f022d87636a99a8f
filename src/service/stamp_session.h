/*
 * Sessions of a Session-Reflector: who asks, told apart by address, port and SSID, and what was
 * counted of it. A table is allocated once; when it is full, whoever has been silent for longer
 * than STAMP_SESSION_IDLE_NS makes room, and if nobody has, there is none for newcomers.
 */
#ifndef SERVICE_STAMP_SESSION_H
#define SERVICE_STAMP_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <ringside/message.h>

#define STAMP_SESSION_IDLE_NS 60000000000

/* A departure's name has so many bits of the answer's sequence number, the rest is the session. */
#define STAMP_DEPARTURE_BITS 12

/* When an earlier answer has left. */
struct stamp_follow_up {
	uint32_t sequence;
	int64_t departed_ns;
	enum stamp_source source; /* STAMP_NONE: not known of any */
};

/* Of all zeroes: a new one. */
struct stamp_session {
	uint32_t received, sent; /* requests, and answers given */
	bool awaits_departure;
	uint32_t awaited; /* the sequence number of the last answer whose departure was asked for */
	struct stamp_follow_up follow_up;
};

struct stamp_session_table;

/* Room for count sessions, 0 to SERVICE_SESSIONS_MAX. NULL: no memory. Closing takes NULL too. */
struct stamp_session_table *stamp_sessions_open(uint32_t count);
void stamp_sessions_close(struct stamp_session_table *table);

/* The session of a peer and SSID, a new one if it has none or was silent for too long. NULL: the
 * table is full, or peers of that kind have no sessions (UNIX sockets). now_ns: CLOCK_MONOTONIC. */
struct stamp_session *stamp_session_find(struct stamp_session_table *table,
					 const struct sockaddr *peer, uint16_t ssid,
					 uint64_t now_ns);

/* Name the departure of an answer of a session of the table, for message.departure. */
uint32_t stamp_session_await(struct stamp_session_table *table, struct stamp_session *session,
			     uint32_t sequence);

/* A departure so named has come. One whose session is gone is left out. */
void stamp_session_departed(struct stamp_session_table *table, const struct message *message);

#endif
