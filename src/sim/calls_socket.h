/* What calls_socket.c takes the place of. */
#ifndef SIM_CALLS_SOCKET_H
#define SIM_CALLS_SOCKET_H

#include <sys/socket.h>

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __real_socketpair(int domain, int type, int protocol, int *ret_descriptors);
int __wrap_socketpair(int domain, int type, int protocol, int *ret_descriptors);
int __real_bind(int descriptor, const struct sockaddr *name, socklen_t length);
int __wrap_bind(int descriptor, const struct sockaddr *name, socklen_t length);
int __real_listen(int descriptor, int backlog);
int __wrap_listen(int descriptor, int backlog);
int __real_connect(int descriptor, const struct sockaddr *name, socklen_t length);
int __wrap_connect(int descriptor, const struct sockaddr *name, socklen_t length);
int __real_accept(int descriptor, struct sockaddr *name, socklen_t *length);
int __wrap_accept(int descriptor, struct sockaddr *name, socklen_t *length);
int __real_accept4(int descriptor, struct sockaddr *name, socklen_t *length, int flags);
int __wrap_accept4(int descriptor, struct sockaddr *name, socklen_t *length, int flags);
int __real_shutdown(int descriptor, int how);
int __wrap_shutdown(int descriptor, int how);
int __real_getsockname(int descriptor, struct sockaddr *name, socklen_t *length);
int __wrap_getsockname(int descriptor, struct sockaddr *name, socklen_t *length);
int __real_getpeername(int descriptor, struct sockaddr *name, socklen_t *length);
int __wrap_getpeername(int descriptor, struct sockaddr *name, socklen_t *length);
int __real_setsockopt(int descriptor, int level, int option, const void *value, socklen_t length);
int __wrap_setsockopt(int descriptor, int level, int option, const void *value, socklen_t length);
int __real_getsockopt(int descriptor, int level, int option, void *value, socklen_t *length);
int __wrap_getsockopt(int descriptor, int level, int option, void *value, socklen_t *length);

#endif
