/* What another process uses: below a root of our own, and a child that works. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake_root.h"
#include "usage/usage.h"

#define TICK 10000000ull

enum { SERVER = 42, MANY = USAGE_THREADS_MAX + 10 };

TestSuite(usage_server, .init = fake_root_make, .fini = fake_root_remove);

static void put_stat(const char *path, uint64_t user, uint64_t system, uint64_t start)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "42 (a) b) S 1 42 42 0 -1 0 0 0 0 0 %llu %llu 0 0 20 0 4 0 %llu 0\n",
		       (unsigned long long)user, (unsigned long long)system,
		       (unsigned long long)start);
	fake_root_put(path, text);
}

static void put_process(uint64_t user, uint64_t system, uint64_t start)
{
	put_stat("/proc/42/stat", user, system, start);
}

static void put_thread(int thread, uint64_t cpu_ns, uint64_t switches)
{
	char path[128], text[256];

	(void)snprintf(path, sizeof(path), "/proc/42/task/%d/schedstat", thread);
	(void)snprintf(text, sizeof(text), "%llu 5 6\n", (unsigned long long)cpu_ns);
	fake_root_put(path, text);
	(void)snprintf(path, sizeof(path), "/proc/42/task/%d/status", thread);
	(void)snprintf(text, sizeof(text),
		       "Name:\tx\nvoluntary_ctxt_switches:\t%llu\nnonvoluntary_ctxt_switches:\t1\n",
		       (unsigned long long)switches);
	fake_root_put(path, text);
}

static struct usage read_server(void)
{
	struct usage usage;

	usage_read(fake_root, SERVER, &usage);
	return usage;
}

static struct usage difference(const struct usage *after, const struct usage *before)
{
	struct usage usage;

	usage_difference(after, before, &usage);
	return usage;
}

Test(usage_server, totals_are_of_all_threads_and_the_busiest_is_found)
{
	struct usage before, after, used;

	put_process(10, 5, 1000);
	put_thread(42, 500, 1);
	put_thread(43, 9000, 2);
	before = read_server();
	put_process(30, 6, 1000);
	put_thread(42, 900, 11);
	put_thread(43, 9100, 2);
	put_thread(44, 250, 3);
	after = read_server();
	used = difference(&after, &before);
	cr_assert(used.server_known);
	cr_expect_eq(used.server.user_ns, 20 * TICK);
	cr_expect_eq(used.server.system_ns, TICK);
	cr_expect_eq(used.server.cpu_ns, 21 * TICK);
	cr_expect_eq(used.server.switches_voluntary, 13);
	cr_expect_eq(used.server.switches_involuntary, 1);
	cr_expect_eq(used.server.busiest_ns, 400);
}

Test(usage_server, a_new_thread_counts_in_full_under_an_old_number_too)
{
	struct usage before, after;

	put_process(10, 5, 1000);
	put_thread(42, 500, 1);
	put_thread(43, 9000, 2);
	before = read_server();
	put_thread(43, 600, 2);
	after = read_server();
	cr_expect_eq(difference(&after, &before).server.busiest_ns, 600);
}

Test(usage_server, a_process_that_got_the_same_number_is_another_one)
{
	struct usage before, after;

	put_process(10, 5, 1000);
	before = read_server();
	put_process(30, 5, 1001);
	after = read_server();
	cr_assert(after.server_known);
	cr_expect_not(difference(&after, &before).server_known);
}

Test(usage_server, a_thread_without_schedstat_is_measured_in_ticks)
{
	struct usage before, after;

	put_process(10, 5, 1000);
	put_stat("/proc/42/task/42/stat", 1, 1, 1000);
	before = read_server();
	put_stat("/proc/42/task/42/stat", 4, 2, 1000);
	after = read_server();
	cr_expect_eq(difference(&after, &before).server.busiest_ns, 4 * TICK);
}

Test(usage_server, a_thread_that_ends_while_it_is_read_is_left_out)
{
	struct usage usage;

	put_process(10, 5, 1000);
	put_thread(42, 500, 7);
	fake_root_put("/proc/42/task/43/comm", "gone\n");
	usage = read_server();
	cr_assert(usage.server_known);
	cr_expect_eq(usage.thread_count, 1);
	cr_expect_eq(usage.server.switches_voluntary, 7);
}

Test(usage_server, more_threads_than_are_watched_are_still_counted)
{
	struct usage usage;

	put_process(10, 5, 1000);
	for (int i = 0; i < MANY; i++)
		put_thread(100 + i, 1, 1);
	usage = read_server();
	cr_assert(usage.server_known);
	cr_expect_eq(usage.thread_count, USAGE_THREADS_MAX);
	cr_expect_eq(usage.server.switches_voluntary, MANY);
}

/* A child whose thread works and ends: its time must not be lost with it. Says how much that was,
 * and then waits for the end of its input. */
static void *work(void *ret_used_ns)
{
	volatile uint64_t sum = 0;

	while (clock_cpu_ns(CLOCK_THREAD_CPUTIME_ID) < 30 * NS_PER_MS)
		sum = sum + 1;
	*(uint64_t *)ret_used_ns = clock_cpu_ns(CLOCK_THREAD_CPUTIME_ID);
	return NULL;
}

static void child(int input, int output)
{
	uint64_t used_ns = 0;
	pthread_t thread;
	char byte;

	if (read(input, &byte, 1) != 1 || pthread_create(&thread, NULL, work, &used_ns) != 0)
		_exit(1);
	(void)pthread_join(thread, NULL);
	if (write(output, &used_ns, sizeof(used_ns)) != sizeof(used_ns) ||
	    read(input, &byte, 1) != 0)
		_exit(1);
	_exit(0);
}

Test(usage_server, a_child_is_charged_what_its_ended_thread_has_used)
{
	int to_child[2], from_child[2], status;
	uint64_t used_ns = 0;
	struct usage before, after, used;
	struct error error;
	pid_t process;

	cr_assert_eq(pipe(to_child), 0);
	cr_assert_eq(pipe(from_child), 0);
	process = fork();
	if (process == 0) {
		(void)close(to_child[1]);
		child(to_child[0], from_child[1]);
	}
	cr_assert_gt(process, 0);
	cr_expect_eq(usage_check_server(process, &error), 0);
	usage_read("", process, &before);
	cr_assert_eq(write(to_child[1], "x", 1), 1);
	cr_assert_eq(read(from_child[0], &used_ns, sizeof(used_ns)), sizeof(used_ns));
	usage_read("", process, &after);
	used = difference(&after, &before);
	cr_expect(used.server_known);
	cr_expect_geq(used.server.cpu_ns, used_ns);
	(void)close(to_child[1]);
	cr_assert_eq(waitpid(process, &status, 0), process);
	cr_expect_eq(status, 0);
	cr_expect_eq(usage_check_server(process, &error), -ESRCH);
}

Test(usage_server, what_is_no_process_is_refused)
{
	struct error error;
	int status;
	siginfo_t info;
	pid_t process;

	cr_expect_eq(usage_check_server(0, &error), -ESRCH);
	cr_expect_str_eq(error.text, "there is no process 0");
	cr_expect_eq(usage_check_server(-1, &error), -ESRCH);
	cr_expect_eq(usage_check_server(getpid(), &error), 0);
	process = fork();
	if (process == 0)
		_exit(0);
	cr_assert_eq(waitid(P_PID, (id_t)process, &info, WEXITED | WNOWAIT), 0);
	cr_expect_eq(usage_check_server(process, &error), -ESRCH);
	cr_expect_not_null(strstr(error.text, "has ended"), "%s", error.text);
	cr_assert_eq(waitpid(process, &status, 0), process);
}
