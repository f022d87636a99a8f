#include "experiment/disturbance.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

static FILE *file_open(const char *root, const char *path)
{
	char whole[PATH_MAX];

	(void)snprintf(whole, sizeof(whole), "%s%s", root, path);
	return fopen(whole, "re");
}

/* Is nobody charged for interrupts? Where that is so (CONFIG_IRQ_TIME_ACCOUNTING, and a clock that
 * is quick enough), kernels from 6.1 on tell the pressure of interrupts; before nothing tells. */
static bool has_free_interrupts(const char *root)
{
	FILE *file = file_open(root, "/proc/pressure/irq");
	bool told = file && fgetc(file) != EOF;

	if (file)
		(void)fclose(file);
	return told;
}

/* The first line of /proc/stat: user, nice, system, idle, iowait, irq and softirq of all CPUs, in
 * ticks. */
static int nobodys_read(const char *root, uint64_t *ret_ns)
{
	uint64_t idle, iowait, irq = 0, softirq = 0;
	FILE *file = file_open(root, "/proc/stat");
	int count;

	if (!file)
		return -errno;
	count = fscanf(file, "cpu %*u %*u %*u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &idle,
		       &iowait, &irq, &softirq);
	(void)fclose(file);
	if (count < 2)
		return -EPROTO;
	if (!has_free_interrupts(root))
		irq = softirq = 0;
	*ret_ns = (idle + iowait + irq + softirq) * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
	return 0;
}

static uint64_t usage_ns(int who)
{
	struct rusage usage = { 0 };

	(void)getrusage(who, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NS_PER_US;
}

static int state_read(const char *root, struct disturbance *ret_state)
{
	ret_state->start_ns = clock_now_ns();
	ret_state->ours_ns = usage_ns(RUSAGE_SELF) + usage_ns(RUSAGE_CHILDREN);
	return nobodys_read(root, &ret_state->nobodys_ns);
}

int disturbance_begin(const char *root, struct disturbance *ret_disturbance)
{
	return state_read(root, ret_disturbance);
}

int disturbance_end(const char *root, const struct disturbance *disturbance, double *ret_share)
{
	struct disturbance now = { 0 };
	int error = state_read(root, &now);
	double all_ns, spent_ns;

	if (error < 0)
		return error;
	all_ns = (double)(now.start_ns - disturbance->start_ns) *
		 (double)sysconf(_SC_NPROCESSORS_ONLN);
	spent_ns = (double)(now.nobodys_ns - disturbance->nobodys_ns) +
		   (double)(now.ours_ns - disturbance->ours_ns);
	if (all_ns <= 0)
		return -EDOM;
	*ret_share = spent_ns < all_ns ? 1 - spent_ns / all_ns : 0;
	return 0;
}
