/* Greeting says one thing only. */
#include "service_trial.h"

static struct trial trial;

TestSuite(greeting);

static void init_with_text(const char *text)
{
	struct service_options options = { .text = text };

	trial_init(&trial, "greeting", &options);
}

Test(greeting, says_hello_to_dave)
{
	trial_init(&trial, "greeting", NULL);
	assert_answer(trial_stream(&trial, "Hello Hal"), "Hello Dave");
	assert_answer(trial_datagram(&trial, "Hello Hal"), "Hello Dave");
	assert_answer(trial_datagram(&trial, ""), "Hello Dave");
	assert_silent(trial_opened(&trial));
}

Test(greeting, says_the_text_it_is_given)
{
	init_with_text("I am afraid I can't do that");
	assert_answer(trial_stream(&trial, "Open the doors"), "I am afraid I can't do that");
}

Test(greeting, refuses_its_own_text)
{
	init_with_text("Hello Dave");
	assert_refused(trial_datagram(&trial, "Hello Dave"), REFUSED_LOOP);
	assert_answer(trial_datagram(&trial, "Hello Dave!"), "Hello Dave");
	assert_answer(trial_stream(&trial, "Hello Dave"), "Hello Dave");
}

Test(greeting, may_be_empty)
{
	init_with_text("");
	assert_answer(trial_datagram(&trial, "Hello"), "");
	cr_assert_eq(trial.message.answer_empty, 1);
	assert_silent(trial_stream(&trial, "Hello"));
	assert_refused(trial_datagram(&trial, ""), REFUSED_LOOP);
}

Test(greeting, refuses_where_the_text_does_not_fit)
{
	init_with_text("Hello Dave");
	trial.message.capacity = 9;
	assert_refused(trial_datagram(&trial, "hi"), REFUSED_SIZE);
}
