/* What calls_poll.c takes the place of. */
#ifndef SIM_CALLS_POLL_H
#define SIM_CALLS_POLL_H

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>

int __real_poll(struct pollfd *entries, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *entries, nfds_t count, int timeout_ms);
int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags);
int __real_epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event);
int __real_epoll_wait(int epoll, struct epoll_event *ret_events, int max, int timeout_ms);
int __wrap_epoll_wait(int epoll, struct epoll_event *ret_events, int max, int timeout_ms);
int __real_epoll_pwait2(int epoll, struct epoll_event *ret_events, int max,
			const struct timespec *timeout, const sigset_t *mask);
int __wrap_epoll_pwait2(int epoll, struct epoll_event *ret_events, int max,
			const struct timespec *timeout, const sigset_t *mask);

#endif
