/*
 * What a run has cost this host as a whole: its CPUs, with the interrupt work that is charged to no
 * process (/proc/stat); what its network stack had to drop (/proc/net/snmp, snmp6, netstat); and
 * what the server's processes used, where the first one's number is known (/proc/PID). Running
 * totals, and differences. See proc(5) and proc_pid_stat(5).
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

/* Of a process and its descendants. */
struct process_usage {
	/* Of all threads, also ended ones: exact, by the processes' CPU clocks; of processes that
	 * have ended by ticks, as their parents have it. */
	uint64_t cpu_ns;
	uint64_t user_ns, system_ns; /* the two parts of it, by ticks; of those that live */
	uint64_t switches_voluntary, switches_involuntary; /* of the threads that live */
	uint64_t busiest_ns; /* a difference: of the thread that used most in between */
};

/* At one moment, or the difference of two. What could not be read is zero and its flag false. */
struct usage {
	uint64_t taken_ns; /* CLOCK_MONOTONIC; a difference: the time in between */
	bool cpu_known, network_known, server_known;
	uint32_t cpu_count;
	struct cpu_usage cpu;
	struct network_usage network;
	struct process_usage server;
};

#define USAGE_THREADS_MAX 256
#define USAGE_PROCESSES_MAX 2048

/* One of the server's processes. */
struct usage_process {
	pid_t id, parent;      /* 0: it ended while it was read */
	uint64_t start_ticks;  /* what had its number before is another process */
	uint64_t own_ns;       /* CPU time of itself */
	uint64_t waited_ns;    /* of its children that have ended, by ticks */
	bool ignores_children; /* nobody counts what they have used, once they end */
};

/* One moment, and what it takes to compare it with a later one. Large: for the heap. */
struct usage_reading {
	struct usage totals;
	/* The server's processes, the named one first. With more the server is not known. */
	uint32_t process_count;
	struct usage_process processes[USAGE_PROCESSES_MAX];
	/* Their threads, so that the busiest one is found: among the first ones, if there are more.
	 */
	uint32_t thread_count;
	struct usage_thread {
		pid_t id;
		uint64_t cpu_ns;
	} threads[USAGE_THREADS_MAX];
};

/* Take them; server 0: none. root stands before /proc ("" is this machine; below another one a
 * process's cpu_ns is by ticks). */
void usage_read(const char *root, pid_t server, struct usage_reading *ret_reading);

/* later - earlier; server_known if both are, it is the same process, and those of its descendants
 * that have ended meanwhile have left what they used with a parent that is there. What seems to
 * have gone back, as the kernel's idle time may, is 0. */
void usage_difference(const struct usage_reading *later, const struct usage_reading *earlier,
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
