/* How much of the CPUs others took: read below a root of our own. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "experiment/disturbance.h"
#include "fake_root.h"

/* So long that what this test itself takes is nothing beside it. */
#define TIME_S 1000

TestSuite(disturbance, .init = fake_root_make, .fini = fake_root_remove);

/* Where all CPUs have spent shares of their time, in percent, as /proc/stat has it. */
static void stat_put(int user, int idle, int iowait, int irq, int softirq, int steal)
{
	const long ticks = TIME_S * sysconf(_SC_CLK_TCK) * sysconf(_SC_NPROCESSORS_ONLN) / 100;
	char line[256];

	(void)snprintf(line, sizeof(line), "cpu  %ld 0 0 %ld %ld %ld %ld %ld 0 0\ncpu0 0 0\n",
		       user * ticks, idle * ticks, iowait * ticks, irq * ticks, softirq * ticks,
		       steal * ticks);
	fake_root_put("/proc/stat", line);
}

static struct disturbance begin(void)
{
	struct disturbance disturbance;

	stat_put(0, 0, 0, 0, 0, 0);
	cr_assert_eq(disturbance_begin(fake_root, &disturbance), 0);
	disturbance.start_ns -= TIME_S * NS_PER_S;
	return disturbance;
}

static void check(const struct disturbance *disturbance, double expected)
{
	double share = -1;

	cr_assert_eq(disturbance_end(fake_root, disturbance, &share), 0);
	cr_expect_float_eq(share, expected, 0.02, "%f, not %f", share, expected);
}

Test(disturbance, what_is_neither_idle_nor_ours_is_that_of_others)
{
	struct disturbance disturbance = begin();

	stat_put(10, 60, 10, 5, 10, 5);
	check(&disturbance, 0.3);
	stat_put(0, 100, 0, 0, 0, 0);
	check(&disturbance, 0);
}

Test(disturbance, interrupts_that_nobody_is_charged_for_are_not_that_of_others)
{
	struct disturbance disturbance;

	fake_root_put("/proc/pressure/irq", "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
	disturbance = begin();
	stat_put(10, 60, 10, 5, 10, 5);
	check(&disturbance, 0.15);
}

Test(disturbance, without_its_file_it_is_not_known)
{
	struct disturbance disturbance;
	double share = 42;

	cr_assert_eq(disturbance_begin(fake_root, &disturbance), -ENOENT);
	disturbance = begin();
	fake_root_put("/proc/stat", "nonsense\n");
	cr_assert_eq(disturbance_end(fake_root, &disturbance, &share), -EPROTO);
	cr_assert_float_eq(share, 42, 1e-9);
}
