/* RFC 868's four bytes. */
#include "service_trial.h"

#define WRAP_UNIX 2085978496ll /* 2036-02-07 06:28:16 UTC */

static struct trial trial;

TestSuite(rfc868);

static void assert_seconds(int64_t unix_second, uint32_t expected)
{
	const struct message *message = trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM, "", 0,
						  unix_second * 1000000000);
	uint32_t told = (uint32_t)message->data[0] << 24 | (uint32_t)message->data[1] << 16 |
			(uint32_t)message->data[2] << 8 | message->data[3];

	cr_assert_eq(message->reply, 4);
	cr_assert_eq(told, expected);
}

/* The examples are RFC 868's own. */
Test(rfc868, counts_from_1900)
{
	trial_init(&trial, "time", NULL);
	assert_seconds(0, 2208988800u);
	assert_seconds(189302400, 2398291200u);
	assert_seconds(420595200, 2629584000u);
}

Test(rfc868, wraps_in_2036)
{
	trial_init(&trial, "time", NULL);
	assert_seconds(WRAP_UNIX - 1, UINT32_MAX);
	assert_seconds(WRAP_UNIX, 0);
	assert_seconds(WRAP_UNIX + 1, 1);
}

Test(rfc868, tells_a_stream_once_and_hangs_up)
{
	trial_init(&trial, "time", NULL);
	cr_assert_eq(trial_opened(&trial)->reply, 4);
	cr_assert_neq(trial.message.flags & MESSAGE_HANG_UP, 0);
	assert_silent(trial_stream(&trial, "more"));
}

Test(rfc868, answers_a_datagram_shorter_than_the_answer)
{
	trial_init(&trial, "time", NULL);
	cr_assert_eq(trial_datagram(&trial, "")->reply, 4);
	cr_assert_eq(trial_datagram(&trial, "\r\n")->reply, 4);
}

Test(rfc868, refuses_what_may_be_an_answer)
{
	trial_init(&trial, "time", NULL);
	assert_refused(trial_datagram(&trial, "time"), REFUSED_LOOP);
	assert_refused(trial_datagram(&trial, "time?"), REFUSED_SIZE);
}

Test(rfc868, refuses_where_the_answer_does_not_fit)
{
	trial_init(&trial, "time", NULL);
	trial.message.capacity = 3;
	assert_refused(trial_datagram(&trial, ""), REFUSED_SIZE);
}

Test(rfc868, is_silent_where_the_clock_has_to_be_kept_and_is_not)
{
	const struct service_options options = { .require_sync = true };
	struct clock_quality clock = { .error_ns = 1000 };

	trial_init(&trial, "time", &options);
	trial.state.clock = &clock;
	assert_refused(trial_datagram(&trial, ""), REFUSED_CLOCK);
	cr_assert_eq(trial_opened(&trial)->reply, 0);
	cr_assert_neq(trial.message.flags & MESSAGE_HANG_UP, 0);
	clock.synchronised = true;
	cr_assert_eq(trial_datagram(&trial, "")->reply, 4);
	cr_assert_eq(trial_opened(&trial)->reply, 4);
}
