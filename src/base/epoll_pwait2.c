#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/lacking.h"

/* The kernel's own times have 64 bits on every machine, and its sets of signals 64 signals. */
int epoll_pwait2(int epoll, struct epoll_event *ret_events, int max, const struct timespec *timeout,
		 const sigset_t *mask)
{
	int64_t limit[2];

	if (timeout) {
		limit[0] = timeout->tv_sec;
		limit[1] = timeout->tv_nsec;
	}
	return (int)syscall(SYS_epoll_pwait2, epoll, ret_events, max, timeout ? limit : NULL, mask,
			    (size_t)8);
}
