/*
 * The engine moves messages between sockets and the program, one batch at a time, and never calls
 * back: the program owns the loop.
 *
 *	struct message *batch;
 *	int count;
 *
 *	while (running && (count = engine_turn(engine, wait_ns, &batch)) >= 0)
 *		service->answer(state, batch, (uint32_t)count, wall_ns);
 *
 * One turn: settle the last batch (send the replies it was given, take its buffers back), submit,
 * wait, fill the next batch.
 *
 * Life of a connection:	opened -> data ... -> closed; its number is reused only after the
 *				turn that follows MESSAGE_CLOSED.
 * Life of a buffer:		free -> filled by the kernel -> message -> being sent -> free.
 *
 * An engine belongs to one thread; only engine_wake() may be called from another one. Functions
 * return 0 (or a count) or a negative errno, and leave what ret_x points at alone on failure.
 */
#ifndef RINGSIDE_ENGINE_H
#define RINGSIDE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <ringside/feature.h>
#include <ringside/message.h>

struct backend;
struct engine;

/* How long a turn polls before it sleeps: always this long, or (ENGINE_SPIN_AUTO) up to
 * ENGINE_SPIN_AUTO_NS while messages keep coming inside that window. */
#define ENGINE_SPIN_AUTO UINT64_MAX
#define ENGINE_SPIN_AUTO_NS 50000ull

/* The least buffer_size and large_size with ANCILLARY_ARRIVAL: the time stands before the data. */
#define ENGINE_STAMPED_SIZE_MIN 256u

/* Wait without a limit, for engine_turn(). */
#define ENGINE_WAIT_FOREVER UINT64_MAX

/*
 * What the kernel tells of messages beside their data, for those who ask: it costs some per cent of
 * a datagram. Where a socket has no such thing (stamps of a UNIX stream, departures of any UNIX
 * socket, headers of anything but UDP) the message says so in .stamp, or no message comes.
 */
enum ancillary {
	ANCILLARY_ARRIVAL = 1 << 0,   /* message.arrived_ns by the kernel (SO_TIMESTAMPING) */
	ANCILLARY_DEPARTURE = 1 << 1, /* MESSAGE_DEPARTED: of clients over UDP and TCP, and of what
				       * a UDP listener answers; on io_uring feature departures */
	ANCILLARY_HARDWARE = 1 << 2,  /* both of these by the network card, where it stamps */
	ANCILLARY_HEADER = 1 << 3,    /* message.hop_limit, .traffic_class and .answer_class */
};

/*
 * Everything an engine allocates is sized here and allocated by engine_open(). Take the values of
 * engine_config_init() and change what you know better. Sizes are bytes, times nanoseconds.
 */
struct engine_config {
	uint32_t connection_max; /* listeners, connections and clients together; their numbers, as
				  * in message.connection, are all below it */
	uint32_t batch_max;	 /* messages a turn hands out at most */
	uint32_t buffer_size;	 /* of a stream's receive buffer */
	uint32_t buffer_count;
	uint32_t large_size; /* of the buffers for bulk streams and for UNIX records */
	uint32_t large_count;
	uint32_t datagram_size; /* of a UDP receive buffer, headroom included; count 0: no UDP */
	uint32_t datagram_count;
	uint32_t output_size; /* of the buffers behind engine_send() and MESSAGE_OPENED */
	uint32_t output_count;
	uint32_t reply_room;	  /* bytes by which a reply may exceed its message on a stream */
	uint32_t queue_bytes_max; /* waiting to be sent on one stream before it is read no more */
	uint32_t backlog;	  /* of the listeners; connections accepted ahead stay below it */
	uint64_t idle_timeout_ns; /* a stream without a byte either way is closed; 0: never */
	uint64_t send_timeout_ns; /* a stream whose peer takes nothing is reset; 0: never */
	uint64_t linger_ns;	  /* how long a hung-up stream's input is drained */
	uint64_t spin_ns;	  /* see ENGINE_SPIN_AUTO */
	uint32_t zero_copy_min;	  /* feature zero_copy: sends of at least so many bytes */
	uint32_t min_wait_count;  /* feature min_wait: completions to wait for ... */
	uint32_t min_wait_us;	  /* ... but no longer than this once the first has come */
	uint32_t busy_poll_us;	  /* feature napi */
	/*
	 * enum ancillary, of all clients. With ANCILLARY_DEPARTURE every engine_send() on a client
	 * is followed by a MESSAGE_DEPARTED, unless it is lost on the way. Its .departure is, for
	 * datagrams, how many engine_send() went before on that connection; for a TCP stream the
	 * offset of the last byte of that send(2) among all that were sent on it. Both modulo 2^32.
	 * Datagrams that leave as one run (feature gso) have one time, which is that of the first.
	 * They wait in the socket's receive buffer (SO_RCVBUF), which holds some 250 of them by
	 * default; what finds it full is lost without being counted. What cannot be told, since the
	 * kernel refuses to stamp it or to send it, is counted (departures_lost).
	 */
	uint32_t client_ancillary;
	/* enum ancillary, of all listeners together: what a ring has to be made for. With
	 * ANCILLARY_ARRIVAL here or above, sizes are ENGINE_STAMPED_SIZE_MIN or more. */
	uint32_t listener_ancillary;
	uint32_t completion_count; /* io_uring: entries of the completion ring, 1024 or more;
				    * 0: enough for connection_max */
	struct feature_request features;
};

/* What accept4(2) or its operation fails with. */
enum accept_error {
	ACCEPT_EMFILE,
	ACCEPT_ENFILE,
	ACCEPT_ENOMEM,
	ACCEPT_ENOBUFS,
	ACCEPT_ECONNABORTED,
	ACCEPT_OTHER,
	ACCEPT_ERROR_COUNT,
};

/* Plain counters of one engine, written by its thread; another thread may read them while it runs
 * and sees values that are at most a little old. */
struct engine_counters {
	uint64_t turns;
	uint64_t messages_in, messages_out;
	uint64_t bytes_in, bytes_out;
	uint64_t accepted;
	uint64_t connected;
	uint64_t closed;
	uint64_t accept_errors;
	uint64_t accept_errors_by[ACCEPT_ERROR_COUNT]; /* the same; index: enum accept_error */
	uint64_t connections_refused;	/* accepted with no slot or descriptor left, and closed at
				       * once */
	uint64_t connections_forbidden; /* of users that the listener does not allow */
	uint64_t receive_starved;	/* no receive buffer was free (io_uring: -ENOBUFS) */
	uint64_t receive_paused;	/* a peer that does not read is read no more */
	uint64_t send_short;
	uint64_t send_errors;
	uint64_t datagrams_truncated;
	uint64_t datagrams_dropped;  /* replies the kernel did not take */
	uint64_t arrivals_unstamped; /* ANCILLARY_ARRIVAL without a time of the kernel's */
	uint64_t departures_lost; /* asked for by MESSAGE_DEPARTURE or of a client, and refused */
	uint64_t idle_timeouts, send_timeouts;
	uint64_t system_calls; /* on the data path: io_uring_enter, epoll_wait, recv, send ... */
	uint64_t completions;  /* CQEs, or system calls that succeeded on the data path */
	uint64_t cq_overflows;
	uint64_t multishot_rearmed;
	uint64_t spins, spin_hits; /* waits that polled first; those that a message ended */
	uint64_t spin_ns;	   /* time spent polling */
	/* How often a feature really did its work; index: enum feature_id. */
	uint64_t feature_uses[FEATURE_COUNT];
};

/* Options of one listener. */
struct listener_options {
	/* The program speaks first or for ever (daytime, chargen): MESSAGE_OPENED comes with a
	 * buffer to write a reply into, and when that has been sent MESSAGE_SENT brings it back. */
	bool talks;
	/* Other engines accept on the same socket: take connections one at a time, so that each
	 * gets its share. */
	bool shared;
	/* The socket stays open with whoever passed it: a drain leaves what waits there, be it
	 * connections or datagrams, to the next server. */
	bool kept;
	/* UNIX datagrams: none is longer than engine_config.datagram_size, less some 200 bytes for
	 * the sender's name. They take the buffers of UDP then, which no stream can use up. */
	bool small;
	/* enum ancillary, nothing that engine_config.listener_ancillary has not. */
	uint32_t ancillary;
	/* UNIX sockets that are connected to: users whose connections are taken (SO_PEERCRED, which
	 * says who they were when they connected). Others are closed before anything is read of
	 * them, and counted (connections_forbidden). The array is the program's, as long as the
	 * engine is open. NULL: everybody. Such a listener makes no use of feature direct. */
	const uid_t *allowed_uids;
	uint32_t allowed_uid_count;
};

/* The backend called name ("uring", "epoll"), or NULL. Static; thread-safe. */
const struct backend *backend_find(const char *name);

/* A backend's name, as given to backend_find(). */
const char *backend_name(const struct backend *backend);

/* Fill in the defaults. */
void engine_config_init(struct engine_config *ret_config);

/*
 * Open an engine on a backend, with all its memory.
 *
 * Errors: whatever the kernel says of io_uring_setup or epoll_create1 (ENOSYS, EPERM, ENOMEM,
 * EMFILE, EINVAL), ENOMEM, EINVAL for a config that contradicts itself. The caller owns the engine.
 */
int engine_open(const struct backend *backend, const struct engine_config *config,
		struct engine **ret_engine);

/*
 * Open an engine on io_uring, or on epoll where that cannot be opened, whatever the error, or where
 * it lacks buffer_ring or multishot_receive although they were not switched off. On fallback
 * *ret_reason (if not NULL) is a static sentence that says why, otherwise NULL.
 */
int engine_open_auto(const struct engine_config *config, struct engine **ret_engine,
		     const char **ret_reason);

/* Close every socket, cancel what is armed and wait for it, so that the ports can be bound again
 * as soon as this returns. NULL is fine. Closes listening sockets and clients too. */
void engine_close(struct engine *engine);

const struct backend *engine_backend(const struct engine *engine);
const struct engine_counters *engine_counters(const struct engine *engine);

/* Requested, effective and why, for each feature: FEATURE_COUNT entries, owned by the engine. */
const struct feature_state *engine_features(const struct engine *engine);

/*
 * Wait until the kernel stamps arrivals. It begins for the whole system at once, but only some half
 * a millisecond after the first socket has asked, and no call says when: until then a datagram has
 * no time of the kernel's, and old socket options make one up that is as late as the receive. So
 * call this when the engine's sockets exist, and before anybody is told that they do or the first
 * request leaves; where there is no such socket any more, the kernel ends it again. It sends itself
 * datagrams on loopback until one is older than its receive. Call it from any thread, once for all
 * engines; sockets of AF_UNIX need no such wait.
 *
 * Errors: ETIME (not within limit_ns; 100 ms is long), or what the kernel says of those datagrams.
 * The engine works all the same: what has no stamp says so.
 */
int engine_stamps_ready(uint64_t limit_ns);

/*
 * Serve a bound socket: TCP, UNIX stream or UNIX seqpacket that listens, or UDP or UNIX datagram.
 * The engine owns fd from here on, also on failure. *ret_listener (may be NULL) is what
 * message.listener will say.
 *
 * Errors: ENOSPC (no slot), EPROTOTYPE (a kind of socket that is not served), ENOBUFS (datagrams
 * without datagram buffers in the config), EINVAL (options->ancillary has what
 * engine_config.listener_ancillary has not), or what the kernel says.
 */
int engine_listen(struct engine *engine, int fd, const struct listener_options *options,
		  uint16_t *ret_listener);

/*
 * Connect an unconnected socket to peer; MESSAGE_OPENED or MESSAGE_CLOSED with an error follows.
 * Datagram sockets are connected too and hear from that peer alone. The engine owns fd from here
 * on, also on failure.
 *
 * Errors: ENOSPC, EPROTOTYPE, ENOBUFS as above.
 */
int engine_connect(struct engine *engine, int fd, const struct sockaddr *peer,
		   socklen_t peer_length, uint32_t *ret_connection);

/*
 * Send bytes on an open connection (a datagram or record: one whole message). They are copied.
 * Order: after the replies of the batches already settled; in order with other engine_send() calls.
 *
 * Errors: ENOTCONN (not open, or hung up), EAGAIN (no output buffer is free now, nothing was
 * taken: try again after a turn), EMSGSIZE (longer than all output buffers, or than one datagram),
 * EDESTADDRREQ (a datagram listener has many peers: engine_send_to()).
 */
int engine_send(struct engine *engine, uint32_t connection, const void *bytes, uint32_t length);

/*
 * Send one datagram from a datagram listener to a peer that engine_datagram() has named, at any
 * time after that: to.peer, from the address of ours that to.local says (NULL, or a socket that is
 * bound to one address: from there). Bytes and addresses are copied. Order: as engine_send(). No
 * MESSAGE_DEPARTED tells of it.
 *
 * Errors: EAGAIN as above, EMSGSIZE (longer than a UDP datagram, or than one output buffer less 256
 * bytes for the addresses), EISCONN (the connection has its one peer: engine_send()), ENOTCONN (not
 * open), EDESTADDRREQ (no peer: it has no name, so it cannot be answered), EINVAL (an address that
 * is too long).
 */
int engine_send_to(struct engine *engine, uint32_t connection, const struct datagram *to,
		   const void *bytes, uint32_t length);

/*
 * Say that the program still owes a connection an answer, which it will give by engine_send() or
 * engine_send_to(), or owes none any more. While it does, the engine does not close the connection
 * because the peer has sent its last, or because it drains: then engine_busy() stays true. Timeouts
 * go on, and a peer that resets is gone. The promise ends with the connection.
 */
void engine_owe(struct engine *engine, uint32_t connection, bool owing);

/* Close a connection once what is queued has been sent: its output is shut down, its input drained
 * for a moment so that the peer sees no reset, then MESSAGE_CLOSED. No more data messages come. */
void engine_hang_up(struct engine *engine, uint32_t connection);

/* Close a connection at once, whatever is queued, with a reset; MESSAGE_CLOSED follows. */
void engine_reset(struct engine *engine, uint32_t connection);

/*
 * One turn. Waits until there is a message, wait_ns have passed, or engine_wake(). Returns the
 * number of messages, 0 if there is none, or a negative errno if the engine can go on no more.
 * *ret_batch belongs to the engine; until the next turn the program may read and rewrite the
 * messages' data and set reply, refused and MESSAGE_HANG_UP.
 */
int engine_turn(struct engine *engine, uint64_t wait_ns, struct message **ret_batch);

/* End the wait of engine_turn() in the engine's thread. Any thread; safe in a signal handler. */
void engine_wake(struct engine *engine);

/*
 * Drain: stop accepting, after what the listen queues already hold, and close the listeners;
 * answer what has arrived; hang up every accepted stream once its answers are out. One that has not
 * said anything yet may do so for a tenth of a second: it may have connected just now. Turns go on
 * as before until engine_busy() is false.
 */
void engine_drain(struct engine *engine);

/* While draining, once a turn: hang up the streams that are quiet; is any connection, datagram or
 * reply still under way? */
bool engine_busy(struct engine *engine);

/* Open connections, without listeners. */
uint32_t engine_connections(const struct engine *engine);

/* Kinds of buffers: receives of streams; of bulk streams, UNIX records and long UNIX datagrams; of
 * other datagrams; what engine_send() and services that speak first have to say. */
#define ENGINE_POOL_COUNT 4

/* "stream", "large", "datagram" and "output". */
extern const char *const engine_pool_names[ENGINE_POOL_COUNT];

struct engine_pool {
	uint32_t count;
	uint32_t held; /* by messages, what waits to be sent, and receives under way */
};

/* How many buffers there are and how many are held now: ENGINE_POOL_COUNT entries. */
void engine_pools(const struct engine *engine, struct engine_pool *ret_pools);

/*
 * Datagrams to this engine that the kernel dropped: at all of its datagram sockets, those closed by
 * now too, since each was made. Nearly all for want of room in the socket's receive buffer
 * (SO_RCVBUF); what a filter refused or a checksum convicted counts as well. A packet of coalesced
 * datagrams counts once; each socket counts modulo 2^32. UNIX datagram sockets drop nothing: who
 * sends to a full one waits, or is told EAGAIN. One system call for each open datagram socket and a
 * look at every slot: for reports, not for every turn. Kernels before 4.12: 0.
 */
uint64_t engine_kernel_drops(const struct engine *engine);

/* The peer of a connected or accepted stream. Errors: ENOTCONN, EOPNOTSUPP (direct descriptor). */
int engine_peer(const struct engine *engine, uint32_t connection, struct sockaddr_storage *ret_peer,
		socklen_t *ret_length);

/*
 * Where a datagram of the current batch came from and, if the socket is bound to all addresses,
 * which of ours it was sent to (NULL if not known). Valid until the next call. False if the message
 * is not a datagram to a listener.
 */
bool engine_datagram(struct engine *engine, const struct message *message,
		     struct datagram *ret_datagram);

#endif
