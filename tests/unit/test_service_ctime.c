/* The two textbook servers that answer with ctime(): alone, and as a stamp before the message. */
#include <stdlib.h>
#include <time.h>

#include "service_trial.h"

#define CTIME_TEXT "Sun Nov 22 11:15:22 2026"

static struct trial trial;

static void use_utc(void)
{
	(void)setenv("TZ", "UTC0", 1);
}

TestSuite(ctime, .init = use_utc);
TestSuite(stamped, .init = use_utc);

Test(ctime, answers_without_a_newline)
{
	trial_init(&trial, "ctime", NULL);
	assert_answer(trial_datagram(&trial, "Hello World"), CTIME_TEXT);
	assert_answer(trial_datagram(&trial, ""), CTIME_TEXT);
	assert_answer(trial_stream(&trial, "x"), CTIME_TEXT);
}

Test(ctime, says_what_the_c_library_says_in_the_local_zone)
{
	time_t second = 23000; /* a day of one digit, in January 1970 */
	char line[32];

	(void)setenv("TZ", "EST5EDT", 1);
	trial_init(&trial, "ctime", NULL);
	for (int i = 0; i < 400; i++, second += 86400 * 37 + 3599) {
		(void)trial_put(&trial, MESSAGE_DATA, 0, "x", 1, second * 1000000000);
		cr_assert_eq(trial.message.reply, 24);
		cr_assert_arr_eq(trial.data, ctime_r(&second, line), 24);
	}
}

Test(ctime, refuses_a_datagram_that_tells_the_time)
{
	trial_init(&trial, "ctime", NULL);
	assert_refused(trial_datagram(&trial, CTIME_TEXT), REFUSED_LOOP);
	assert_refused(trial_datagram(&trial, "Sat Jun  6 01:02:03 1998"), REFUSED_LOOP);
	assert_refused(trial_datagram(&trial, "[" CTIME_TEXT "] hello"), REFUSED_LOOP);
	assert_answer(trial_datagram(&trial, "Sat Jun  6 01:02:03 199x"), CTIME_TEXT);
	assert_answer(trial_stream(&trial, CTIME_TEXT), CTIME_TEXT);
}

Test(ctime, refuses_where_the_text_does_not_fit)
{
	trial_init(&trial, "ctime", NULL);
	trial.message.capacity = 23;
	assert_refused(trial_datagram(&trial, ""), REFUSED_SIZE);
	trial.message.capacity = 24;
	assert_answer(trial_datagram(&trial, ""), CTIME_TEXT);
}

Test(stamped, puts_the_time_before_the_message)
{
	trial_init(&trial, "stamped", NULL);
	assert_answer(trial_datagram(&trial, "Hello World"), "[" CTIME_TEXT "] Hello World");
	assert_answer(trial_datagram(&trial, ""), "[" CTIME_TEXT "] ");
	assert_answer(trial_stream(&trial, "x"), "[" CTIME_TEXT "] x");
}

Test(stamped, moves_a_message_longer_than_its_stamp)
{
	char text[1001];

	for (int i = 0; i < 1000; i++)
		text[i] = (char)('a' + i % 26);
	text[1000] = '\0';
	trial_init(&trial, "stamped", NULL);
	cr_assert_eq(trial_stream(&trial, text)->reply, 1027);
	cr_assert_arr_eq(trial.data + 27, text, 1000);
}

Test(stamped, refuses_its_own_answers)
{
	trial_init(&trial, "stamped", NULL);
	assert_refused(trial_datagram(&trial, "[" CTIME_TEXT "] Hello"), REFUSED_LOOP);
	assert_refused(trial_datagram(&trial, "[" CTIME_TEXT "] "), REFUSED_LOOP);
	assert_answer(trial_stream(&trial, "[" CTIME_TEXT "] "),
		      "[" CTIME_TEXT "] [" CTIME_TEXT "] ");
}

Test(stamped, refuses_where_message_and_stamp_do_not_fit)
{
	trial_init(&trial, "stamped", NULL);
	trial.message.capacity = 31;
	assert_answer(trial_datagram(&trial, "1234"), "[" CTIME_TEXT "] 1234");
	assert_refused(trial_datagram(&trial, "12345"), REFUSED_SIZE);
	trial.message.capacity = 26;
	assert_refused(trial_datagram(&trial, ""), REFUSED_SIZE);
}
