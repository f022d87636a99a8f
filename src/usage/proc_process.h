/* One process or thread, in files of /proc/PID or /proc/PID/task/TID. */
#ifndef USAGE_PROC_PROCESS_H
#define USAGE_PROC_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of the file stat; ticks. */
struct process_stat {
	char state; /* Z: it has ended */
	uint64_t user_ticks, system_ticks;
	uint64_t waited_ticks; /* of its children that have ended, and of theirs */
	uint64_t start_ticks;  /* after the boot */
};

/*
 * The contents of the files stat, schedstat and status. The process's name in stat may be any bytes
 * at all: nothing before the last parenthesis is believed. (In status its newlines are escaped.)
 * Errors: EINVAL.
 */
int process_stat_parse(const char *text, struct process_stat *ret_stat);
int schedstat_parse(const char *text, uint64_t *ret_cpu_ns);
int switches_parse(const char *text, uint64_t *ret_voluntary, uint64_t *ret_involuntary);

/* Of the file status: does it ignore SIGCHLD? Then the kernel counts what its children have used
 * nowhere once they end. false also if that is not told. */
bool ignores_children(const char *status);

/* The numbers of children in the file children, at most max of them; returns how many there are. */
uint32_t children_parse(const char *text, pid_t *ret_children, uint32_t max);

#endif
