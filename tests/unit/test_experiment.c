/* What experiments are made of: points, servers, the order of trials, children. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "experiment/child.h"
#include "experiment/list.h"
#include "experiment/matrix.h"
#include "experiment/order.h"
#include "experiment/server.h"
#include "experiment/workload.h"

#define SOON_NS (30 * NS_PER_S)
#define AT_ONCE_NS (20 * NS_PER_MS)

TestSuite(experiment, .timeout = 60);

static const struct point *find_workload(const char *name)
{
	uint32_t i = 0;

	while (i < workload_count && strcmp(workloads[i].point.name, name) != 0)
		i++;
	cr_assert_lt(i, workload_count, "no workload %s", name);
	return &workloads[i].point;
}

static struct child start(const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct child_command command = { .path = "/bin/sh", .argv = argv };
	struct child child;
	struct error error;

	cr_assert_eq(child_start(&command, &child, &error), 0);
	return child;
}

Test(experiment, workloads_are_named_or_all)
{
	struct error error;
	uint64_t set, one;

	cr_assert_eq(workload_set_parse("all", &set, &error), 0);
	cr_assert_eq(set, (1ull << workload_count) - 1);
	cr_assert_eq(workload_set_parse(workloads[2].point.name, &one, &error), 0);
	cr_assert_eq(one, 1ull << 2);
	cr_assert_eq(workload_set_parse("tcp-1,udp-1,tcp-1", &set, &error), 0);
	cr_assert_eq(__builtin_popcountll(set), 2);
}

Test(experiment, an_unknown_workload_leaves_the_set_alone)
{
	static const char *const texts[] = { "", "tcp-1,", ",tcp-1", "tcp", "tcp-1x", "tcp-1 " };
	struct error error;
	uint64_t set = 42;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cr_assert_eq(workload_set_parse(texts[i], &set, &error), -EINVAL, "%s", texts[i]);
		cr_assert_eq(set, 42);
	}
	cr_assert_eq(workload_set_parse("tcp-5O", &set, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, "'tcp-50'"));
}

Test(experiment, another_server_gets_what_its_command_asks_for)
{
	struct server_command command;
	struct server server;
	struct error error;

	cr_assert_eq(server_parse("x=run {size} {transport} {other}", &server, &error), 0);
	cr_assert_str_eq(server.name, "x");
	cr_assert(!server_wants_port(&server));
	cr_assert_eq(server_command_make(&server, find_workload("udp-64"), "::1", 0, &command), 0);
	cr_assert_str_eq(command.argv[2], "exec run 64 udp {other}");
	cr_assert(!server_takes(&server, find_workload("unix-50")));
	cr_assert_eq(server_parse("/opt/bin/run --at {host}:{port}", &server, &error), 0);
	cr_assert_str_eq(server.name, "run");
	cr_assert(server_wants_port(&server));
	cr_assert_eq(server_command_make(&server, find_workload("tcp-1"), "::1", 7, &command), 0);
	cr_assert_str_eq(command.argv[2], "exec /opt/bin/run --at ::1:7 >/dev/null");
}

Test(experiment, a_server_needs_a_command_and_a_name_that_fits)
{
	static const char *const texts[] = {
		"",
		" ",
		"x=",
		"x= ",
		"=run",
		"/",
		"a-name-that-is-much-too-long-for-any-table-and-for-anybody-to-read-it=run",
	};
	struct server server;
	struct error error;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_assert_eq(server_parse(texts[i], &server, &error), -EINVAL, "%s", texts[i]);
}

Test(experiment, a_command_that_does_not_fit_is_refused)
{
	static char text[2 * SERVER_COMMAND_MAX];
	struct server_command command;
	struct server server = { .name = "x", .command = text };

	memset(text, 'x', sizeof(text) - 1);
	cr_assert_eq(server_command_make(&server, find_workload("tcp-1"), "::1", 0, &command),
		     -EMSGSIZE);
}

Test(experiment, every_other_round_is_in_reverse)
{
	uint32_t first[20], second[20], other[20];
	bool seen[20] = { false };

	order_fill(7, 3, 4, 20, first);
	order_fill(7, 3, 5, 20, second);
	order_fill(7, 4, 4, 20, other);
	for (uint32_t i = 0; i < 20; i++) {
		cr_assert_eq(first[i], second[19 - i]);
		seen[first[i]] = true;
	}
	for (uint32_t i = 0; i < 20; i++)
		cr_assert(seen[i]);
	cr_assert_neq(memcmp(first, other, sizeof(first)), 0);
	order_fill(7, 3, 4, 20, other);
	cr_assert_eq(memcmp(first, other, sizeof(first)), 0);
}

/* Of two things each comes first about as often: in half of the pairs of rounds. */
Test(experiment, who_comes_first_is_up_to_the_seed)
{
	uint32_t order[2], firsts = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		order_fill(i, 0, 2 * i, 2, order);
		firsts += order[0];
	}
	cr_assert_gt(firsts, 400);
	cr_assert_lt(firsts, 600);
}

static void check_list(const char *text, const uint64_t *values, uint32_t count)
{
	struct number_list list;
	struct error error;

	cr_assert_eq(counts_parse(text, &list, &error), 0, "%s", text);
	cr_assert_eq(list.count, count, "%s: %u", text, list.count);
	for (uint32_t i = 0; i < count; i++)
		cr_assert_eq(list.values[i], values[i], "%s", text);
}

Test(experiment, lists_have_values_and_ranges)
{
	check_list("7", (uint64_t[]){ 7 }, 1);
	check_list("1,50,1k", (uint64_t[]){ 1, 50, 1000 }, 3);
	check_list("1..8", (uint64_t[]){ 1, 2, 4, 8 }, 4);
	check_list("1..500*10", (uint64_t[]){ 1, 10, 100, 500 }, 4);
	check_list("1..3+1,3,9", (uint64_t[]){ 1, 2, 3, 9 }, 4);
	check_list("5..5", (uint64_t[]){ 5 }, 1);
}

Test(experiment, what_is_no_list_leaves_it_alone)
{
	static const char *const texts[] = {
		"",	 ",",	 "1,",	   ",1",    "0",	"1..",
		"..2",	 "2..1", "1..4*1", "1..4*", "1..4+0",	"1..1000000+1",
		"1...4", "x",	 "1 ,2",   "-1",    "1..4*2*2", "99999999999999999999",
	};
	struct number_list list = { .count = 42 };
	struct error error;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cr_assert_eq(counts_parse(texts[i], &list, &error), -EINVAL, "%s", texts[i]);
		cr_assert_eq(list.count, 42);
	}
}

Test(experiment, a_matrix_is_every_combination)
{
	static struct point_list points;
	struct matrix matrix = { .connections = { 2, { 1, 50 } }, .sizes = { 3, { 1, 64, 4096 } } };
	struct error error;

	cr_assert_eq(matrix_points(&matrix, &points, &error), 0);
	cr_assert_eq(points.count, 6);
	cr_assert_str_eq(points.items[0].name, "tcp-1-1");
	cr_assert_str_eq(points.items[5].name, "tcp-50-4Ki");
	cr_assert_str_eq(points.items[5].title, "TCP 50 x 4.00 KiB");
	cr_assert_eq(points.items[5].depth, 1);
}

Test(experiment, servers_of_one_name_are_refused)
{
	static struct server_list servers;
	const char *items[] = { "a=true", "a=false" };
	struct matrix matrix = { .backends = { 1, { 1 } }, .commands = { items, 2 } };
	struct error error;

	cr_assert_eq(matrix_servers(&matrix, &servers, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, "'a'"), "%s", error.text);
}

Test(experiment, a_child_is_read_line_by_line_and_then_to_its_end)
{
	struct child child = start("echo one; echo two; echo why >&2; exit 3");
	const char *rest;
	char text[64];

	cr_assert_eq(child_read_line(&child, SOON_NS, text, sizeof(text)), 0);
	cr_assert_str_eq(text, "one");
	cr_assert_eq(child_wait(&child, SOON_NS), 0);
	cr_assert_eq(WEXITSTATUS(child.status), 3);
	cr_assert_eq(child_read_rest(&child, &rest), 0);
	cr_assert_str_eq(rest, "two\n");
	cr_assert_str_eq(child_last_words(&child, text, sizeof(text)), "why");
	child_finish(&child);
}

/* Much more than a pipe holds: the child ends only if somebody reads while it writes. */
Test(experiment, a_large_document_is_read_whole)
{
	struct child child = start("head -c 3000000 /dev/zero | tr '\\0' x; printf end");
	const char *rest;

	cr_assert_eq(child_wait(&child, SOON_NS), 0);
	cr_assert_eq(child_read_rest(&child, &rest), 0);
	cr_assert_eq(strspn(rest, "x"), 3000000);
	cr_assert_str_eq(rest + 3000000, "end");
	child_finish(&child);
}

Test(experiment, a_child_that_says_nothing_has_said_an_empty_text)
{
	struct child child = start("exit 0");
	const char *rest;

	cr_assert_eq(child_wait(&child, SOON_NS), 0);
	cr_assert_eq(child_read_rest(&child, &rest), 0);
	cr_assert_str_eq(rest, "");
	child_finish(&child);
}

/* It is not waited for either: what it writes to is closed. */
Test(experiment, a_child_that_says_too_much_is_not_listened_to_for_ever)
{
	struct child child = start("exec cat /dev/zero");
	const char *rest = "untouched";

	cr_assert_eq(child_wait(&child, SOON_NS), 0);
	cr_assert_eq(WTERMSIG(child.status), SIGPIPE);
	cr_assert_eq(child_read_rest(&child, &rest), -EMSGSIZE);
	cr_assert_str_eq(rest, "untouched");
	child_finish(&child);
}

/* More than any pipe holds: it gets to its last words only if what it says is taken away. */
Test(experiment, a_child_that_nobody_listens_to_goes_on)
{
	struct child child = start("head -c 3000000 /dev/zero; echo done >&2; exec sleep 1000");
	uint64_t deadline_ns = clock_now_ns() + SOON_NS;
	char text[64];

	while (child_last_words(&child, text, sizeof(text))[0] == '\0' &&
	       clock_now_ns() < deadline_ns)
		child_ignore_output(&child);
	cr_assert_str_eq(child_last_words(&child, text, sizeof(text)), "done");
	child_finish(&child);
	child_ignore_output(&child);
}

Test(experiment, a_silent_child_is_not_waited_for_for_ever)
{
	struct child child = start("exec sleep 1000");
	char text[64];

	cr_assert_eq(child_read_line(&child, AT_ONCE_NS, text, sizeof(text)), -ETIMEDOUT);
	cr_assert_eq(child_wait(&child, AT_ONCE_NS), -ETIMEDOUT);
	cr_assert_eq(child_stop(&child, SOON_NS), 0);
	cr_assert_eq(WTERMSIG(child.status), SIGTERM);
	cr_assert_eq(child_read_line(&child, SOON_NS, text, sizeof(text)), -EPIPE);
	child_finish(&child);
}

Test(experiment, a_child_that_will_not_end_is_killed)
{
	struct child child = start("trap '' TERM; echo ready; exec sleep 1000");
	char text[64];

	cr_assert_eq(child_read_line(&child, SOON_NS, text, sizeof(text)), 0);
	cr_assert_eq(child_stop(&child, AT_ONCE_NS), -ETIMEDOUT);
	cr_assert_eq(WTERMSIG(child.status), SIGKILL);
	child_finish(&child);
}

Test(experiment, a_program_that_is_not_there_says_so)
{
	const char *const argv[] = { "x", NULL };
	const struct child_command command = { .path = "/nonexistent", .argv = argv };
	struct child child;
	struct error error;
	char text[128];

	cr_assert_eq(child_start(&command, &child, &error), 0);
	cr_assert_eq(child_wait(&child, SOON_NS), 0);
	cr_assert_not_null(strstr(child_last_words(&child, text, sizeof(text)), "/nonexistent"));
	child_finish(&child);
}

/* The pipe's other end is closed by the last one that has it; and none of them is left to us. */
Test(experiment, what_a_child_has_started_ends_with_it)
{
	struct child child = start("sleep 1000 & echo $!; exit 0");
	struct pollfd end;
	char text[64];

	cr_assert_eq(child_read_line(&child, SOON_NS, text, sizeof(text)), 0);
	cr_assert_eq(child_wait(&child, SOON_NS), 0);
	end = (struct pollfd){ .fd = child.output_fd, .events = POLLIN };
	cr_assert_eq(poll(&end, 1, 30000), 1);
	cr_assert_eq(end.revents, POLLHUP);
	cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1);
	cr_assert_eq(errno, ECHILD);
	child_finish(&child);
}
