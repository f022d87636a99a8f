/* What a process asks about itself and its host: the same answers everywhere. */
#include "calls_process.h"

#include <stdarg.h>
#include <string.h>

#include "calls.h"
#include "signals.h"

#define PROCESS 4242

ssize_t __wrap_getrandom(void *bytes, size_t length, unsigned int flags)
{
	uint8_t *at = bytes;

	if (!world_get())
		return __real_getrandom(bytes, length, flags);
	for (size_t done = 0, part; done < length; done += part) {
		uint64_t drawn = world_random();

		part = length - done < sizeof(drawn) ? length - done : sizeof(drawn);
		memcpy(at + done, &drawn, part);
	}
	return (ssize_t)length;
}

pid_t __wrap_getpid(void)
{
	return world_get() ? PROCESS : __real_getpid();
}

int __wrap_kill(pid_t process, int number)
{
	if (!world_get())
		return __real_kill(process, number);
	world_enter();
	if (process != PROCESS && process != 0)
		return call_ended("kill", process, -ESRCH);
	if (number != 0)
		world_signal(number);
	return 0;
}

int __wrap_raise(int number)
{
	return world_get() ? __wrap_kill(PROCESS, number) : __real_raise(number);
}

int __wrap_sigaction(int number, const struct sigaction *action, struct sigaction *ret_former)
{
	if (!world_get())
		return __real_sigaction(number, action, ret_former);
	return call_ended("sigaction", number, sim_signal_action(number, action, ret_former));
}

/* It has no interfaces but the one that needs no mention. */
int __wrap_getifaddrs(struct ifaddrs **ret_list)
{
	if (!world_get())
		return __real_getifaddrs(ret_list);
	*ret_list = NULL;
	return 0;
}

void __wrap_freeifaddrs(struct ifaddrs *list)
{
	if (list)
		__real_freeifaddrs(list);
}

/* Up to five numbers, as all that these calls take. */
struct numbers {
	long at[6];
};

static struct numbers numbers_of(va_list arguments, int count)
{
	struct numbers numbers = { { 0 } };

	for (int i = 0; i < count; i++)
		numbers.at[i] = va_arg(arguments, long);
	return numbers;
}

int __wrap_prctl(int option, ...)
{
	struct numbers given;
	va_list arguments;

	if (world_get())
		return 0;
	va_start(arguments, option);
	given = numbers_of(arguments, 4);
	va_end(arguments);
	return __real_prctl(option, given.at[0], given.at[1], given.at[2], given.at[3]);
}

long __wrap_syscall(long number, ...)
{
	struct numbers given;
	va_list arguments;

	if (world_get()) {
		errno = ENOSYS;
		return -1;
	}
	va_start(arguments, number);
	given = numbers_of(arguments, 6);
	va_end(arguments);
	return __real_syscall(number, given.at[0], given.at[1], given.at[2], given.at[3],
			      given.at[4], given.at[5]);
}
