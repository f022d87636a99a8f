#include "usage/usage.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/counters.h"
#include "usage/family.h"
#include "usage/proc_file.h"
#include "usage/proc_net.h"
#include "usage/proc_stat.h"
#include "usage/server.h"

static bool read_cpu(const char *root, struct usage *usage)
{
	char *text = proc_read(root, "/proc/stat");
	bool known = text &&
		     proc_stat_parse(text, proc_tick_ns(), &usage->cpu, &usage->cpu_count) == 0;

	free(text);
	return known;
}

static bool read_network(const char *root, struct usage *usage)
{
	char *snmp = proc_read(root, "/proc/net/snmp");
	char *snmp6 = proc_read(root, "/proc/net/snmp6");
	char *netstat = proc_read(root, "/proc/net/netstat");
	bool known = snmp && netstat && proc_net_parse(snmp, snmp6, netstat, &usage->network) == 0;

	free(snmp);
	free(snmp6);
	free(netstat);
	return known;
}

void usage_read(const char *root, pid_t server, struct usage_reading *ret_reading)
{
	struct usage *totals = &ret_reading->totals;

	*totals = (struct usage){ .taken_ns = clock_now_ns() };
	ret_reading->process_count = ret_reading->thread_count = 0;
	totals->cpu_known = read_cpu(root, totals);
	totals->network_known = read_network(root, totals);
	totals->server_known = server > 0 && server_read(root, server, ret_reading) == 0;
}

void usage_difference(const struct usage_reading *later, const struct usage_reading *earlier,
		      struct usage *ret_usage)
{
	const struct usage *after = &later->totals, *before = &earlier->totals;
	struct usage difference = {
		.taken_ns = after->taken_ns - before->taken_ns,
		.cpu_known = after->cpu_known && before->cpu_known,
		.network_known = after->network_known && before->network_known,
		.server_known = after->server_known && before->server_known &&
				family_is_accounted(later, earlier),
		.cpu_count = after->cpu_count,
	};

	counters_subtract(&after->cpu, &before->cpu, &difference.cpu, sizeof(difference.cpu));
	counters_subtract(&after->network, &before->network, &difference.network,
			  sizeof(difference.network));
	counters_subtract(&after->server, &before->server, &difference.server,
			  sizeof(difference.server));
	difference.server.busiest_ns = server_busiest_ns(later, earlier);
	*ret_usage = difference;
}

void usage_add(struct usage *sum, const struct usage *difference)
{
	if (sum->taken_ns == 0) {
		*sum = *difference;
		return;
	}
	sum->taken_ns += difference->taken_ns;
	sum->cpu_known = sum->cpu_known && difference->cpu_known;
	sum->network_known = sum->network_known && difference->network_known;
	sum->server_known = sum->server_known && difference->server_known;
	counters_add(&sum->cpu, &difference->cpu, sizeof(sum->cpu));
	counters_add(&sum->network, &difference->network, sizeof(sum->network));
	counters_add(&sum->server, &difference->server, sizeof(sum->server));
}

double usage_server_busy(const struct usage *difference)
{
	if (!difference->server_known || difference->taken_ns == 0)
		return -1;
	return (double)difference->server.busiest_ns / (double)difference->taken_ns;
}
