/* What a run has cost: read below a root of our own, subtracted, added up, and as JSON. */
#include <criterion/criterion.h>
#include <string.h>

#include "fake_root.h"
#include "usage/usage.h"

#define SECOND 1000000000ull
#define TICK 10000000ull

TestSuite(usage, .init = fake_root_make, .fini = fake_root_remove);

static void put_host(const char *stat, const char *udp, const char *tcp_extended)
{
	char text[512];

	fake_root_put("/proc/stat", stat);
	(void)snprintf(text, sizeof(text),
		       "Tcp: MaxConn RetransSegs\nTcp: -1 5\n"
		       "Udp: InDatagrams NoPorts InErrors RcvbufErrors SndbufErrors\nUdp: %s\n",
		       udp);
	fake_root_put("/proc/net/snmp", text);
	(void)snprintf(text, sizeof(text), "TcpExt: ListenOverflows ListenDrops\nTcpExt: %s\n",
		       tcp_extended);
	fake_root_put("/proc/net/netstat", text);
}

Test(usage, a_difference_is_what_was_used_in_between)
{
	static struct usage_reading before, after;
	struct usage difference;

	put_host("cpu  100 0 50 1000 0 1 2 3\ncpu0 1\ncpu1 1\n", "9 1 2 3 4", "7 8");
	usage_read(fake_root, 0, &before);
	put_host("cpu  130 0 60 1100 0 1 22 3\ncpu0 1\ncpu1 1\n", "9 1 12 13 4", "7 9");
	usage_read(fake_root, 0, &after);
	usage_difference(&after, &before, &difference);
	cr_assert(difference.cpu_known);
	cr_assert(difference.network_known);
	cr_assert_not(difference.server_known);
	cr_expect_eq(difference.taken_ns, after.totals.taken_ns - before.totals.taken_ns);
	cr_expect_eq(difference.cpu_count, 2);
	cr_expect_eq(difference.cpu.user_ns, 30 * TICK);
	cr_expect_eq(difference.cpu.system_ns, 10 * TICK);
	cr_expect_eq(difference.cpu.softirq_ns, 20 * TICK);
	cr_expect_eq(difference.cpu.idle_ns, 100 * TICK);
	cr_expect_eq(difference.cpu.irq_ns, 0);
	cr_expect_eq(difference.network.udp_receive_buffer_errors, 10);
	cr_expect_eq(difference.network.udp_in_errors, 10);
	cr_expect_eq(difference.network.tcp_retransmissions, 0);
	cr_expect_eq(difference.network.tcp_listen_drops, 1);
}

Test(usage, idle_time_that_goes_back_is_no_huge_difference)
{
	static struct usage_reading before, after;
	struct usage difference;

	put_host("cpu  100 0 50 1000 9 1 2 3\n", "0 0 0 0 0", "0 0");
	usage_read(fake_root, 0, &before);
	put_host("cpu  100 0 50 1000 8 1 2 3\n", "0 0 0 0 0", "0 0");
	usage_read(fake_root, 0, &after);
	usage_difference(&after, &before, &difference);
	cr_expect_eq(difference.cpu.idle_ns, 0);
}

Test(usage, what_cannot_be_read_is_not_known)
{
	static struct usage_reading reading;

	usage_read(fake_root, 1, &reading);
	cr_expect_not(reading.totals.cpu_known);
	cr_expect_not(reading.totals.network_known);
	cr_expect_not(reading.totals.server_known);
	cr_expect_gt(reading.totals.taken_ns, 0);
	fake_root_put("/proc/stat", "nothing of the kind\n");
	usage_read(fake_root, 0, &reading);
	cr_expect_not(reading.totals.cpu_known);
}

Test(usage, this_machine_has_what_is_known_here)
{
	static struct usage_reading reading;

	usage_read("", 0, &reading);
	cr_assert(reading.totals.cpu_known);
	cr_expect_gt(reading.totals.cpu_count, 0);
	cr_expect_gt(reading.totals.cpu.user_ns + reading.totals.cpu.system_ns, 0);
	cr_expect(reading.totals.network_known);
}

static struct usage example(void)
{
	return (struct usage){
		.taken_ns = 2 * SECOND,
		.cpu_known = true,
		.network_known = true,
		.server_known = true,
		.cpu_count = 2,
		.cpu = { .user_ns = SECOND, .softirq_ns = SECOND / 2, .idle_ns = SECOND * 5 / 2 },
		.network = { .udp_receive_buffer_errors = 3 },
		.server = { .cpu_ns = SECOND, .busiest_ns = SECOND / 2, .switches_voluntary = 4 },
	};
}

static json_t *to_json(const struct usage *usage, uint64_t requests)
{
	json_t *object = json_object();

	cr_assert_eq(usage_to_json(usage, 42, requests, object), 0);
	return object;
}

static const json_t *member(const json_t *document, const char *object, const char *name)
{
	const json_t *value = json_object_get(json_object_get(document, object), name);

	cr_assert_not_null(value, "no %s.%s", object, name);
	return value;
}

Test(usage, documents_have_shares_and_cost_a_request)
{
	struct usage usage = example();
	json_t *document = to_json(&usage, 1000);

	cr_expect_eq(json_integer_value(member(document, "host_cpu", "elapsed_ns")), 2 * SECOND);
	cr_expect_eq(json_integer_value(member(document, "host_cpu", "cpus")), 2);
	cr_expect_eq(json_integer_value(member(document, "host_cpu", "softirq_ns")), SECOND / 2);
	cr_expect_float_eq(json_real_value(member(document, "host_cpu", "busy_share")), 0.375,
			   1e-9);
	cr_expect_eq(json_integer_value(member(document, "network", "udp_receive_buffer_errors")),
		     3);
	cr_expect_eq(json_integer_value(member(document, "server", "pid")), 42);
	cr_expect_eq(json_integer_value(member(document, "server", "cpu_ns_per_request")),
		     SECOND / 1000);
	cr_expect_float_eq(json_real_value(member(document, "server", "busy_share")), 0.25, 1e-9);
	cr_expect_float_eq(usage_server_busy(&usage), 0.25, 1e-9);
	json_decref(document);
}

Test(usage, documents_say_null_for_what_is_not_known)
{
	struct usage nothing = { .taken_ns = 1 }, usage = example();
	json_t *document = to_json(&nothing, 1);

	cr_expect(json_is_null(json_object_get(document, "host_cpu")));
	cr_expect(json_is_null(json_object_get(document, "network")));
	cr_expect(json_is_null(json_object_get(document, "server")));
	cr_expect_lt(usage_server_busy(&nothing), 0);
	json_decref(document);
	document = to_json(&usage, 0);
	cr_expect(json_is_null(member(document, "server", "cpu_ns_per_request")));
	json_decref(document);
}

Test(usage, sums_know_what_all_parts_knew)
{
	struct usage sum = { 0 }, part = example();

	usage_add(&sum, &part);
	part.network_known = false;
	usage_add(&sum, &part);
	cr_expect_eq(sum.taken_ns, 4 * SECOND);
	cr_expect_eq(sum.cpu.user_ns, 2 * SECOND);
	cr_expect_eq(sum.server.cpu_ns, 2 * SECOND);
	cr_expect_float_eq(usage_server_busy(&sum), 0.25, 1e-9);
	cr_expect(sum.cpu_known);
	cr_expect(sum.server_known);
	cr_expect_not(sum.network_known);
}
