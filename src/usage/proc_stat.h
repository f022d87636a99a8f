/* The CPUs' time in /proc/stat. */
#ifndef USAGE_PROC_STAT_H
#define USAGE_PROC_STAT_H

#include <stdint.h>

#include "usage/usage.h"

/* How long a tick of /proc is, ns. */
uint64_t proc_tick_ns(void);

/* Time of all CPUs together and their number. text is the file's content. Errors: EINVAL. */
int proc_stat_parse(const char *text, uint64_t tick_ns, struct cpu_usage *ret_cpu,
		    uint32_t *ret_count);

#endif
