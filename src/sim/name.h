/*
 * The names of sockets: ports of TCP and UDP, and names of the three kinds of UNIX sockets; who has
 * which, who hears what is sent to it, and which are free.
 */
#ifndef SIM_NAME_H
#define SIM_NAME_H

#include "socket_struct.h"

void sim_names_open(void);

/* A name given by a program, of this socket's family. Errors: EINVAL, EAFNOSUPPORT. */
int socket_name_read(const struct sim_socket *socket, const struct sockaddr *name, socklen_t length,
		     struct socket_name *ret_name);

/* As the kernel tells a name: cut off, with its true length. */
void socket_name_tell(const struct socket_name *name, sa_family_t family, struct sockaddr *ret_name,
		      socklen_t *length);

/* Give it this name, a port of 0 being chosen. Errors: EADDRINUSE, EADDRNOTAVAIL, EINVAL. */
int socket_name_take(struct sim_socket *socket, const struct socket_name *name);

/* It has one: any, if none yet; where it sends to says of which address. Errors: EADDRNOTAVAIL. */
int socket_name_ensure(struct sim_socket *socket, const struct socket_name *to);

/* It has a name that others share, but not as listeners. Errors: EADDRINUSE. */
int socket_name_may_listen(const struct sim_socket *socket);

void socket_name_drop(struct sim_socket *socket);

/* Who listens at a name; of a group of SO_REUSEPORT the one that from falls to. NULL: nobody. */
struct sim_socket *socket_find_listener(const struct sim_socket *client,
					const struct socket_name *to);

/* Who receives datagrams sent to a name; or NULL. */
struct sim_socket *socket_find_receiver(int type, const struct socket_name *to,
					const struct socket_name *from);

/* Why nobody of that UNIX name was found: -ECONNREFUSED, or -ENOENT. */
int socket_name_missing(const struct socket_name *name);

bool socket_name_equal(const struct socket_name *a, const struct socket_name *b);
uint16_t socket_name_port(const struct socket_name *name);

/* What a datagram to this name is from: its own name, or of a wildcard what routing chooses. */
struct socket_name socket_name_source(const struct sim_socket *socket,
				      const struct socket_name *to);

/* What was meant by a wildcard to send to: this host. */
struct socket_name socket_name_meant(const struct socket_name *to);

/* The address, as seen by a socket of IPv6 or IPv4: v4-mapped, or not. */
struct socket_name socket_name_as(const struct socket_name *name, int domain);

#endif
