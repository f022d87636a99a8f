/*
 * Sockets of a simulated machine: TCP streams, UDP, and the three kinds of UNIX sockets, all on one
 * host. These functions never sleep: they return a negative errno, -EAGAIN where a real one would
 * wait. System calls (calls_socket.c), operations of a ring (ring_operation.c) and the scripted
 * peers of tests/sim all use them, so a peer is a program like any other, only scripted.
 *
 * A stream is two sockets, each with what has arrived at it and not been read (a bounded queue of
 * bytes). What is sent travels for a seeded time, in order; datagrams may overtake each other.
 * Close with unread input, or SO_LINGER of 0, sends a reset, as TCP does.
 *
 * Faults marked "Of sockets" in fault.h happen inside, to sockets of the program under test alone:
 * those of peers are made with peer set.
 */
#ifndef SIM_SOCKET_H
#define SIM_SOCKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "descriptor.h"
#include "fault.h"

struct sim_socket; /* its file stands first: (struct file *) is fine */

/* Errors: those of socket(2). One reference, the caller's. peer: no faults happen to it. */
int sim_socket_open(int domain, int type, int protocol, bool peer, struct sim_socket **ret_socket);
int sim_socket_pair(int domain, int type, struct sim_socket *ret_sockets[2]);

/* The file of a descriptor as a socket, or NULL if it is not one. */
struct sim_socket *sim_socket_of(struct file *file);

int sim_socket_bind(struct sim_socket *socket, const struct sockaddr *name, socklen_t length);
int sim_socket_listen(struct sim_socket *socket, int backlog);

/* Streams: -EINPROGRESS; when it is decided POLLOUT comes, and sim_socket_error() tells. */
int sim_socket_connect(struct sim_socket *socket, const struct sockaddr *name, socklen_t length);
int sim_socket_error(struct sim_socket *socket); /* as SO_ERROR: tells once */

int sim_socket_accept(struct sim_socket *listener, struct sim_socket **ret_socket);

/*
 * As recvmsg(2) and sendmsg(2): names, control messages (IP_PKTINFO, IPV6_PKTINFO, UDP_SEGMENT,
 * UDP_GRO, SCM_TIMESTAMPING where the socket asked for them), MSG_PEEK, MSG_TRUNC, MSG_WAITALL as
 * far as is there. Return bytes or a negative errno.
 */
ssize_t sim_socket_receive(struct sim_socket *socket, struct msghdr *header, int flags);
ssize_t sim_socket_send(struct sim_socket *socket, const struct msghdr *header, int flags);

int sim_socket_shutdown(struct sim_socket *socket, int how);
int sim_socket_name(const struct sim_socket *socket, bool peer, struct sockaddr *name,
		    socklen_t *length);
int sim_socket_option_set(struct sim_socket *socket, int level, int option, const void *value,
			  socklen_t length);
int sim_socket_option_get(struct sim_socket *socket, int level, int option, void *value,
			  socklen_t *length);

/* FIONREAD. */
uint32_t sim_socket_unread(const struct sim_socket *socket);

/* The peer is gone without a word: nothing sent arrives, nothing comes; or it resets. */
void sim_socket_vanish(struct sim_socket *socket);
void sim_socket_reset(struct sim_socket *socket);

#endif
