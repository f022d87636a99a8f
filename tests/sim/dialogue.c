#include "dialogue.h"

#include <string.h>

#include "base/array.h"
#include "dialogue_rows.h"

#define ANSWER_FREE 26u /* bytes that an answer may have whatever was asked */

static const struct dialogue *const dialogues[] = {
	&dialogue_echo,	   &dialogue_discard, &dialogue_greeting, &dialogue_ctime,
	&dialogue_daytime, &dialogue_time,    &dialogue_chargen,  &dialogue_sockperf,
	&dialogue_stamp,   &dialogue_ntp,     &dialogue_irtt,	  &dialogue_stamped,
};

const struct dialogue *dialogue_find(const char *service)
{
	for (size_t i = 0; i < ARRAY_SIZE(dialogues); i++)
		if (strcmp(dialogues[i]->service, service) == 0)
			return dialogues[i];
	return NULL;
}

void conversation_begin(struct conversation *conversation, const struct dialogue *dialogue,
			uint64_t key)
{
	*conversation = (struct conversation){ .dialogue = dialogue, .key = key };
}

bool conversation_hear(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	if (!conversation->dialogue->hear(conversation, bytes, length))
		return false;
	conversation->heard += length;
	return true;
}

uint32_t conversation_ask(struct conversation *conversation, uint32_t length, uint8_t *bytes)
{
	uint32_t number = conversation->asked;

	length = conversation->dialogue->ask(conversation, number, length, bytes);
	conversation->lengths[number] = (uint16_t)length;
	if (length > conversation->longest)
		conversation->longest = (uint16_t)length;
	conversation->asked++;
	return length;
}

/* As the server's rules have it: no longer than the question, but for what is short anyway. */
static bool is_short_enough(const struct conversation *conversation, int number, uint32_t length)
{
	uint32_t asked = number == ANSWER_ANY ? conversation->longest
					      : conversation->lengths[number];

	return length <= asked + conversation->dialogue->lengthens || length <= ANSWER_FREE;
}

bool conversation_tell(struct conversation *conversation, const uint8_t *bytes, uint32_t length,
		       uint64_t twice)
{
	int number = conversation->dialogue->tell(conversation, bytes, length);

	if (number == ANSWER_WRONG || !is_short_enough(conversation, number, length))
		return false;
	conversation->answers++;
	if (number != ANSWER_ANY && ++conversation->answered[number] > 1 + twice)
		return false;
	return conversation->answers <= conversation->asked + conversation->unasked + twice;
}
