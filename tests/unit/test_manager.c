/* What a service manager says in the environment, and what of it makes no sense. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "serve/manager.h"

static void say(const char *variable, const char *value)
{
	cr_assert_eq(setenv(variable, value, 1), 0);
}

static void say_own_pid(const char *variable)
{
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	say(variable, pid);
}

static uint32_t sockets_of(const char *pid)
{
	uint32_t count = 7;

	if (pid)
		say("LISTEN_PID", pid);
	cr_assert_eq(manager_sockets(&count), 0);
	return count;
}

Test(manager, nothing_said_is_nothing_passed)
{
	cr_assert_eq(sockets_of(NULL), 0);
	cr_assert_eq(manager_watchdog_ns(), 0);
}

Test(manager, another_process_is_meant)
{
	say("LISTEN_FDS", "2");
	cr_assert_eq(sockets_of("1"), 0);
	say("WATCHDOG_USEC", "1000");
	say("WATCHDOG_PID", "1");
	cr_assert_eq(manager_watchdog_ns(), 0);
}

Test(manager, numbers_that_are_none)
{
	const char *const wrong[] = { "",   "0",  "-1",		"+1",
				      " 1", "1x", "2147483648", "99999999999999999999" };
	uint32_t count = 7;

	say_own_pid("LISTEN_PID");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		say("LISTEN_FDS", wrong[i]);
		cr_expect_eq(manager_sockets(&count), -EINVAL, "'%s'", wrong[i]);
	}
	say("LISTEN_FDS", "1");
	say("LISTEN_PID", "me");
	cr_expect_eq(manager_sockets(&count), -EINVAL);
	say("LISTEN_PID", "0");
	cr_expect_eq(manager_sockets(&count), -EINVAL);
	cr_assert_eq(count, 7);
}

Test(manager, a_name_for_each_or_none_at_all)
{
	uint32_t count = 7;

	say_own_pid("LISTEN_PID");
	say("LISTEN_FDS", "2");
	say("LISTEN_FDNAMES", "one");
	cr_expect_eq(manager_sockets(&count), -EINVAL);
	say("LISTEN_FDNAMES", "one:two:three");
	cr_expect_eq(manager_sockets(&count), -EINVAL);
	say("LISTEN_FDNAMES", "");
	cr_expect_eq(manager_sockets(&count), -EINVAL);
}

Test(manager, a_socket_that_is_not_open)
{
	uint32_t count = 7;

	say_own_pid("LISTEN_PID");
	say("LISTEN_FDS", "1000000000");
	cr_assert_eq(manager_sockets(&count), -EBADF);
}

/* In a child, where these descriptors are nobody else's. */
static int flags_of_the_second(void)
{
	int copies[] = { MANAGER_FIRST_FD, MANAGER_FIRST_FD + 1 };
	uint32_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(copies); i++)
		if (dup2(STDIN_FILENO, copies[i]) < 0)
			return -1;
	if (manager_sockets(&count) < 0 || count != ARRAY_SIZE(copies))
		return -1;
	return fcntl(copies[1], F_GETFD);
}

Test(manager, no_program_that_is_started_gets_them)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		say_own_pid("LISTEN_PID");
		say("LISTEN_FDS", "2");
		_exit(flags_of_the_second() == FD_CLOEXEC ? 0 : 1);
	}
	cr_assert_gt(child, 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
}

static void assert_next_name(const char **place, const char *wanted)
{
	char *name = NULL;

	cr_assert_eq(manager_socket_name(place, &name), 0);
	cr_assert_str_eq(name, wanted);
	free(name);
}

Test(manager, names_come_in_order_and_may_be_empty)
{
	const char *place = NULL;

	say("LISTEN_FDNAMES", "http::control");
	assert_next_name(&place, "http");
	assert_next_name(&place, "");
	assert_next_name(&place, "control");
	place = NULL;
	cr_assert_eq(unsetenv("LISTEN_FDNAMES"), 0);
	assert_next_name(&place, "unknown");
	assert_next_name(&place, "unknown");
}

Test(manager, sockets_are_forgotten)
{
	say_own_pid("LISTEN_PID");
	say("LISTEN_FDS", "1");
	manager_forget_sockets();
	cr_assert_eq(sockets_of(NULL), 0);
	cr_assert_null(getenv("LISTEN_PID"));
}

Test(manager, the_watchdog_means_everybody_or_this_process)
{
	say("WATCHDOG_USEC", "2500000");
	cr_assert_eq(manager_watchdog_ns(), 2500000000u);
	say_own_pid("WATCHDOG_PID");
	cr_assert_eq(manager_watchdog_ns(), 2500000000u);
	say("WATCHDOG_PID", "x");
	cr_assert_eq(manager_watchdog_ns(), 0);
	say("WATCHDOG_PID", "");
	cr_assert_eq(manager_watchdog_ns(), 0);
}
