#include "fake_clock.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define MONOTONIC_BEGIN_NS 1000000000000ull

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);

static bool is_on;
static uint64_t passed_ns;

void fake_clock_begin(void)
{
	is_on = true;
	passed_ns = 0;
}

void fake_clock_end(void)
{
	is_on = false;
}

void fake_clock_pass(uint64_t ns)
{
	passed_ns += ns;
}

int64_t fake_clock_wall_ns(void)
{
	return FAKE_CLOCK_WALL_NS + (int64_t)passed_ns;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	uint64_t now_ns = MONOTONIC_BEGIN_NS + passed_ns;

	if (!is_on)
		return (int)syscall(SYS_clock_gettime, clock, ret_time);
	if (clock == CLOCK_REALTIME)
		now_ns = (uint64_t)fake_clock_wall_ns();
	*ret_time = (struct timespec){ .tv_sec = (time_t)(now_ns / NS_PER_S),
				       .tv_nsec = (long)(now_ns % NS_PER_S) };
	return 0;
}
