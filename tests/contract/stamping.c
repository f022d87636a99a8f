#include "stamping.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

enum { READY_NS_MAX = 2000000000 };

int64_t wall_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * (int64_t)1000000000 + now.tv_nsec;
}

void stamping_open(struct hand *hand, uint32_t ancillary)
{
	struct engine_config config;

	setting_config(&config);
	config.listener_ancillary = config.client_ancillary = ancillary;
	if (ancillary & ANCILLARY_DEPARTURE)
		setting_allow(&config, FEATURE_DEPARTURES);
	hand_open(hand, &config);
}

void stamping_ready(void)
{
	int error = engine_stamps_ready(READY_NS_MAX);

	cr_assert_eq(error, 0, "engine_stamps_ready: %s", strerror(-error));
}

struct moment stamping_send(int fd, const void *bytes, size_t length)
{
	struct moment moment = { .before_ns = wall_ns() };

	peer_send(fd, bytes, length);
	moment.after_ns = wall_ns();
	return moment;
}

static void check_between(int64_t ns, int64_t before_ns, int64_t after_ns)
{
	cr_assert_geq(ns, before_ns, "%lld ns before it was sent", (long long)(before_ns - ns));
	cr_assert_leq(ns, after_ns, "%lld ns too late", (long long)(ns - after_ns));
}

/* By when what was sent has arrived on loopback: when send(2) returns, unless a thread of the
 * kernel delivers it (PREEMPT_RT). */
static int64_t arrived_by(const struct moment *moment)
{
	struct utsname kernel;

	return uname(&kernel) == 0 && strstr(kernel.version, "PREEMPT_RT") ? wall_ns()
									   : moment->after_ns;
}

void stamping_check(const struct message *message, const struct moment *moment)
{
	cr_assert_eq(message->stamp, STAMP_KERNEL, "the stamp is of source %u", message->stamp);
	cr_assert_eq(message->clock, STAMP_REALTIME);
	check_between(message->arrived_ns, moment->before_ns, arrived_by(moment));
}

void stamping_check_own(const struct message *message, const struct moment *moment)
{
	cr_assert_eq(message->stamp, STAMP_USER, "the stamp is of source %u", message->stamp);
	cr_assert_eq(message->clock, STAMP_REALTIME);
	check_between(message->arrived_ns, moment->after_ns, wall_ns());
}
