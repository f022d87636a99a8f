/* What calls_message.c takes the place of. */
#ifndef SIM_CALLS_MESSAGE_H
#define SIM_CALLS_MESSAGE_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

ssize_t __real_send(int descriptor, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int descriptor, const void *bytes, size_t length, int flags);
ssize_t __real_sendto(int descriptor, const void *bytes, size_t length, int flags,
		      const struct sockaddr *name, socklen_t name_length);
ssize_t __wrap_sendto(int descriptor, const void *bytes, size_t length, int flags,
		      const struct sockaddr *name, socklen_t name_length);
ssize_t __real_sendmsg(int descriptor, const struct msghdr *header, int flags);
ssize_t __wrap_sendmsg(int descriptor, const struct msghdr *header, int flags);
int __real_sendmmsg(int descriptor, struct mmsghdr *headers, unsigned int count, int flags);
int __wrap_sendmmsg(int descriptor, struct mmsghdr *headers, unsigned int count, int flags);
ssize_t __real_recv(int descriptor, void *bytes, size_t length, int flags);
ssize_t __wrap_recv(int descriptor, void *bytes, size_t length, int flags);
ssize_t __real_recvfrom(int descriptor, void *bytes, size_t length, int flags,
			struct sockaddr *name, socklen_t *name_length);
ssize_t __wrap_recvfrom(int descriptor, void *bytes, size_t length, int flags,
			struct sockaddr *name, socklen_t *name_length);
ssize_t __real_recvmsg(int descriptor, struct msghdr *header, int flags);
ssize_t __wrap_recvmsg(int descriptor, struct msghdr *header, int flags);
int __real_recvmmsg(int descriptor, struct mmsghdr *headers, unsigned int count, int flags,
		    struct timespec *limit);
int __wrap_recvmmsg(int descriptor, struct mmsghdr *headers, unsigned int count, int flags,
		    struct timespec *limit);

#endif
