/* epoll(7): what is registered, and what of it is ready, edge- or level-triggered. */
#ifndef SIM_EPOLL_H
#define SIM_EPOLL_H

#include <sys/epoll.h>

#include "descriptor.h"

struct sim_epoll;

/* One reference, the caller's. Errors: ENOMEM. */
int sim_epoll_open(struct file **ret_file);

/* The file of a descriptor as an epoll, or NULL. */
struct sim_epoll *sim_epoll_of(struct file *file);

/* As epoll_ctl(2). */
int sim_epoll_control(struct sim_epoll *epoll, int operation, int number,
		      const struct epoll_event *event);

/* What is ready now, at most max. Returns how many. */
int sim_epoll_collect(struct sim_epoll *epoll, struct epoll_event *ret_events, int max);

#endif
