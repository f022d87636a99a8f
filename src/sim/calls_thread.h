/* What calls_thread.c takes the place of. */
#ifndef SIM_CALLS_THREAD_H
#define SIM_CALLS_THREAD_H

#include <pthread.h>
#include <sched.h>
#include <signal.h>

int __real_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
			  void *(*run)(void *argument), void *argument);
int __wrap_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
			  void *(*run)(void *argument), void *argument);
int __real_pthread_join(pthread_t thread, void **ret_result);
int __wrap_pthread_join(pthread_t thread, void **ret_result);
pthread_t __real_pthread_self(void);
pthread_t __wrap_pthread_self(void);
int __real_pthread_setname_np(pthread_t thread, const char *name);
int __wrap_pthread_setname_np(pthread_t thread, const char *name);
int __real_pthread_sigmask(int how, const sigset_t *set, sigset_t *ret_former);
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *ret_former);
int __real_sched_setaffinity(pid_t thread, size_t size, const cpu_set_t *set);
int __wrap_sched_setaffinity(pid_t thread, size_t size, const cpu_set_t *set);
int __real_sched_getaffinity(pid_t thread, size_t size, cpu_set_t *ret_set);
int __wrap_sched_getaffinity(pid_t thread, size_t size, cpu_set_t *ret_set);

#endif
