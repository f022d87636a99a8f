#include "manager.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

/* Digits and nothing else. Errors: ENOENT (there is no such variable), EINVAL. */
static int number_read(const char *variable, uint64_t max, uint64_t *ret_number)
{
	const char *text = getenv(variable);
	unsigned long long number;
	char *end;

	if (!text)
		return -ENOENT;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || number > max)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

/* Processes inherit the environment, also those that it does not mean. Errors: as above. */
static int is_meant(const char *variable, bool *ret_meant)
{
	uint64_t pid;
	int error = number_read(variable, INT_MAX, &pid);

	if (error)
		return error;
	if (pid == 0)
		return -EINVAL;
	*ret_meant = pid == (uint64_t)getpid();
	return 0;
}

static uint32_t names_count(const char *names)
{
	uint32_t count = 1;

	for (; *names; names++)
		count += *names == ':';
	return count;
}

int manager_sockets(uint32_t *ret_count)
{
	const char *names = getenv("LISTEN_FDNAMES");
	uint64_t count = 0;
	bool meant = false;
	int error = is_meant("LISTEN_PID", &meant);

	if (!error && meant)
		error = number_read("LISTEN_FDS", INT_MAX - MANAGER_FIRST_FD, &count);
	if (error == -ENOENT)
		error = 0;
	else if (!error && meant && (count == 0 || (names && names_count(names) != count)))
		error = -EINVAL;
	for (uint64_t i = 0; i < count && !error; i++)
		if (fcntl(MANAGER_FIRST_FD + (int)i, F_SETFD, FD_CLOEXEC) < 0)
			error = -errno;
	if (!error)
		*ret_count = (uint32_t)count;
	return error;
}

int manager_socket_name(const char **place, char **ret_name)
{
	const char *names = getenv("LISTEN_FDNAMES");
	const char *name = *place ? *place : names;
	char *copy;

	if (!names) {
		copy = strdup("unknown");
	} else {
		size_t length = strcspn(name, ":");

		copy = strndup(name, length);
		*place = name + length + (name[length] == ':');
	}
	if (!copy)
		return -ENOMEM;
	*ret_name = copy;
	return 0;
}

void manager_forget_sockets(void)
{
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
}

uint64_t manager_watchdog_ns(void)
{
	uint64_t us = 0;
	bool meant = true;

	if (number_read("WATCHDOG_USEC", UINT64_MAX / NS_PER_US, &us) < 0 ||
	    is_meant("WATCHDOG_PID", &meant) == -EINVAL || !meant)
		return 0;
	return us * NS_PER_US;
}
