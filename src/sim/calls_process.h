/* What calls_process.c takes the place of. */
#ifndef SIM_CALLS_PROCESS_H
#define SIM_CALLS_PROCESS_H

#include <ifaddrs.h>
#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

ssize_t __real_getrandom(void *bytes, size_t length, unsigned int flags);
ssize_t __wrap_getrandom(void *bytes, size_t length, unsigned int flags);
pid_t __real_getpid(void);
pid_t __wrap_getpid(void);
int __real_kill(pid_t process, int number);
int __wrap_kill(pid_t process, int number);
int __real_raise(int number);
int __wrap_raise(int number);
int __real_sigaction(int number, const struct sigaction *action, struct sigaction *ret_former);
int __wrap_sigaction(int number, const struct sigaction *action, struct sigaction *ret_former);
int __real_getifaddrs(struct ifaddrs **ret_list);
int __wrap_getifaddrs(struct ifaddrs **ret_list);
void __real_freeifaddrs(struct ifaddrs *list);
void __wrap_freeifaddrs(struct ifaddrs *list);
int __real_prctl(int option, ...);
int __wrap_prctl(int option, ...);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

#endif
