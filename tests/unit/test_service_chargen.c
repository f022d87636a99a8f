/* Chargen's endless text, against the pattern as RFC 864 words it. */
#include "service_trial.h"

static struct trial trial;

TestSuite(chargen);

/* "On line N, put characters (0+N mod 95) through (71+N mod 95). End each line with carriage
 * return and line feed": the byte at a position of the endless text. */
static uint8_t rfc864_byte(uint64_t position)
{
	uint64_t line = position / 74, column = position % 74;

	if (column == 72)
		return '\r';
	if (column == 73)
		return '\n';
	return (uint8_t)(' ' + (line + column) % 95);
}

static uint64_t assert_text_goes_on(const struct message *message, uint64_t position)
{
	cr_assert_gt(message->reply, 0);
	for (uint32_t i = 0; i < message->reply; i++)
		cr_assert_eq(message->data[i], rfc864_byte(position + i), "at byte %u", i);
	return position + message->reply;
}

Test(chargen, rotates_over_the_printing_characters_across_answers)
{
	uint64_t position = 0;

	trial_init(&trial, "chargen", NULL);
	trial.message.capacity = 16384;
	position = assert_text_goes_on(trial_opened(&trial), position);
	for (int i = 0; i < 20; i++)
		position = assert_text_goes_on(trial_put(&trial, MESSAGE_SENT, 0, "", 0, 0),
					       position);
}

Test(chargen, fills_the_buffer_it_is_given)
{
	trial_init(&trial, "chargen", NULL);
	trial.message.capacity = 16384;
	cr_assert_eq(trial_opened(&trial)->reply, 14060);
	trial.message.capacity = 7030;
	cr_assert_eq(trial_opened(&trial)->reply, 7030);
	trial.message.capacity = 65536;
	cr_assert_eq(trial_opened(&trial)->reply, 63270);
}

Test(chargen, throws_away_what_the_client_sends)
{
	trial_init(&trial, "chargen", NULL);
	assert_silent(trial_stream(&trial, "stop"));
}
