#include "usage/proc_stat.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

/* The columns behind "cpu". Guest time is in the first two as well. */
enum column { USER, NICE, SYSTEM, IDLE, IO_WAIT, IRQ, SOFTIRQ, STEAL, COLUMN_COUNT };

uint64_t proc_tick_ns(void)
{
	long per_second = sysconf(_SC_CLK_TCK);

	return NS_PER_S / (uint64_t)(per_second > 0 ? per_second : 100);
}

/* As many columns as the kernel has; returns how many. */
static int columns_parse(const char *at, uint64_t *ret_ticks)
{
	int count = 0;

	while (count < COLUMN_COUNT) {
		char *end;

		at += strspn(at, " ");
		if (!isdigit((unsigned char)*at))
			break;
		ret_ticks[count++] = strtoull(at, &end, 10);
		at = end;
	}
	return count;
}

/* Lines that begin with cpu and a number. */
static uint32_t count_cpus(const char *text)
{
	uint32_t count = 0;

	for (const char *at = text; (at = strstr(at, "\ncpu")); at++)
		count += isdigit((unsigned char)at[strlen("\ncpu")]) != 0;
	return count;
}

int proc_stat_parse(const char *text, uint64_t tick_ns, struct cpu_usage *ret_cpu,
		    uint32_t *ret_count)
{
	uint64_t ticks[COLUMN_COUNT] = { 0 };

	if (strncmp(text, "cpu ", 4) != 0 || columns_parse(text + 4, ticks) <= IDLE)
		return -EINVAL;
	*ret_cpu = (struct cpu_usage){
		.user_ns = (ticks[USER] + ticks[NICE]) * tick_ns,
		.system_ns = ticks[SYSTEM] * tick_ns,
		.irq_ns = ticks[IRQ] * tick_ns,
		.softirq_ns = ticks[SOFTIRQ] * tick_ns,
		.steal_ns = ticks[STEAL] * tick_ns,
		.idle_ns = (ticks[IDLE] + ticks[IO_WAIT]) * tick_ns,
	};
	*ret_count = count_cpus(text);
	return 0;
}
