/* Clocks, and sleeping. */
#include "calls_time.h"

#include "base/clock.h"
#include "calls.h"
#include "task.h"

#define STEP_NS_MAX (3600 * (int64_t)NS_PER_S)
/* Of the time that passes this part is told as CPU time. */
#define CPU_SHARE 4u

static struct timespec time_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / NS_PER_S),
				  .tv_nsec = (long)(ns % NS_PER_S) };
}

/* A leap second, or whoever sets clocks: in either direction. */
static void step_wall(void)
{
	int64_t by_ns = world_below(4) == 0 ? (int64_t)NS_PER_S
					    : (int64_t)(world_random() % (uint64_t)STEP_NS_MAX);

	world_step_wall(world_below(2) ? by_ns : -by_ns);
}

static bool is_wall(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	if (!world_get())
		return __real_clock_gettime(clock, ret_time);
	world_glance();
	if (is_wall(clock)) {
		if (world_fault(FAULT_CLOCK_STEP))
			step_wall();
		*ret_time = time_of((uint64_t)world_wall_ns());
	} else if (clock == CLOCK_THREAD_CPUTIME_ID || clock == CLOCK_PROCESS_CPUTIME_ID) {
		*ret_time = time_of(world_now_ns() / CPU_SHARE);
	} else {
		*ret_time = time_of(world_now_ns());
	}
	return 0;
}

static uint64_t ns_of(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_nsec;
}

static void sleep_until(uint64_t deadline_ns)
{
	world_enter();
	(void)task_sleep(NULL, NULL, deadline_ns);
	world_trace("sleep", -1, 0);
}

int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
			   struct timespec *ret_left)
{
	uint64_t until_ns = ns_of(time);

	if (!world_get())
		return __real_clock_nanosleep(clock, flags, time, ret_left);
	if (!(flags & TIMER_ABSTIME))
		until_ns += world_now_ns();
	else if (is_wall(clock))
		until_ns += world_now_ns() - (uint64_t)world_wall_ns();
	sleep_until(until_ns);
	return 0;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *ret_left)
{
	if (!world_get())
		return __real_nanosleep(time, ret_left);
	sleep_until(world_now_ns() + ns_of(time));
	return 0;
}

int __wrap_adjtimex(struct timex *state)
{
	if (!world_get())
		return __real_adjtimex(state);
	world_enter();
	*state = (struct timex){ .status = STA_PLL | STA_NANO,
				 .esterror = 100,
				 .maxerror = 1000,
				 .precision = 1,
				 .tick = 10000 };
	return TIME_OK;
}

int __wrap_getrusage(__rusage_who_t who, struct rusage *ret_usage)
{
	uint64_t us;

	if (!world_get())
		return __real_getrusage(who, ret_usage);
	us = world_now_ns() / CPU_SHARE / NS_PER_US;
	*ret_usage = (struct rusage){ .ru_utime = { .tv_sec = (time_t)(us / 1000000),
						    .tv_usec = (suseconds_t)(us % 1000000) } };
	return 0;
}
