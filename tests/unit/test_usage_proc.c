/* Files of /proc, as kernels write them and as hostile names make them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fake_root.h"
#include "usage/proc_file.h"
#include "usage/proc_net.h"
#include "usage/proc_process.h"
#include "usage/proc_stat.h"

#define TICK_NS 10000000ull

TestSuite(proc_file, .init = fake_root_make, .fini = fake_root_remove);

/* The kernel tells no sizes: all lengths around those of the buffer are tried. */
Test(proc_file, the_whole_of_a_file_is_read_whatever_its_size)
{
	static char text[70000];

	for (size_t size = 1; size < sizeof(text); size = size * 2 + 1)
		for (size_t length = size - 1; length <= size + 1; length++) {
			char *content;

			memset(text, 'x', length);
			text[length] = '\0';
			fake_root_put("/42/stat", text);
			content = proc_read(fake_root, "/%d/stat", 42);
			cr_assert_not_null(content, "%s", strerror(errno));
			cr_assert_str_eq(content, text);
			free(content);
		}
}

Test(proc_file, what_cannot_be_read_says_why)
{
	static char root[PATH_MAX + 1];

	errno = 0;
	cr_assert_null(proc_read("/proc", "/self/no-such-file"));
	cr_assert_eq(errno, ENOENT);
	cr_assert_null(proc_read("/proc", "/self"), "a directory has no content");
	cr_assert_eq(errno, EISDIR);
	memset(root, '/', sizeof(root) - 1);
	cr_assert_null(proc_read(root, "/self/stat"));
	cr_assert_eq(errno, ENAMETOOLONG);
}

Test(proc_stat, time_of_all_cpus_is_summed_by_what_it_was_spent_on)
{
	struct cpu_usage cpu;
	uint32_t count;

	cr_assert_eq(proc_stat_parse("cpu  100 20 300 4000 50 6 70 8 90 10\n"
				     "cpu0 50 10 150 2000 25 3 35 4 45 5\n"
				     "cpu3 50 10 150 2000 25 3 35 4 45 5\n"
				     "intr 12345 0 9 cpu 7\nctxt 5\n",
				     TICK_NS, &cpu, &count),
		     0);
	cr_expect_eq(cpu.user_ns, 120 * TICK_NS);
	cr_expect_eq(cpu.system_ns, 300 * TICK_NS);
	cr_expect_eq(cpu.idle_ns, 4050 * TICK_NS);
	cr_expect_eq(cpu.irq_ns, 6 * TICK_NS);
	cr_expect_eq(cpu.softirq_ns, 70 * TICK_NS);
	cr_expect_eq(cpu.steal_ns, 8 * TICK_NS);
	cr_expect_eq(count, 2);
}

Test(proc_stat, columns_that_a_kernel_lacks_are_zero)
{
	struct cpu_usage cpu;
	uint32_t count;

	cr_assert_eq(proc_stat_parse("cpu  1 2 3 4\ncpu0 1 2 3 4\n", TICK_NS, &cpu, &count), 0);
	cr_expect_eq(cpu.user_ns, 3 * TICK_NS);
	cr_expect_eq(cpu.idle_ns, 4 * TICK_NS);
	cr_expect_eq(cpu.softirq_ns, 0);
	cr_expect_eq(count, 1);
}

Test(proc_stat, what_is_no_such_file_is_refused)
{
	struct cpu_usage cpu = { .user_ns = 7 };
	uint32_t count = 7;

	cr_expect_eq(proc_stat_parse("", TICK_NS, &cpu, &count), -EINVAL);
	cr_expect_eq(proc_stat_parse("cpu  1 2 3\n", TICK_NS, &cpu, &count), -EINVAL);
	cr_expect_eq(proc_stat_parse("cpu0 1 2 3 4\n", TICK_NS, &cpu, &count), -EINVAL);
	cr_expect_eq(cpu.user_ns, 7);
	cr_expect_eq(count, 7);
}

static const char snmp[] =
	"Ip: Forwarding DefaultTTL InReceives\nIp: 1 64 1000\n"
	"Tcp: RtoAlgorithm MaxConn ActiveOpens RetransSegs InErrs\nTcp: 1 -1 2700 31 4\n"
	"Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors\n"
	"Udp: 9000 11 12 13 14 15\n"
	"UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors\n"
	"UdpLite: 1 2 3 4 5 6\n";
static const char snmp6[] =
	"Ip6InReceives                   \t116\nUdp6InDatagrams\t70\nUdp6NoPorts\t100\n"
	"Udp6InErrors\t200\nUdp6RcvbufErrorsOfOthers\t9\nUdp6RcvbufErrors\t400\n"
	"Udp6SndbufErrors\t800\nUdpLite6NoPorts\t5\n";
static const char netstat[] =
	"TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 21 22\n"
	"IpExt: InNoRoutes\nIpExt: 3\n";

Test(proc_net, counters_are_found_by_their_names)
{
	struct network_usage network;

	cr_assert_eq(proc_net_parse(snmp, NULL, netstat, &network), 0);
	cr_expect_eq(network.udp_receive_buffer_errors, 14);
	cr_expect_eq(network.udp_send_buffer_errors, 15);
	cr_expect_eq(network.udp_in_errors, 12);
	cr_expect_eq(network.udp_no_ports, 11);
	cr_expect_eq(network.tcp_retransmissions, 31);
	cr_expect_eq(network.tcp_listen_overflows, 21);
	cr_expect_eq(network.tcp_listen_drops, 22);
}

Test(proc_net, udp_over_ipv6_has_counters_of_its_own_and_is_added)
{
	struct network_usage network;

	cr_assert_eq(proc_net_parse(snmp, snmp6, netstat, &network), 0);
	cr_expect_eq(network.udp_receive_buffer_errors, 414);
	cr_expect_eq(network.udp_send_buffer_errors, 815);
	cr_expect_eq(network.udp_in_errors, 212);
	cr_expect_eq(network.udp_no_ports, 111);
	cr_expect_eq(network.tcp_retransmissions, 31);
}

Test(proc_net, files_without_such_counters_are_refused)
{
	struct network_usage network = { .udp_no_ports = 7 };

	cr_expect_eq(proc_net_parse("", NULL, netstat, &network), -EINVAL);
	cr_expect_eq(proc_net_parse(snmp, NULL, "TcpExt: ListenDrops\n", &network), -EINVAL);
	cr_expect_eq(proc_net_parse(snmp, NULL, "TcpExt: ListenOverflows ListenDrops\nTcpExt: 1\n",
				    &network),
		     -EINVAL);
	cr_expect_eq(network.udp_no_ports, 7);
}

static void check_stat(const char *name)
{
	struct process_stat stat;
	char text[256];

	(void)snprintf(text, sizeof(text),
		       "42 (%s) S 1 42 42 0 -1 4194560 100 200 300 400 150 25 7 8 20 0 4 0 "
		       "987654 1000000 500 18446744073709551615 1 1\n",
		       name);
	cr_assert_eq(process_stat_parse(text, &stat), 0, "%s", text);
	cr_expect_eq(stat.state, 'S');
	cr_expect_eq(stat.user_ticks, 150);
	cr_expect_eq(stat.system_ticks, 25);
	cr_expect_eq(stat.start_ticks, 987654);
}

Test(proc_process, stat_is_read_whatever_the_process_is_called)
{
	check_stat("ringside");
	check_stat("");
	check_stat("a b");
	check_stat("x) R 9 9 9");
	check_stat(")) Z (((");
	check_stat("new\nline) Z 1");
}

Test(proc_process, a_stat_that_ends_early_is_refused)
{
	struct process_stat stat = { .state = 'x' };

	cr_expect_eq(process_stat_parse("", &stat), -EINVAL);
	cr_expect_eq(process_stat_parse("42 (name", &stat), -EINVAL);
	cr_expect_eq(process_stat_parse("42 (name)", &stat), -EINVAL);
	cr_expect_eq(process_stat_parse("42 (name) ", &stat), -EINVAL);
	cr_expect_eq(process_stat_parse("42 (name) S 1 2 3 4 5 6 7 8 9 10 11 12", &stat), -EINVAL);
	cr_expect_eq(stat.state, 'x');
}

Test(proc_process, schedstat_begins_with_the_time_on_a_cpu)
{
	uint64_t cpu_ns = 7;

	cr_expect_eq(schedstat_parse("", &cpu_ns), -EINVAL);
	cr_expect_eq(schedstat_parse("none\n", &cpu_ns), -EINVAL);
	cr_expect_eq(cpu_ns, 7);
	cr_expect_eq(schedstat_parse("123456789012 345 67\n", &cpu_ns), 0);
	cr_expect_eq(cpu_ns, 123456789012);
}

Test(proc_process, switches_of_both_kinds_are_told_apart)
{
	uint64_t voluntary = 0, involuntary = 0;

	cr_assert_eq(switches_parse("Name:\tvoluntary_ctxt_switches:\t9\nState:\tS\n"
				    "voluntary_ctxt_switches:\t150\n"
				    "nonvoluntary_ctxt_switches:\t545\n",
				    &voluntary, &involuntary),
		     0);
	cr_expect_eq(voluntary, 150);
	cr_expect_eq(involuntary, 545);
	cr_expect_eq(
		switches_parse("Name:\tx\nvoluntary_ctxt_switches:\t1\n", &voluntary, &involuntary),
		-EINVAL);
	cr_expect_eq(voluntary, 150);
}
