/* What calls_time.c takes the place of. */
#ifndef SIM_CALLS_TIME_H
#define SIM_CALLS_TIME_H

#include <sys/resource.h>
#include <sys/timex.h>
#include <time.h>

int __real_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __real_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
			   struct timespec *ret_left);
int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
			   struct timespec *ret_left);
int __real_nanosleep(const struct timespec *time, struct timespec *ret_left);
int __wrap_nanosleep(const struct timespec *time, struct timespec *ret_left);
int __real_adjtimex(struct timex *state);
int __wrap_adjtimex(struct timex *state);
int __real_getrusage(__rusage_who_t who, struct rusage *ret_usage);
int __wrap_getrusage(__rusage_who_t who, struct rusage *ret_usage);

#endif
