/* The system calls that wait for descriptors. */
#include "calls_poll.h"

#include "base/clock.h"
#include "calls.h"
#include "epoll.h"
#include "task.h"

/* Who looks whether something is there, and finds nothing, has spent some time. */
#define GLANCE_NS_MAX 4000u
#define LATE_NS_MAX (3 * NS_PER_MS)

struct polling {
	const struct pollfd *entries;
	nfds_t count;
};

static uint32_t events_of(const struct pollfd *entry)
{
	struct file *file = descriptor_file(entry->fd);

	if (entry->fd < 0)
		return 0;
	if (!file)
		return POLLNVAL;
	return file->kind->ready(file) & ((uint16_t)entry->events | POLLERR | POLLHUP);
}

static bool any_is_ready(const void *argument)
{
	const struct polling *polling = argument;

	for (nfds_t i = 0; i < polling->count; i++)
		if (events_of(&polling->entries[i]))
			return true;
	return false;
}

/*
 * Sleep until something is there; 0: look, or -EINTR. Now and then what is there is found later,
 * which is what happens on a busy machine, or the wait ends with nothing.
 */
static int await(bool (*ready)(const void *argument), const void *argument, uint64_t wait_ns)
{
	uint64_t deadline_ns = wait_ns == UINT64_MAX ? UINT64_MAX : world_now_ns() + wait_ns;

	if (wait_ns == 0) {
		if (!ready(argument))
			(void)task_sleep(NULL, NULL, world_now_ns() + world_below(GLANCE_NS_MAX));
		return 0;
	}
	if (world_fault(FAULT_INTERRUPTED))
		return -EINTR;
	if (wait_ns != UINT64_MAX && world_fault(FAULT_WAKE_EARLY)) {
		uint64_t spread_ns = wait_ns < UINT32_MAX ? wait_ns : UINT32_MAX;

		deadline_ns = world_now_ns() + world_below((uint32_t)spread_ns);
	}
	(void)task_sleep(ready, argument, deadline_ns);
	if (world_fault(FAULT_WAKE_LATE))
		(void)task_sleep(NULL, NULL, world_now_ns() + world_below(LATE_NS_MAX));
	return 0;
}

static bool are_simulated(const struct pollfd *entries, nfds_t count)
{
	for (nfds_t i = 0; i < count; i++)
		if (call_is_simulated(entries[i].fd))
			return true;
	return false;
}

int __wrap_poll(struct pollfd *entries, nfds_t count, int timeout_ms)
{
	const struct polling polling = { .entries = entries, .count = count };
	uint64_t wait_ns = timeout_ms < 0 ? UINT64_MAX : (uint64_t)timeout_ms * NS_PER_MS;
	int result;

	if (!are_simulated(entries, count))
		return __real_poll(entries, count, timeout_ms);
	world_enter();
	result = await(any_is_ready, &polling, wait_ns);
	for (nfds_t i = 0; i < count && result >= 0; i++) {
		entries[i].revents = (short)events_of(&entries[i]);
		result += entries[i].revents != 0;
	}
	return call_ended("poll", entries[0].fd, result);
}

int __wrap_epoll_create1(int flags)
{
	struct file *file;
	int result;

	if (!world_get())
		return __real_epoll_create1(flags);
	world_enter();
	result = sim_epoll_open(&file);
	if (!result)
		result = descriptor_open(file);
	return call_ended("epoll_create1", result, result);
}

static int epoll_at(int descriptor, struct sim_epoll **ret_epoll)
{
	struct file *file = descriptor_file(descriptor);
	struct sim_epoll *found = sim_epoll_of(file);

	if (!found)
		return file ? -EINVAL : -EBADF;
	*ret_epoll = found;
	return 0;
}

int __wrap_epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event)
{
	struct sim_epoll *at;
	int result;

	if (!call_is_simulated(epoll))
		return __real_epoll_ctl(epoll, operation, descriptor, event);
	world_enter();
	result = epoll_at(epoll, &at);
	if (!result)
		result = sim_epoll_control(at, operation, descriptor, event);
	return call_ended("epoll_ctl", descriptor, result);
}

static bool is_ready(const void *argument)
{
	const struct file *file = argument;

	return file->kind->ready(file) != 0;
}

/* What was ready may be no more when it is looked at: then the wait goes on. */
static int wait_for(struct sim_epoll *epoll, struct epoll_event *ret_events, int max,
		    uint64_t wait_ns)
{
	uint64_t begin_ns = world_now_ns();
	int result;

	for (;;) {
		uint64_t passed_ns = world_now_ns() - begin_ns;
		uint64_t left_ns = wait_ns > passed_ns ? wait_ns - passed_ns : 0;
		bool found;

		result = await(is_ready, epoll, wait_ns == UINT64_MAX ? UINT64_MAX : left_ns);
		if (result < 0)
			return result;
		found = is_ready(epoll);
		result = sim_epoll_collect(epoll, ret_events, max);
		if (result > 0 || !found || left_ns == 0)
			return result;
	}
}

static int wait_call(int epoll, struct epoll_event *ret_events, int max, uint64_t wait_ns)
{
	struct sim_epoll *at;
	int result;

	world_enter();
	result = epoll_at(epoll, &at);
	if (!result && max <= 0)
		result = -EINVAL;
	if (result < 0)
		return call_ended("epoll_wait", epoll, result);
	file_hold((struct file *)at);
	result = wait_for(at, ret_events, max, wait_ns);
	file_release((struct file *)at);
	return call_ended("epoll_wait", epoll, result);
}

int __wrap_epoll_wait(int epoll, struct epoll_event *ret_events, int max, int timeout_ms)
{
	if (!call_is_simulated(epoll))
		return __real_epoll_wait(epoll, ret_events, max, timeout_ms);
	return wait_call(epoll, ret_events, max,
			 timeout_ms < 0 ? UINT64_MAX : (uint64_t)timeout_ms * NS_PER_MS);
}

int __wrap_epoll_pwait2(int epoll, struct epoll_event *ret_events, int max,
			const struct timespec *timeout, const sigset_t *mask)
{
	uint64_t wait_ns = UINT64_MAX;

	if (!call_is_simulated(epoll))
		return __real_epoll_pwait2(epoll, ret_events, max, timeout, mask);
	if (timeout)
		wait_ns = (uint64_t)timeout->tv_sec * NS_PER_S + (uint64_t)timeout->tv_nsec;
	return wait_call(epoll, ret_events, max, wait_ns);
}
