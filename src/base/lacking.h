/* Functions of glibc that other C libraries lack, and where that is so the files by their names
 * have. All are as glibc documents them. */
#ifndef BASE_LACKING_H
#define BASE_LACKING_H

#include <signal.h>
#include <sys/epoll.h>
#include <sys/types.h>
#include <time.h>

/* NOLINTBEGIN(readability-redundant-declaration): glibc has declared them too. */

/* From kernel 5.11 on. */
int epoll_pwait2(int epoll, struct epoll_event *ret_events, int max, const struct timespec *timeout,
		 const sigset_t *mask);

/* From kernel 5.3 on. */
int pidfd_open(pid_t pid, unsigned int flags);

/* "EPERM"; NULL if there is no such error. */
const char *strerrorname_np(int error);

/* What strerror() says, untranslated. */
const char *strerrordesc_np(int error);

/* NOLINTEND(readability-redundant-declaration) */

#endif
