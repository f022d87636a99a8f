/* Daytime's line, in each of its formats. */
#include <stdlib.h>
#include <time.h>

#include "service_trial.h"

#define CTIME_LINE "Sun Nov 22 11:15:22 2026\r\n"
#define SMTP_LINE "22 NOV 2026 11:15:22 UTC\r\n"
#define ISO8601_LINE "2026-11-22T11:15:22Z\r\n"

static struct trial trial;

static void use_utc(void)
{
	(void)setenv("TZ", "UTC0", 1);
}

TestSuite(daytime, .init = use_utc);

static void init_with_format(enum daytime_format format)
{
	struct service_options options = { .daytime_format = format };

	trial_init(&trial, "daytime", &options);
}

Test(daytime, tells_the_time_in_each_format)
{
	static const char *const lines[] = {
		[DAYTIME_CTIME] = CTIME_LINE,
		[DAYTIME_SMTP] = SMTP_LINE,
		[DAYTIME_ISO8601] = ISO8601_LINE,
	};

	for (int format = DAYTIME_CTIME; format <= DAYTIME_ISO8601; format++) {
		init_with_format((enum daytime_format)format);
		assert_answer(trial_datagram(&trial, ""), lines[format]);
		assert_answer(trial_opened(&trial), lines[format]);
	}
}

Test(daytime, hangs_up_after_the_line)
{
	init_with_format(DAYTIME_CTIME);
	cr_assert_neq(trial_opened(&trial)->flags & MESSAGE_HANG_UP, 0);
}

Test(daytime, ignores_what_a_stream_brings)
{
	init_with_format(DAYTIME_CTIME);
	assert_silent(trial_stream(&trial, "what time is it?"));
}

Test(daytime, answers_any_datagram)
{
	init_with_format(DAYTIME_CTIME);
	assert_answer(trial_datagram(&trial, "what time is it?"), CTIME_LINE);
	assert_answer(trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM | MESSAGE_TRUNCATED, "xyz",
				3, TRIAL_WALL_NS),
		      CTIME_LINE);
}

Test(daytime, refuses_its_own_line_in_whatever_format)
{
	init_with_format(DAYTIME_CTIME);
	assert_refused(trial_datagram(&trial, CTIME_LINE), REFUSED_LOOP);
	assert_refused(trial_datagram(&trial, SMTP_LINE), REFUSED_LOOP);
	assert_refused(trial_datagram(&trial, ISO8601_LINE), REFUSED_LOOP);
	assert_refused(trial_datagram(&trial, "Sat Jun  6 01:02:03 1998\r\n"), REFUSED_LOOP);
	assert_answer(trial_datagram(&trial, "Sat Jun  6 01:02:03 1998\r\n!"), CTIME_LINE);
}

Test(daytime, moves_on_with_the_clock)
{
	init_with_format(DAYTIME_ISO8601);
	assert_answer(trial_datagram(&trial, ""), ISO8601_LINE);
	assert_answer(
		trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM, "", 0, TRIAL_WALL_NS + 499999999),
		ISO8601_LINE);
	assert_answer(
		trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM, "", 0, TRIAL_WALL_NS + 500000000),
		"2026-11-22T11:15:23Z\r\n");
	assert_answer(trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM, "", 0,
				TRIAL_WALL_NS - 3600000000000),
		      "2026-11-22T10:15:22Z\r\n");
}

Test(daytime, refuses_where_the_line_does_not_fit)
{
	init_with_format(DAYTIME_CTIME);
	trial.message.capacity = 25;
	assert_refused(trial_datagram(&trial, ""), REFUSED_SIZE);
	trial.message.capacity = 26;
	assert_answer(trial_datagram(&trial, ""), CTIME_LINE);
}
