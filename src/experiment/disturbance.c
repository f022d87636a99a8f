#include "experiment/disturbance.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

/* The first line of /proc/stat: user, nice, system, idle and iowait of all CPUs, in ticks. */
static int idle_read(uint64_t *ret_ns)
{
	uint64_t idle, iowait;
	FILE *file = fopen("/proc/stat", "re");
	int count;

	if (!file)
		return -errno;
	count = fscanf(file, "cpu %*u %*u %*u %" SCNu64 " %" SCNu64, &idle, &iowait);
	(void)fclose(file);
	if (count != 2)
		return -EPROTO;
	*ret_ns = (idle + iowait) * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
	return 0;
}

static uint64_t usage_ns(int who)
{
	struct rusage usage = { 0 };

	(void)getrusage(who, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NS_PER_US;
}

static int state_read(struct disturbance *ret_state)
{
	ret_state->start_ns = clock_now_ns();
	ret_state->ours_ns = usage_ns(RUSAGE_SELF) + usage_ns(RUSAGE_CHILDREN);
	return idle_read(&ret_state->idle_ns);
}

int disturbance_begin(struct disturbance *ret_disturbance)
{
	return state_read(ret_disturbance);
}

int disturbance_end(const struct disturbance *disturbance, double *ret_share)
{
	struct disturbance now = { 0 };
	int error = state_read(&now);
	double all_ns, spent_ns;

	if (error < 0)
		return error;
	all_ns = (double)(now.start_ns - disturbance->start_ns) *
		 (double)sysconf(_SC_NPROCESSORS_ONLN);
	spent_ns = (double)(now.idle_ns - disturbance->idle_ns) +
		   (double)(now.ours_ns - disturbance->ours_ns);
	if (all_ns <= 0)
		return -EDOM;
	*ret_share = spent_ns < all_ns ? 1 - spent_ns / all_ns : 0;
	return 0;
}
