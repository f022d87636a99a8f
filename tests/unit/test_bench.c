/* ringside bench: sets of workloads, commands of servers, CPU time over a window, children. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/account.h"
#include "bench/child.h"
#include "bench/meter.h"
#include "bench/server.h"
#include "bench/workload.h"

#define SOON_NS (30 * NS_PER_S)
#define AT_ONCE_NS (20 * NS_PER_MS)

TestSuite(bench, .timeout = 60);

static const struct workload *find_workload(const char *name)
{
	uint32_t i = 0;

	while (i < workload_count && strcmp(workloads[i].name, name) != 0)
		i++;
	cr_assert_lt(i, workload_count, "no workload %s", name);
	return &workloads[i];
}

static struct child start(const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct child_command command = { .path = "/bin/sh",
					       .argv = argv,
					       .cpu = CHILD_ANY_CPU };
	struct child child;
	struct error error;

	cr_assert_eq(child_start(&command, &child, &error), 0);
	return child;
}

Test(bench, workloads_are_named_or_all)
{
	struct error error;
	uint64_t set, one;

	cr_assert_eq(workload_set_parse("all", &set, &error), 0);
	cr_assert_eq(set, (1ull << workload_count) - 1);
	cr_assert_eq(workload_set_parse(workloads[2].name, &one, &error), 0);
	cr_assert_eq(one, 1ull << 2);
	cr_assert_eq(workload_set_parse("tcp-1,udp-1,tcp-1", &set, &error), 0);
	cr_assert_eq(__builtin_popcountll(set), 2);
}

Test(bench, an_unknown_workload_leaves_the_set_alone)
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

Test(bench, another_server_gets_transport_and_size)
{
	struct server_command command;
	struct server server;
	struct error error;

	cr_assert_eq(server_parse("x=run {size} {transport} {other}", &server, &error), 0);
	cr_assert_str_eq(server.name, "x");
	cr_assert_eq(server_command_make(&server, find_workload("udp-64"), &command), 0);
	cr_assert_str_eq(command.argv[2], "exec run 64 udp {other}");
	cr_assert(!server_takes(&server, find_workload("unix-50")));
}

Test(bench, a_server_needs_a_name_and_a_command)
{
	static const char *const texts[] = { "", "x", "x=", "=run",
					     "a-name-that-is-much-too-long-for-any-table=run" };
	struct server server;
	struct error error;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_assert_eq(server_parse(texts[i], &server, &error), -EINVAL, "%s", texts[i]);
}

Test(bench, a_command_that_does_not_fit_is_refused)
{
	static char text[2 * SERVER_COMMAND_MAX];
	struct server_command command;
	struct server server = { .name = "x", .command = text };

	memset(text, 'x', sizeof(text) - 1);
	cr_assert_eq(server_command_make(&server, find_workload("tcp-1"), &command), -EMSGSIZE);
}

/* A document with these members, as text; the answer is account_read()'s. */
static int read_account(const char *text, struct account *ret_account)
{
	json_t *document = json_loads(text, 0, NULL);
	int error;

	cr_assert_not_null(document, "%s", text);
	error = account_read(document, ret_account);
	json_decref(document);
	return error;
}

Test(bench, an_account_outlives_its_document)
{
	json_t *object = json_object(), *both;
	struct account account;

	cr_assert_eq(read_account("{\"backend\": {\"effective\": \"uring\"}, \"features\": {}}",
				  &account),
		     0);
	cr_assert_eq(account_put(&account, object), 0);
	both = account_to_json(&account);
	account_finish(&account);
	cr_assert(json_equal(object, both));
	cr_assert_str_eq(
		json_string_value(json_object_get(json_object_get(object, "backend"), "effective")),
		"uring");
	cr_assert(json_is_object(json_object_get(object, "features")));
	json_decref(object);
	json_decref(both);
}

Test(bench, an_account_that_is_not_there_is_null)
{
	struct account account = { 0 };
	json_t *object = json_object();

	cr_assert_eq(read_account("{\"backend\": {}}", &account), -EPROTO);
	cr_assert_eq(read_account("{\"backend\": \"uring\", \"features\": {}}", &account), -EPROTO);
	cr_assert_eq(account_read(NULL, &account), -EPROTO);
	cr_assert_eq(account_put(&account, object), 0);
	cr_assert_eq(json_object_size(object), 2);
	cr_assert(json_is_null(json_object_get(object, "backend")));
	cr_assert(json_is_null(json_object_get(object, "features")));
	cr_assert(json_is_null(account_to_json(&account)));
	json_decref(object);
}

Test(bench, cpu_time_is_interpolated_to_the_window)
{
	struct meter meter = { .count = 3,
			       .samples = { { 1000, 0 }, { 2000, 100 }, { 3000, 500 } } };
	double cpu_ns;

	cr_assert_eq(meter_between(&meter, 1500, 2500, &cpu_ns), 0);
	cr_assert_float_eq(cpu_ns, 250, 1e-6);
	cr_assert_eq(meter_between(&meter, 1000, 3000, &cpu_ns), 0);
	cr_assert_float_eq(cpu_ns, 500, 1e-6);
	cr_assert_eq(meter_between(&meter, 999, 3000, &cpu_ns), -EDOM);
	cr_assert_eq(meter_between(&meter, 1000, 3001, &cpu_ns), -EDOM);
}

Test(bench, a_long_run_keeps_its_first_and_last_readings)
{
	struct meter meter;
	uint64_t first_ns, last_ns;
	double cpu_ns;

	cr_assert_eq(meter_open(getpid(), &meter), 0);
	first_ns = meter.samples[0].at_ns;
	for (uint32_t i = 0; i < 5 * METER_SAMPLE_MAX; i++)
		meter_read(&meter);
	last_ns = meter.samples[meter.count - 1].at_ns;
	cr_assert_leq(meter.count, METER_SAMPLE_MAX);
	cr_assert_eq(meter_between(&meter, first_ns, last_ns, &cpu_ns), 0);
	cr_assert_gt(cpu_ns, 0);
}

Test(bench, a_child_is_read_line_by_line_and_then_to_its_end)
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
Test(bench, a_large_document_is_read_whole)
{
	struct child child = start("head -c 3000000 /dev/zero | tr '\\0' x; printf end");
	const char *rest;

	cr_assert_eq(child_wait(&child, SOON_NS), 0);
	cr_assert_eq(child_read_rest(&child, &rest), 0);
	cr_assert_eq(strspn(rest, "x"), 3000000);
	cr_assert_str_eq(rest + 3000000, "end");
	child_finish(&child);
}

Test(bench, a_child_that_says_nothing_has_said_an_empty_text)
{
	struct child child = start("exit 0");
	const char *rest;

	cr_assert_eq(child_wait(&child, SOON_NS), 0);
	cr_assert_eq(child_read_rest(&child, &rest), 0);
	cr_assert_str_eq(rest, "");
	child_finish(&child);
}

/* It is not waited for either: what it writes to is closed. */
Test(bench, a_child_that_says_too_much_is_not_listened_to_for_ever)
{
	struct child child = start("exec cat /dev/zero");
	const char *rest = "untouched";

	cr_assert_eq(child_wait(&child, SOON_NS), 0);
	cr_assert_eq(WTERMSIG(child.status), SIGPIPE);
	cr_assert_eq(child_read_rest(&child, &rest), -EMSGSIZE);
	cr_assert_str_eq(rest, "untouched");
	child_finish(&child);
}

Test(bench, a_silent_child_is_not_waited_for_for_ever)
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

Test(bench, a_child_that_will_not_end_is_killed)
{
	struct child child = start("trap '' TERM; echo ready; exec sleep 1000");
	char text[64];

	cr_assert_eq(child_read_line(&child, SOON_NS, text, sizeof(text)), 0);
	cr_assert_eq(child_stop(&child, AT_ONCE_NS), -ETIMEDOUT);
	cr_assert_eq(WTERMSIG(child.status), SIGKILL);
	child_finish(&child);
}

Test(bench, a_program_that_is_not_there_says_so)
{
	const char *const argv[] = { "x", NULL };
	const struct child_command command = { .path = "/nonexistent",
					       .argv = argv,
					       .cpu = CHILD_ANY_CPU };
	struct child child;
	struct error error;
	char text[128];

	cr_assert_eq(child_start(&command, &child, &error), 0);
	cr_assert_eq(child_wait(&child, SOON_NS), 0);
	cr_assert_not_null(strstr(child_last_words(&child, text, sizeof(text)), "/nonexistent"));
	child_finish(&child);
}
