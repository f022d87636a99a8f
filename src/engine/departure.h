/*
 * Departures: when what was sent has left this host (ANCILLARY_DEPARTURE).
 *
 * A datagram asks for its stamp, and names it, by control messages of its own; so one that did not
 * ask has none. A stream is stamped whole, and its names are offsets that the kernel counts. The
 * stamps wait in the socket's error queue, each an empty packet: epoll reads it, io_uring makes
 * completions of them (feature departures).
 */
#ifndef ENGINE_DEPARTURE_H
#define ENGINE_DEPARTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct connection;
struct engine;
struct message;

/* What struct connection says in .departures. */
enum departure_flag {
	DEPARTURES_WANTED = 1 << 0, /* asked for, of a socket that can have them */
	DEPARTURES_READ = 1 << 1,   /* the socket is set up: its stamps are to be read */
	DEPARTURES_TOLD = 1 << 2,   /* what is sent from now on is stamped */
	DEPARTURES_ARMED = 1 << 3,  /* uring: the command is with the kernel */
	DEPARTURES_UNREAD = 1 << 4, /* epoll: the error queue may hold some */
	DEPARTURES_STUCK = 1 << 5,  /* uring: so may it, and the command does not look */
};

/* How the stamps of datagrams get their names. */
enum departure_naming {
	NAMING_NONE,	/* not at all */
	NAMING_COUNTED, /* the kernel counts the datagrams that are stamped (before 6.13) */
	NAMING_CHOSEN,	/* each datagram brings its own */
};

/*
 * The datagrams of a run (UDP_SEGMENT) leave together and have one stamp. A client's run tells in
 * its name how many they are: the upper bits name the first one, as far as they reach.
 */
#define DEPARTURE_RUN_BITS 6 /* a run has 64 at most */
#define DEPARTURE_RUN_MAX (1u << DEPARTURE_RUN_BITS)

struct departure {
	uint32_t name; /* of the first, if they are several */
	uint32_t count;
	int64_t at_ns;
	bool hardware; /* stamped by the network card */
};

/* Which naming an engine's datagrams have, by its features and what its config asks for. On epoll
 * it is tried on a socket: what is found once stays, and what failed is tried again. */
enum departure_naming departure_naming(const struct engine *engine);

/* Have a socket tell departures: one of datagrams that has sent nothing yet, or a client's stream
 * that is open now. Without effect on others, and where they are not wanted or not to be had. */
void departures_start(struct engine *engine, struct connection *connection);

/* A segment that engine_send() has made, where departures are wanted; or a reply that asks for its
 * own: can it be told? */
void departure_of_send(struct engine *engine, struct connection *connection, uint32_t segment);
void departure_of_reply(struct engine *engine, const struct connection *connection,
			const struct message *message);

/* The flags of SO_TIMESTAMPING that a datagram which asks brings along. */
uint32_t departure_request(const struct connection *connection);

/* The kernel has taken a segment that asks, or it never will: is its departure lost? */
void departure_settle(struct engine *engine, const struct connection *connection, bool taken);

/* The kernel did not take a segment now. */
void departure_failed(const struct engine *engine, struct connection *connection, uint32_t segment);

/* Can departures of several datagrams be told by one stamp? */
bool departures_run(const struct engine *engine, const struct connection *connection);

/* The name that the kernel is given for the datagram called first and those that leave with it. */
uint32_t departure_name(const struct engine *engine, const struct connection *connection,
			uint32_t first, uint32_t count);

/* What the kernel's name stands for: sets name and count. */
void departure_resolve(const struct engine *engine, const struct connection *connection,
		       uint32_t name, struct departure *departure);

/* What recvmsg(MSG_ERRQUEUE) has brought, by the kernel's name; false: nothing of the kind. */
bool departure_read(struct msghdr *header, struct departure *ret_departure);

#endif
