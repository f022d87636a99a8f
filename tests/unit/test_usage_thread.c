/* What a thread has used, and why its processor counts nothing. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "usage/pmu.h"
#include "usage/thread_usage.h"

static void work(uint64_t cpu_ns)
{
	uint64_t end_ns = clock_cpu_ns(CLOCK_THREAD_CPUTIME_ID) + cpu_ns;
	volatile uint64_t sum = 0;

	while (clock_cpu_ns(CLOCK_THREAD_CPUTIME_ID) < end_ns)
		sum = sum + 1;
}

Test(thread_usage, work_shows_in_the_difference)
{
	struct thread_usage before, after;
	struct thread_meter meter;

	thread_meter_open(&meter);
	thread_meter_read(&meter, &before);
	work(20 * NS_PER_MS);
	thread_meter_read(&meter, &after);
	thread_meter_close(&meter);
	cr_expect_geq(after.cpu_ns - before.cpu_ns, 20 * NS_PER_MS);
	cr_expect_gt(after.user_ns + after.system_ns, before.user_ns + before.system_ns);
	if (meter.pmu_missing[0] == '\0')
		cr_expect_gt(after.cycles, before.cycles);
	else
		cr_expect_eq(after.cycles, 0);
}

Test(thread_usage, counters_are_there_or_a_reason)
{
	struct thread_meter meter;

	thread_meter_open(&meter);
	cr_expect_eq(meter.group_fd < 0, meter.pmu_missing[0] != '\0', "%d '%s'", meter.group_fd,
		     meter.pmu_missing);
	if (meter.pmu_missing[0] != '\0')
		cr_expect_str_eq(meter.pmu_note, "");
	thread_meter_close(&meter);
	thread_meter_close(&meter);
	cr_expect_eq(meter.group_fd, -1);
}

static void check_refusal(int error, const char *paranoid, const char *reason)
{
	char text[USAGE_REASON_MAX];

	pmu_refusal(error, paranoid, text, sizeof(text));
	cr_expect_str_eq(text, reason);
}

Test(pmu, each_refusal_has_its_reason)
{
	char other[USAGE_REASON_MAX];

	check_refusal(-ENOENT, "2",
		      "this processor or virtual machine has no performance counters");
	check_refusal(-EOPNOTSUPP, "2",
		      "this processor or virtual machine has no performance counters");
	check_refusal(-ENOSYS, "", "this kernel, or a seccomp filter, has no perf_event_open");
	check_refusal(-EACCES, "4",
		      "forbidden by kernel.perf_event_paranoid (4) or a seccomp filter");
	check_refusal(-EPERM, "",
		      "forbidden by kernel.perf_event_paranoid (not known) or a seccomp filter");
	(void)snprintf(other, sizeof(other), "perf_event_open: %s", strerror(EMFILE));
	check_refusal(-EMFILE, "2", other);
}

Test(pmu, counts_of_a_part_of_the_time_are_scaled_to_all_of_it)
{
	cr_expect_eq(pmu_scale(1000, 500, 500), 1000);
	cr_expect_eq(pmu_scale(1000, 500, 250), 2000);
	cr_expect_eq(pmu_scale(0, 500, 0), 0);
	cr_expect_eq(pmu_scale(UINT64_MAX, 7, 7), UINT64_MAX);
}
