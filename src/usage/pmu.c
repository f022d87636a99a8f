#include "usage/pmu.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PARANOID "/proc/sys/kernel/perf_event_paranoid"

/* What a read of the group gives (PERF_FORMAT_GROUP, with both times). */
struct group {
	uint64_t count;
	uint64_t enabled_ns, running_ns;
	uint64_t cycles, instructions;
};

static int open_counter(uint64_t config, bool user_only, int leader)
{
	struct perf_event_attr counter = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(counter),
		.config = config,
		.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED |
			       PERF_FORMAT_TOTAL_TIME_RUNNING,
		.exclude_kernel = user_only,
		.exclude_hv = user_only,
	};
	long fd = syscall(SYS_perf_event_open, &counter, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

/* Both or none: a share of instructions per cycle needs them from the same time. */
static int open_group(struct thread_meter *meter, bool user_only)
{
	int leader = open_counter(PERF_COUNT_HW_CPU_CYCLES, user_only, -1);
	int follower;

	if (leader < 0)
		return leader;
	follower = open_counter(PERF_COUNT_HW_INSTRUCTIONS, user_only, leader);
	if (follower < 0) {
		(void)close(leader);
		return follower;
	}
	meter->group_fd = leader;
	meter->instructions_fd = follower;
	return 0;
}

static bool read_group(const struct thread_meter *meter, struct group *ret_group)
{
	return read(meter->group_fd, ret_group, sizeof(*ret_group)) == sizeof(*ret_group) &&
	       ret_group->count == 2;
}

static void paranoid_read(char *ret_text, size_t size)
{
	FILE *file = fopen(PARANOID, "re");

	*ret_text = '\0';
	if (!file)
		return;
	if (fgets(ret_text, (int)size, file))
		ret_text[strcspn(ret_text, "\n")] = '\0';
	(void)fclose(file);
}

void pmu_refusal(int error, const char *paranoid, char *ret_reason, size_t size)
{
	switch (error) {
	case -ENOENT:
	case -ENODEV:
	case -EOPNOTSUPP:
		(void)snprintf(ret_reason, size,
			       "this processor or virtual machine has no performance counters");
		break;
	case -ENOSYS:
		(void)snprintf(ret_reason, size,
			       "this kernel, or a seccomp filter, has no perf_event_open");
		break;
	case -EACCES:
	case -EPERM:
		(void)snprintf(ret_reason, size,
			       "forbidden by kernel.perf_event_paranoid (%s) or a seccomp filter",
			       *paranoid ? paranoid : "not known");
		break;
	default:
		(void)snprintf(ret_reason, size, "perf_event_open: %s", strerror(-error));
	}
}

/* The thread is running, so its counters are, unless somebody holds all that there are. */
static void check_running(struct thread_meter *meter)
{
	struct group group = { 0 };

	if (read_group(meter, &group) && group.running_ns > 0)
		return;
	(void)snprintf(meter->pmu_missing, sizeof(meter->pmu_missing),
		       "all of the processor's performance counters are in use");
	pmu_close(meter);
}

void pmu_open(struct thread_meter *ret_meter)
{
	char paranoid[16];
	int error;

	*ret_meter = (struct thread_meter){ .group_fd = -1, .instructions_fd = -1 };
	paranoid_read(paranoid, sizeof(paranoid));
	error = open_group(ret_meter, false);
	if (error == -EACCES || error == -EPERM) {
		error = open_group(ret_meter, true);
		if (!error)
			(void)snprintf(ret_meter->pmu_note, sizeof(ret_meter->pmu_note),
				       "user space only: kernel.perf_event_paranoid is %s",
				       *paranoid ? paranoid : "not known");
	}
	if (error)
		pmu_refusal(error, paranoid, ret_meter->pmu_missing,
			    sizeof(ret_meter->pmu_missing));
	else
		check_running(ret_meter);
}

void pmu_close(struct thread_meter *meter)
{
	if (meter->group_fd < 0)
		return;
	(void)close(meter->instructions_fd);
	(void)close(meter->group_fd);
	meter->group_fd = meter->instructions_fd = -1;
}

uint64_t pmu_scale(uint64_t count, uint64_t enabled_ns, uint64_t running_ns)
{
	if (running_ns == 0 || running_ns >= enabled_ns)
		return count;
	return (uint64_t)((double)count * ((double)enabled_ns / (double)running_ns));
}

void pmu_read(const struct thread_meter *meter, uint64_t *ret_cycles, uint64_t *ret_instructions)
{
	struct group group;

	if (meter->group_fd < 0 || !read_group(meter, &group))
		return;
	*ret_cycles = pmu_scale(group.cycles, group.enabled_ns, group.running_ns);
	*ret_instructions = pmu_scale(group.instructions, group.enabled_ns, group.running_ns);
}
