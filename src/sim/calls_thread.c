/* Threads are tasks. */
#include "calls_thread.h"

#include <string.h>

#include "calls.h"
#include "schedule.h"
#include "task.h"

#define CPUS 4

int __wrap_pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
			  void *(*run)(void *argument), void *argument)
{
	struct task *task;

	if (!world_get())
		return __real_pthread_create(ret_thread, attributes, run, argument);
	world_enter();
	if (task_start(run, argument, "thread", &task) < 0)
		return EAGAIN;
	*ret_thread = (pthread_t)task;
	return 0;
}

static bool has_ended(const void *argument)
{
	return task_has_ended(argument, NULL);
}

int __wrap_pthread_join(pthread_t thread, void **ret_result)
{
	const struct task *task = (const struct task *)thread;

	if (!world_get())
		return __real_pthread_join(thread, ret_result);
	world_enter();
	if (!task_sleep(has_ended, task, UINT64_MAX))
		return EDEADLK;
	(void)task_has_ended(task, ret_result);
	return 0;
}

pthread_t __wrap_pthread_self(void)
{
	return world_get() && task_self() ? (pthread_t)task_self() : __real_pthread_self();
}

int __wrap_pthread_setname_np(pthread_t thread, const char *name)
{
	if (!world_get())
		return __real_pthread_setname_np(thread, name);
	task_name_set((struct task *)thread, name);
	return 0;
}

/* Signals of the world reach nobody in the middle of a call anyway. */
int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *ret_former)
{
	if (!world_get())
		return __real_pthread_sigmask(how, set, ret_former);
	if (ret_former)
		(void)sigemptyset(ret_former);
	return 0;
}

int __wrap_sched_setaffinity(pid_t thread, size_t size, const cpu_set_t *set)
{
	return world_get() ? 0 : __real_sched_setaffinity(thread, size, set);
}

/* The same number of CPUs everywhere, or a seed would not mean the same. */
int __wrap_sched_getaffinity(pid_t thread, size_t size, cpu_set_t *ret_set)
{
	if (!world_get())
		return __real_sched_getaffinity(thread, size, ret_set);
	memset(ret_set, 0, size);
	for (size_t cpu = 0; cpu < CPUS; cpu++)
		CPU_SET_S(cpu, size, ret_set);
	return 0;
}
