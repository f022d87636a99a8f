/* Streams of bytes, TCP's and UNIX's: what their two files share. */
#ifndef SIM_STREAM_H
#define SIM_STREAM_H

#include "socket_struct.h"

/* What is under way to it arrives in a while. */
void stream_await_arrival(struct sim_socket *receiver);

/* How they end: rows of struct socket_kind. */
void stream_tcp_shut(struct sim_socket *socket, bool read, bool write);
void stream_tcp_finish(struct sim_socket *socket);
void stream_unix_shut(struct sim_socket *socket, bool read, bool write);
void stream_unix_finish(struct sim_socket *socket);

#endif
