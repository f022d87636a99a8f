/* Services that tell texts, or what they were told. */
#include <ctype.h>
#include <string.h>

#include <ringside/service.h>

#include "dialogue_rows.h"
#include "pattern.h"
#include "wire/bytes.h"

#define CTIME_SHAPE "Aaa Aaa d9 99:99:99 9999"
#define STAMPED_SHAPE "[" CTIME_SHAPE "] "
#define NUMBERED_MIN 8u /* bytes of an echo's question that has a number */

/* Does a character stand where this one of a shape does? */
static bool fits(char shape, uint8_t byte)
{
	switch (shape) {
	case 'A':
		return isupper(byte);
	case 'a':
		return islower(byte);
	case '9':
		return isdigit(byte);
	case 'd':
		return isdigit(byte) || byte == ' ';
	default:
		return byte == (uint8_t)shape;
	}
}

/* Are these bytes what stands in a shape, which repeats, from a place on? */
static bool has_shape(const char *shape, uint64_t at, const uint8_t *bytes, uint32_t length)
{
	size_t shape_length = strlen(shape);

	for (uint32_t i = 0; i < length; i++)
		if (!fits(shape[(at + i) % shape_length], bytes[i]))
			return false;
	return true;
}

static void say_pattern(const struct conversation *conversation, uint8_t *bytes, uint32_t length)
{
	bytes_fill(conversation->key, conversation->said, bytes, length);
}

static bool hear_echo(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	return conversation->heard + length <= conversation->said &&
	       bytes_match(conversation->key, conversation->heard, bytes, length);
}

bool is_echo_whole(const struct conversation *conversation)
{
	return conversation->heard == conversation->said;
}

static uint32_t ask_pattern(struct conversation *conversation, uint32_t number, uint32_t length,
			    uint8_t *bytes)
{
	if (length < NUMBERED_MIN) {
		memset(bytes, 'q', length);
		return length;
	}
	put_be32(bytes, number);
	put_be32(bytes + 4, length);
	bytes_fill(conversation->key + number, 0, bytes + NUMBERED_MIN, length - NUMBERED_MIN);
	return length;
}

static int tell_echo(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	uint32_t number;

	if (length < NUMBERED_MIN) {
		for (uint32_t i = 0; i < length; i++)
			if (bytes[i] != 'q')
				return ANSWER_WRONG;
		return ANSWER_ANY;
	}
	number = get_be32(bytes);
	if (number >= conversation->asked || get_be32(bytes + 4) != length ||
	    !bytes_match(conversation->key + number, 0, bytes + NUMBERED_MIN,
			 length - NUMBERED_MIN))
		return ANSWER_WRONG;
	return (int)number;
}

static bool hear_nothing(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	return false;
}

static bool is_nothing_whole(const struct conversation *conversation)
{
	return true;
}

static int tell_nothing(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	return ANSWER_WRONG;
}

/* Each message is answered with the text: at least one, at most one a byte. */
static bool is_text_whole(const struct conversation *conversation, size_t length)
{
	return conversation->heard % length == 0 &&
	       conversation->heard <= conversation->said * length &&
	       (conversation->said == 0) == (conversation->heard == 0);
}

static bool hear_greeting(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	return has_shape(SERVICE_TEXT_STANDARD, conversation->heard, bytes, length);
}

static bool is_greeting_whole(const struct conversation *conversation)
{
	return is_text_whole(conversation, strlen(SERVICE_TEXT_STANDARD));
}

static int tell_greeting(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	return length == strlen(SERVICE_TEXT_STANDARD) &&
			       has_shape(SERVICE_TEXT_STANDARD, 0, bytes, length)
		       ? ANSWER_ANY
		       : ANSWER_WRONG;
}

static bool hear_ctime(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	return has_shape(CTIME_SHAPE, conversation->heard, bytes, length);
}

static bool is_ctime_whole(const struct conversation *conversation)
{
	return is_text_whole(conversation, strlen(CTIME_SHAPE));
}

static int tell_ctime(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	return length == strlen(CTIME_SHAPE) && has_shape(CTIME_SHAPE, 0, bytes, length)
		       ? ANSWER_ANY
		       : ANSWER_WRONG;
}

static bool hear_daytime(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	return conversation->heard + length <= strlen(CTIME_SHAPE "\r\n") &&
	       has_shape(CTIME_SHAPE "\r\n", conversation->heard, bytes, length);
}

static bool is_daytime_whole(const struct conversation *conversation)
{
	return conversation->heard == strlen(CTIME_SHAPE "\r\n");
}

static int tell_daytime(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	return length == strlen(CTIME_SHAPE "\r\n") &&
			       has_shape(CTIME_SHAPE "\r\n", 0, bytes, length)
		       ? ANSWER_ANY
		       : ANSWER_WRONG;
}

static bool hear_time(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	return conversation->heard + length <= 4;
}

static bool is_time_whole(const struct conversation *conversation)
{
	return conversation->heard == 4;
}

/* Requests of four bytes and more are refused; those of fewer are all alike. */
static uint32_t ask_time(struct conversation *conversation, uint32_t number, uint32_t length,
			 uint8_t *bytes)
{
	length %= 6;
	memset(bytes, '\n', length);
	return length;
}

static int tell_time(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	return length == 4 ? ANSWER_ANY : ANSWER_WRONG;
}

/* RFC 864: 95 lines of 72 characters, each a character further on. */
static bool hear_chargen(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++) {
		uint64_t at = (conversation->heard + i) % (95 * 74);
		uint64_t line = at / 74, column = at % 74;
		uint8_t expected = column == 72	  ? '\r'
				   : column == 73 ? '\n'
						  : (uint8_t)(' ' + (line + column) % 95);

		if (bytes[i] != expected)
			return false;
	}
	return true;
}

static uint8_t as_letter(uint8_t byte)
{
	return (uint8_t)('a' + byte % 26);
}

/* Where a time begins can be told, since no such byte is said. */
static void say_letters(const struct conversation *conversation, uint8_t *bytes, uint32_t length)
{
	bytes_fill(conversation->key, conversation->said, bytes, length);
	for (uint32_t i = 0; i < length; i++)
		bytes[i] = as_letter(bytes[i]);
}

/* What was said, and a time before each piece of it that came to the server as one. */
static bool hear_stamped_byte(struct conversation *conversation, uint8_t byte, bool first)
{
	uint32_t at = conversation->answered_at;
	uint8_t said;

	if (first || at > 0 || byte == STAMPED_SHAPE[0]) {
		conversation->answered_at = (at + 1) % (uint32_t)strlen(STAMPED_SHAPE);
		return fits(STAMPED_SHAPE[at], byte);
	}
	if (conversation->answered_index == conversation->said)
		return false;
	bytes_fill(conversation->key, conversation->answered_index++, &said, 1);
	return byte == as_letter(said);
}

static bool hear_stamped(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		if (!hear_stamped_byte(conversation, bytes[i], conversation->heard + i == 0))
			return false;
	return true;
}

/* No piece is empty. */
static bool is_stamped_whole(const struct conversation *conversation)
{
	uint64_t said = conversation->said;

	return conversation->answered_index == said && conversation->answered_at == 0 &&
	       conversation->heard <= said * (1 + strlen(STAMPED_SHAPE));
}

static int tell_stamped(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	const uint32_t before = (uint32_t)strlen(STAMPED_SHAPE);

	if (length < before || !has_shape(STAMPED_SHAPE, 0, bytes, before))
		return ANSWER_WRONG;
	return tell_echo(conversation, bytes + before, length - before);
}

const struct dialogue dialogue_echo = {
	.service = "echo",
	.say = say_pattern,
	.hear = hear_echo,
	.is_whole = is_echo_whole,
	.ask = ask_pattern,
	.tell = tell_echo,
};

const struct dialogue dialogue_discard = {
	.service = "discard",
	.say = say_pattern,
	.hear = hear_nothing,
	.is_whole = is_nothing_whole,
	.ask = ask_pattern,
	.tell = tell_nothing,
};

const struct dialogue dialogue_greeting = {
	.service = "greeting",
	.say = say_pattern,
	.hear = hear_greeting,
	.is_whole = is_greeting_whole,
	.ask = ask_pattern,
	.tell = tell_greeting,
};

const struct dialogue dialogue_ctime = {
	.service = "ctime",
	.say = say_pattern,
	.hear = hear_ctime,
	.is_whole = is_ctime_whole,
	.ask = ask_pattern,
	.tell = tell_ctime,
};

const struct dialogue dialogue_stamped = {
	.service = "stamped",
	.lengthens = sizeof(STAMPED_SHAPE) - 1,
	.say = say_letters,
	.hear = hear_stamped,
	.is_whole = is_stamped_whole,
	.ask = ask_pattern,
	.tell = tell_stamped,
};

const struct dialogue dialogue_daytime = {
	.service = "daytime",
	.ends = true,
	.say = say_pattern,
	.hear = hear_daytime,
	.is_whole = is_daytime_whole,
	.ask = ask_pattern,
	.tell = tell_daytime,
};

const struct dialogue dialogue_time = {
	.service = "time",
	.ends = true,
	.say = say_pattern,
	.hear = hear_time,
	.is_whole = is_time_whole,
	.ask = ask_time,
	.tell = tell_time,
};

const struct dialogue dialogue_chargen = {
	.service = "chargen",
	.speaks = true,
	.say = say_pattern,
	.hear = hear_chargen,
	.is_whole = is_nothing_whole,
};
