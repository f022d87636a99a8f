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

static void put_stat(const char *path, uint64_t user, uint64_t system, uint64_t waited,
		     uint64_t start)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "42 (a) b) S 1 42 42 0 -1 0 0 0 0 0 %llu %llu %llu 0 20 0 4 0 %llu 0\n",
		       (unsigned long long)user, (unsigned long long)system,
		       (unsigned long long)waited, (unsigned long long)start);
	fake_root_put(path, text);
}

/* With the time of those of its children that have ended, ticks, and the ones that live. */
static void put_parent(int process, uint64_t user, uint64_t waited, const char *children)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", process);
	put_stat(path, user, 0, waited, 1000);
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", process, process);
	fake_root_put(path, children);
}

static void put_process(uint64_t user, uint64_t system, uint64_t start)
{
	put_stat("/proc/42/stat", user, system, 0, start);
	fake_root_put("/proc/42/task/42/children", "");
}

static void end_process(int process)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/proc/%d/stat", fake_root, process);
	cr_assert_eq(remove(path), 0);
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

static struct usage_reading before, after;

static void read_server(struct usage_reading *ret_reading)
{
	usage_read(fake_root, SERVER, ret_reading);
}

static struct usage difference(void)
{
	struct usage usage;

	usage_difference(&after, &before, &usage);
	return usage;
}

Test(usage_server, totals_are_of_all_threads_and_the_busiest_is_found)
{
	struct usage used;

	put_process(10, 5, 1000);
	put_thread(42, 500, 1);
	put_thread(43, 9000, 2);
	read_server(&before);
	put_process(30, 6, 1000);
	put_thread(42, 900, 11);
	put_thread(43, 9100, 2);
	put_thread(44, 250, 3);
	read_server(&after);
	used = difference();
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
	put_process(10, 5, 1000);
	put_thread(42, 500, 1);
	put_thread(43, 9000, 2);
	read_server(&before);
	put_thread(43, 600, 2);
	read_server(&after);
	cr_expect_eq(difference().server.busiest_ns, 600);
}

Test(usage_server, a_process_that_got_the_same_number_is_another_one)
{
	put_process(10, 5, 1000);
	read_server(&before);
	put_process(30, 5, 1001);
	read_server(&after);
	cr_assert(after.totals.server_known);
	cr_expect_not(difference().server_known);
}

Test(usage_server, a_thread_without_schedstat_is_measured_in_ticks)
{
	put_process(10, 5, 1000);
	put_stat("/proc/42/task/42/stat", 1, 1, 0, 1000);
	read_server(&before);
	put_stat("/proc/42/task/42/stat", 4, 2, 0, 1000);
	read_server(&after);
	cr_expect_eq(difference().server.busiest_ns, 4 * TICK);
}

Test(usage_server, a_thread_that_ends_while_it_is_read_is_left_out)
{
	put_process(10, 5, 1000);
	put_thread(42, 500, 7);
	fake_root_put("/proc/42/task/43/comm", "gone\n");
	read_server(&after);
	cr_assert(after.totals.server_known);
	cr_expect_eq(after.thread_count, 1);
	cr_expect_eq(after.totals.server.switches_voluntary, 7);
}

Test(usage_server, more_threads_than_are_watched_are_still_counted)
{
	put_process(10, 5, 1000);
	for (int i = 0; i < MANY; i++)
		put_thread(100 + i, 1, 1);
	read_server(&after);
	cr_assert(after.totals.server_known);
	cr_expect_eq(after.thread_count, USAGE_THREADS_MAX);
	cr_expect_eq(after.totals.server.switches_voluntary, MANY);
}

Test(usage_server, descendants_count_and_so_do_those_that_have_ended)
{
	put_parent(42, 10, 0, "43 44 ");
	put_parent(43, 20, 0, "45");
	put_parent(44, 30, 0, "");
	put_parent(45, 40, 0, "");
	read_server(&before);
	cr_assert(before.totals.server_known);
	cr_expect_eq(before.process_count, 4);
	cr_expect_eq(before.totals.server.cpu_ns, 100 * TICK);
	/* 44 has used 5 more and ended; 46 came and went, with 7. */
	put_parent(42, 11, 35 + 7, "43");
	put_parent(43, 22, 0, "45");
	put_parent(45, 44, 0, "");
	end_process(44);
	read_server(&after);
	cr_assert(difference().server_known);
	cr_expect_eq(difference().server.cpu_ns, (1 + 2 + 4 + 5 + 7) * TICK);
}

Test(usage_server, a_grandchild_is_inherited_with_its_parent)
{
	put_parent(42, 10, 0, "43");
	put_parent(43, 20, 0, "44");
	put_parent(44, 30, 0, "");
	read_server(&before);
	put_parent(42, 10, 51, "");
	read_server(&after);
	cr_assert(difference().server_known);
	cr_expect_eq(difference().server.cpu_ns, TICK);
}

Test(usage_server, a_child_that_nobody_has_waited_for_is_not_known)
{
	put_parent(42, 10, 0, "43");
	put_parent(43, 20, 0, "");
	read_server(&before);
	put_parent(42, 20, 0, "");
	read_server(&after);
	cr_assert(after.totals.server_known);
	cr_expect_not(difference().server_known);
}

Test(usage_server, a_grandchild_that_was_left_alone_is_not_known)
{
	put_parent(42, 10, 0, "43");
	put_parent(43, 20, 0, "44");
	put_parent(44, 30, 0, "");
	read_server(&before);
	put_parent(42, 10, 20, "");
	read_server(&after);
	cr_expect_not(difference().server_known);
}

/* Its children's time is thrown away; so nothing is known once they may have come and gone. */
Test(usage_server, children_that_are_ignored_are_known_only_while_they_stay)
{
	fake_root_put("/proc/42/task/42/status", "Name:\tx\nSigIgn:\t0000000000010000\n");
	put_parent(42, 10, 0, "43");
	put_parent(43, 20, 0, "");
	read_server(&before);
	put_parent(43, 25, 0, "");
	read_server(&after);
	cr_assert(difference().server_known);
	cr_expect_eq(difference().server.cpu_ns, 5 * TICK);
	put_parent(42, 10, 0, "43 44");
	put_parent(44, 0, 0, "");
	read_server(&after);
	cr_expect_not(difference().server_known);
}

Test(usage_server, a_child_that_ends_while_it_is_read_is_left_out)
{
	put_parent(42, 10, 0, "43 44");
	put_parent(44, 20, 0, "");
	read_server(&after);
	cr_assert(after.totals.server_known);
	cr_expect_eq(after.totals.server.cpu_ns, 30 * TICK);
}

Test(usage_server, without_knowing_its_children_a_server_is_not_known)
{
	put_stat("/proc/42/stat", 10, 5, 0, 1000);
	fake_root_put("/proc/42/task/42/comm", "x\n");
	read_server(&after);
	cr_expect_not(after.totals.server_known);
}

Test(usage_server, more_processes_than_can_be_watched_are_not_known)
{
	static char children[USAGE_PROCESSES_MAX * 8];

	for (int i = 0; i < USAGE_PROCESSES_MAX; i++)
		(void)snprintf(children + strlen(children), 8, "%d ", 1000 + i);
	put_parent(42, 10, 0, children);
	read_server(&after);
	cr_expect_not(after.totals.server_known);
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

/* Its child, which works when told to, and then ends. */
static void fork_and_wait(int input, int output)
{
	uint64_t used_ns = 0;
	pid_t process;
	char byte;

	if (read(input, &byte, 1) != 1)
		_exit(1);
	process = fork();
	if (process == 0) {
		(void)work(&used_ns);
		(void)!write(output, &used_ns, sizeof(used_ns));
		_exit(0);
	}
	if (waitpid(process, NULL, 0) != process || write(output, &byte, 1) != 1 ||
	    read(input, &byte, 1) != 0)
		_exit(1);
	_exit(0);
}

/* There in a build with the thread sanitizer. */
void *__tsan_get_current_fiber(void) __attribute__((weak));

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
	struct usage used;
	struct error error;
	pid_t process;

	if (__tsan_get_current_fiber)
		cr_skip_test("the thread sanitizer lets no child of fork() have threads");
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
	used = difference();
	cr_expect(used.server_known);
	cr_expect_geq(used.server.cpu_ns, used_ns);
	(void)close(to_child[1]);
	cr_assert_eq(waitpid(process, &status, 0), process);
	cr_expect_eq(status, 0);
	cr_expect_eq(usage_check_server(process, &error), -ESRCH);
}

Test(usage_server, a_process_is_charged_what_its_ended_child_has_used)
{
	int to_child[2], from_child[2];
	uint64_t used_ns = 0;
	pid_t process;
	char byte;

	cr_assert_eq(pipe(to_child), 0);
	cr_assert_eq(pipe(from_child), 0);
	process = fork();
	if (process == 0) {
		(void)close(to_child[1]);
		fork_and_wait(to_child[0], from_child[1]);
	}
	usage_read("", process, &before);
	cr_assert_eq(write(to_child[1], "x", 1), 1);
	cr_assert_eq(read(from_child[0], &used_ns, sizeof(used_ns)), sizeof(used_ns));
	cr_assert_eq(read(from_child[0], &byte, 1), 1);
	usage_read("", process, &after);
	cr_assert(difference().server_known);
	cr_expect_geq(difference().server.cpu_ns + 2 * TICK, used_ns);
	(void)close(to_child[1]);
	cr_assert_eq(waitpid(process, NULL, 0), process);
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
