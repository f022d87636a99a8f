/* What a run has cost, as members of the result document. */
#include <errno.h>
#include <stddef.h>

#include "base/array.h"
#include "base/json.h"
#include "usage/usage.h"

struct member {
	const char *name;
	size_t offset; /* of an uint64_t */
};

#define ROW(type, field)                             \
	{                                            \
#field, offsetof(struct type, field) \
	}

static const struct member cpu_members[] = {
	ROW(cpu_usage, user_ns),    ROW(cpu_usage, system_ns), ROW(cpu_usage, irq_ns),
	ROW(cpu_usage, softirq_ns), ROW(cpu_usage, steal_ns),  ROW(cpu_usage, idle_ns),
};

static const struct member network_members[] = {
	ROW(network_usage, udp_receive_buffer_errors),
	ROW(network_usage, udp_send_buffer_errors),
	ROW(network_usage, udp_in_errors),
	ROW(network_usage, udp_no_ports),
	ROW(network_usage, tcp_retransmissions),
	ROW(network_usage, tcp_listen_overflows),
	ROW(network_usage, tcp_listen_drops),
};

static const struct member process_members[] = {
	ROW(process_usage, user_ns),
	ROW(process_usage, system_ns),
	ROW(process_usage, switches_voluntary),
	ROW(process_usage, switches_involuntary),
	ROW(process_usage, busiest_ns),
};

static int put_members(json_t *object, const void *from, const struct member *members, size_t count)
{
	int error = 0;

	for (size_t i = 0; i < count; i++) {
		const void *field = (const char *)from + members[i].offset;

		error |= json_put_unsigned(object, members[i].name, *(const uint64_t *)field);
	}
	return error;
}

static int put_null(json_t *object, const char *key)
{
	return json_put_string(object, key, NULL);
}

static int put_share(json_t *object, uint64_t part, uint64_t whole)
{
	if (whole == 0)
		return put_null(object, "busy_share");
	return json_put_real(object, "busy_share", (double)part / (double)whole);
}

static json_t *host_cpu_to_json(const struct usage *usage)
{
	const struct cpu_usage *cpu = &usage->cpu;
	uint64_t busy_ns = cpu->user_ns + cpu->system_ns + cpu->irq_ns + cpu->softirq_ns +
			   cpu->steal_ns;
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= json_put_unsigned(object, "elapsed_ns", usage->taken_ns);
	error |= json_put_unsigned(object, "cpus", usage->cpu_count);
	error |= put_members(object, cpu, cpu_members, ARRAY_SIZE(cpu_members));
	error |= put_share(object, busy_ns, busy_ns + cpu->idle_ns);
	return json_complete(object, error);
}

static json_t *network_to_json(const struct usage *usage)
{
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= put_members(object, &usage->network, network_members, ARRAY_SIZE(network_members));
	return json_complete(object, error);
}

static json_t *server_to_json(const struct usage *usage, pid_t pid, uint64_t requests)
{
	const struct process_usage *server = &usage->server;
	json_t *object = json_object();
	int error = object ? 0 : -ENOMEM;

	error |= json_put_integer(object, "pid", pid);
	error |= json_put_unsigned(object, "cpu_ns", server->cpu_ns);
	if (requests > 0)
		error |= json_put_unsigned(object, "cpu_ns_per_request", server->cpu_ns / requests);
	else
		error |= put_null(object, "cpu_ns_per_request");
	error |= put_members(object, server, process_members, ARRAY_SIZE(process_members));
	error |= put_share(object, server->busiest_ns, usage->taken_ns);
	return json_complete(object, error);
}

int usage_to_json(const struct usage *difference, pid_t server, uint64_t requests, json_t *object)
{
	int error = 0;

	error |= json_put_value(object, "host_cpu",
				difference->cpu_known ? host_cpu_to_json(difference) : json_null());
	error |= json_put_value(object, "network",
				difference->network_known ? network_to_json(difference)
							  : json_null());
	error |= json_put_value(object, "server",
				difference->server_known
					? server_to_json(difference, server, requests)
					: json_null());
	return error;
}
