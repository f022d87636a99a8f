/* Echo gives back, discard never does. */
#include "service_trial.h"

static struct trial trial;

TestSuite(echo);
TestSuite(discard);

Test(echo, sends_back_what_a_stream_brought)
{
	trial_init(&trial, "echo", NULL);
	assert_answer(trial_stream(&trial, "Hello World"), "Hello World");
	cr_assert_eq(trial.message.flags & MESSAGE_HANG_UP, 0);
}

Test(echo, sends_back_what_a_datagram_brought)
{
	trial_init(&trial, "echo", NULL);
	assert_answer(trial_datagram(&trial, "Hello World"), "Hello World");
	cr_assert_eq(trial.message.answer_empty, 0);
}

Test(echo, answers_an_empty_datagram_with_an_empty_datagram)
{
	trial_init(&trial, "echo", NULL);
	assert_answer(trial_datagram(&trial, ""), "");
	cr_assert_eq(trial.message.answer_empty, 1);
}

Test(echo, answers_every_message_of_a_batch)
{
	struct message batch[3] = {
		{ .kind = MESSAGE_DATA, .length = 1 },
		{ .kind = MESSAGE_OPENED },
		{ .kind = MESSAGE_DATA, .length = 65536 },
	};

	trial_init(&trial, "echo", NULL);
	trial.state.service->answer(&trial.state, batch, 3, 0);
	cr_assert_eq(batch[0].reply, 1);
	cr_assert_eq(batch[1].reply, 0);
	cr_assert_eq(batch[2].reply, 65536);
}

Test(echo, waits_for_the_client_to_speak)
{
	trial_init(&trial, "echo", NULL);
	assert_silent(trial_opened(&trial));
}

Test(discard, never_answers)
{
	trial_init(&trial, "discard", NULL);
	assert_silent(trial_opened(&trial));
	assert_silent(trial_stream(&trial, "Hello World"));
	assert_silent(trial_datagram(&trial, "Hello World"));
	assert_silent(trial_datagram(&trial, ""));
}
