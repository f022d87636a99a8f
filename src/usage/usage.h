/*
 * What a run has cost this host as a whole: its CPUs, with the interrupt work that is charged to no
 * process (/proc/stat); what its network stack had to drop (/proc/net/snmp, netstat); and what the
 * server's process used, where its number is known (/proc/PID). Running totals, and differences.
 */
#ifndef USAGE_USAGE_H
#define USAGE_USAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Of all CPUs together, ns (by ticks of 1/100 s). */
struct cpu_usage {
	uint64_t user_ns, system_ns, irq_ns, softirq_ns, steal_ns, idle_ns;
};

/* Of this network namespace: what the kernel dropped or sent again. */
struct network_usage {
	uint64_t udp_receive_buffer_errors; /* no room in a socket's receive buffer */
	uint64_t udp_send_buffer_errors;
	uint64_t udp_in_errors; /* all kinds; the above among them */
	uint64_t udp_no_ports;
	uint64_t tcp_retransmissions;
	uint64_t tcp_listen_overflows; /* a listen queue was full */
	uint64_t tcp_listen_drops;
};

struct process_usage {
	uint64_t cpu_ns; /* of all threads, exact (schedstat) where the kernel has it, or by ticks */
	uint64_t user_ns, system_ns; /* by ticks */
	uint64_t switches_voluntary, switches_involuntary;
	uint64_t busiest_ns; /* a difference: of the thread that used most in between */
};

#define USAGE_THREADS_MAX 256

/* At one moment. What could not be read stays zero and its flag false. */
struct usage {
	uint64_t taken_ns; /* CLOCK_MONOTONIC */
	bool cpu_known, network_known, server_known;
	uint32_t cpu_count;
	struct cpu_usage cpu;
	struct network_usage network;
	struct process_usage server;
	/* The server's threads, so that the busiest one is found. */
	uint32_t thread_count;
	struct {
		pid_t id;
		uint64_t cpu_ns;
	} threads[USAGE_THREADS_MAX];
};

/* Take them; server 0: none. root stands before /proc ("" is this machine). */
void usage_read(const char *root, pid_t server, struct usage *ret_usage);

/* after - before; server_known if both are and it is the same process. */
void usage_difference(const struct usage *after, const struct usage *before, struct usage *ret_usage);

/* Is there such a process, and may we read what it uses? Errors: ESRCH, EACCES with a sentence. */
int usage_check_server(pid_t server, struct error *ret_error);

/*
 * The members of a difference for the result document:
 *	"host_cpu": {"elapsed_ns", "cpus", "user_ns", "system_ns", "irq_ns", "softirq_ns", "steal_ns",
 *		     "busy_share"} or null
 *	"network": {"udp_receive_buffer_errors", ...} or null
 *	"server": {"pid", "cpu_ns", "cpu_ns_per_request", "user_ns", "system_ns",
 *		   "switches_voluntary", "switches_involuntary", "busy_share"} or null
 * requests: that were answered meanwhile. Errors: ENOMEM.
 */
int usage_to_json(const struct usage *difference, pid_t server, uint64_t requests, json_t *object);

#endif
