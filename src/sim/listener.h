/* Listening sockets, and connections on their way to being accepted. */
#ifndef SIM_LISTENER_H
#define SIM_LISTENER_H

#include "socket_struct.h"

/* Those that nobody has accepted are reset. */
void accept_queue_refuse(struct sim_socket *listener);

/* As shutdown(2) does it: it listens no more. Returns 0. */
int listener_end(struct sim_socket *listener);

/* TCP: it has begun, -EINPROGRESS. Errors: those of naming, ENETUNREACH. */
int connect_begin(struct sim_socket *client, const struct socket_name *to);

/* UNIX: at once. Errors: ECONNREFUSED, EAGAIN, EISCONN, EINVAL, ENOMEM. */
int connect_now(struct sim_socket *client, const struct socket_name *to);

/* POLLIN ... of a listener. */
uint32_t listener_ready(const struct sim_socket *listener);

#endif
