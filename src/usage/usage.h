/*
 * What a run has cost this host as a whole: its CPUs, with the interrupt work that is charged to no
 * process (/proc/stat); what its network stack had to drop (/proc/net/snmp, snmp6, netstat); and
 * what the server's process used, where its number is known (/proc/PID). Running totals, and
 * differences. See proc(5) and proc_pid_stat(5).
 */
#ifndef USAGE_USAGE_H
#define USAGE_USAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Of all CPUs together, by ticks of 1/100 s. Nice and guest time are in user_ns, waiting for a disk
 * is idle. */
struct cpu_usage {
	uint64_t user_ns, system_ns, irq_ns, softirq_ns, steal_ns, idle_ns;
};

/* Of this network namespace, IPv4 and IPv6: what the kernel dropped or sent again. */
struct network_usage {
	uint64_t udp_receive_buffer_errors; /* no room in a socket's receive buffer */
	uint64_t udp_send_buffer_errors;
	uint64_t udp_in_errors; /* all kinds; the above among them */
	uint64_t udp_no_ports;
	uint64_t tcp_retransmissions;
	uint64_t tcp_listen_overflows; /* a listen queue was full */
	uint64_t tcp_listen_drops;     /* for that and any other reason */
};

struct process_usage {
	uint64_t cpu_ns;	     /* of all threads, also ended ones: exact, by its CPU clock */
	uint64_t user_ns, system_ns; /* the two parts of it, by ticks */
	uint64_t switches_voluntary, switches_involuntary; /* of the threads that live */
	uint64_t busiest_ns; /* a difference: of the thread that used most in between */
};

#define USAGE_THREADS_MAX 256

/* At one moment, or the difference of two. What could not be read is zero and its flag false. */
struct usage {
	uint64_t taken_ns; /* CLOCK_MONOTONIC; a difference: the time in between */
	bool cpu_known, network_known, server_known;
	uint32_t cpu_count;
	struct cpu_usage cpu;
	struct network_usage network;
	struct process_usage server;
	uint64_t server_start; /* ticks: what had its number before is another process */
	/* The server's threads, so that the busiest one is found: among the first
	 * USAGE_THREADS_MAX, if there are more. */
	uint32_t thread_count;
	struct usage_thread {
		pid_t id;
		uint64_t cpu_ns;
	} threads[USAGE_THREADS_MAX];
};

/* Take them; server 0: none. root stands before /proc ("" is this machine; below another one a
 * process's cpu_ns is by ticks). */
void usage_read(const char *root, pid_t server, struct usage *ret_usage);

/* after - before; server_known if both are and it is the same process. What seems to have gone
 * back, as the kernel's idle time may, is 0. */
void usage_difference(const struct usage *after, const struct usage *before,
		      struct usage *ret_usage);

/* Add a difference to a sum, which starts as zeroes. Known is what all of them knew. */
void usage_add(struct usage *sum, const struct usage *difference);

/* How much of the time the server's busiest thread was busy, 0..1; negative: not known. */
double usage_server_busy(const struct usage *difference);

/* Is there such a process, and may we read what it uses? Errors: ESRCH, EACCES with a sentence. */
int usage_check_server(pid_t server, struct error *ret_error);

/*
 * Set the members of a difference in the result document:
 *	"host_cpu": {"elapsed_ns", "cpus", "user_ns", "system_ns", "irq_ns", "softirq_ns",
 *		     "steal_ns", "idle_ns", "busy_share"} or null
 *	"network": {"udp_receive_buffer_errors", ...: as in the struct} or null
 *	"server": {"pid", "cpu_ns", "cpu_ns_per_request", "user_ns", "system_ns",
 *		   "switches_voluntary", "switches_involuntary", "busiest_ns", "busy_share"} or null
 * host_cpu.busy_share is what was not idle, of all CPUs; server.busy_share is that of its busiest
 * thread. requests: that were answered meanwhile; none: cpu_ns_per_request is null. Errors: ENOMEM.
 */
int usage_to_json(const struct usage *difference, pid_t server, uint64_t requests, json_t *object);

#endif
