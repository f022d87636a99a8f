/*
 * A socket, as the files of this folder see it.
 *
 *	FRESH ──► LISTENING
 *	   └────► CONNECTING ──► CONNECTED ──► ENDED (reset, or both sides closed)
 *	                └──────────────────────► ENDED (refused)
 */
#ifndef SIM_SOCKET_STRUCT_H
#define SIM_SOCKET_STRUCT_H

#include "byte_queue.h"
#include "socket.h"

enum socket_state {
	SOCKET_FRESH,
	SOCKET_LISTENING,
	SOCKET_CONNECTING,
	SOCKET_CONNECTED,
	SOCKET_ENDED,
};

struct socket_name {
	union {
		struct sockaddr any;
		struct sockaddr_in inet;
		struct sockaddr_in6 inet6;
		struct sockaddr_un local;
	};
	socklen_t length; /* 0: none */
};

/* What differs between the kinds of sockets. All but the names are mandatory. */
struct socket_kind {
	const char *name;
	int (*connect)(struct sim_socket *socket, const struct socket_name *to);
	ssize_t (*receive)(struct sim_socket *socket, struct msghdr *header, int flags);
	ssize_t (*send)(struct sim_socket *socket, const struct msghdr *header, int flags);
	uint32_t (*ready)(const struct sim_socket *socket);
	/* What the other side is told; the flags of the socket itself have been set. */
	void (*shut)(struct sim_socket *socket, bool read, bool write);
	/* The last reference has gone: what the others are told, and what this kind has made. */
	void (*finish)(struct sim_socket *socket);
};

extern const struct socket_kind kind_tcp, kind_unix_stream, kind_unix_record, kind_unix_datagram,
	kind_udp;

/* Bytes on their way to a socket, and those that are there. */
struct incoming {
	struct byte_queue bytes;
	uint32_t visible; /* have arrived: of the queue's beginning */
	bool end_follows; /* a FIN behind the bytes */
	bool reset_follows;
	uint64_t arrival; /* the event; 0: none */
};

struct sim_message;

/* Datagrams and records that have arrived. */
struct message_queue {
	struct sim_message *head, **tail;
	uint32_t count;
	uint32_t bytes;
};

struct sim_departure;

/* When what was sent has left; the first of them have, and are ready to be told. */
struct departures {
	struct sim_departure *head, **tail;
	uint32_t count, ready;
	uint32_t named; /* datagrams, or bytes of a stream, since names were asked for */
	uint64_t event; /* the next ones leave */
};

/* Connections that nobody has accepted yet. */
struct accept_queue {
	struct sim_socket *head, **tail;
	uint32_t count, max;
};

/* Options as numbers, by the rows of option.c. */
#define SOCKET_OPTION_MAX 40

struct socket_options {
	int values[SOCKET_OPTION_MAX];
};

struct sim_socket {
	struct file file;
	const struct socket_kind *kind;
	int domain, type, protocol;
	enum socket_state state;
	bool peer;	      /* no faults happen to it */
	bool read_ended;      /* nothing more will come: the other's end, or our shutdown */
	bool write_ended;     /* our shutdown, or the connection's end */
	bool ended_by_fin;    /* TCP: a receive tells the end before any error */
	bool connect_pending; /* TCP: connect(2) has not said yet that it is connected */
	bool vanished; /* nothing that it sends arrives, nothing that is sent to it is read */
	bool stuck;    /* FAULT_SEND_AGAIN, FAULT_SHORT_SEND: no room until the event */
	int error;     /* for SO_ERROR and the next call */
	struct socket_name name, remote;
	struct sim_socket *bound_next, **bound_before; /* with the same name or port */
	struct sim_socket *other;		       /* of a connection; weak */
	struct incoming in;
	struct message_queue messages;
	struct departures departures;
	struct accept_queue accepting;
	struct sim_socket *accept_next;
	struct sim_socket *refused_first; /* UNIX datagrams: whom it had no room for */
	struct sim_socket *refused_next, **refused_before; /* among those of a receiver */
	uint64_t event;					   /* connecting, stuck, or timing out */
	uint64_t unstick_event;
	uint64_t last_due_ns; /* of what it has sent */
	uint32_t swallowed;   /* bytes sent to one that has vanished */
	uint64_t taken;	      /* bytes that the other has read: TCP has them acknowledged then */
	uint32_t tries;	      /* of a connect */
	uint32_t dropped;     /* datagrams that found no room */
	int64_t stamp_ns;     /* CLOCK_REALTIME of the latest arrival */
	struct socket_options options;
};

static inline bool socket_is_unix(const struct sim_socket *socket)
{
	return socket->domain == AF_UNIX;
}

/* Does this fault happen to it? Never to a peer's. */
bool socket_fault(const struct sim_socket *socket, enum fault fault);

/* How long something is under way. */
uint64_t socket_delay_ns(void);

/* It takes nothing more for a while, and says so. */
void socket_stick(struct sim_socket *socket);

/* The pending error, told once: negative; 0: none. */
int socket_take_error(struct sim_socket *socket);

/* A socket like its listener: what it accepts. Errors: ENOMEM. */
int socket_child(const struct sim_socket *listener, struct sim_socket **ret_socket);

/* The connection has ended for a reason (positive errno): this side is told. */
void socket_break(struct sim_socket *socket, int error);

#endif
