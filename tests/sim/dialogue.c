#include "dialogue.h"

#include <ctype.h>
#include <string.h>

#include <ringside/service.h>

#include "base/array.h"
#include "pattern.h"
#include "wire/bytes.h"
#include "wire/irtt.h"
#include "wire/ntp.h"
#include "wire/sockperf.h"
#include "wire/stamp.h"

#define CTIME_SHAPE "Aaa Aaa d9 99:99:99 9999"
#define ANSWER_FREE 26u /* bytes that an answer may have whatever was asked */
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

static bool is_echo_whole(const struct conversation *conversation)
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

static uint32_t sockperf_unit(const struct conversation *conversation)
{
	return SOCKPERF_HEADER_LENGTH + (uint32_t)(conversation->key % 211);
}

/* Of four messages one warms up and one asks for nothing. */
static uint8_t sockperf_flags(uint64_t index)
{
	static const uint8_t flags[] = { SOCKPERF_CLIENT | SOCKPERF_PONG, SOCKPERF_CLIENT,
					 SOCKPERF_CLIENT | SOCKPERF_PONG,
					 SOCKPERF_CLIENT | SOCKPERF_PONG | SOCKPERF_WARM_UP };

	return flags[index % ARRAY_SIZE(flags)];
}

static bool sockperf_is_answered(uint64_t index)
{
	return index % 2 == 0;
}

static void sockperf_header(uint64_t index, uint32_t length, uint8_t flags, uint8_t *header)
{
	put_be64(header, index);
	header[8] = 0;
	header[SOCKPERF_FLAGS_AT] = flags;
	put_be32(header + SOCKPERF_LENGTH_AT, length);
}

/* A byte of message number index. */
static uint8_t sockperf_byte(const struct conversation *conversation, const uint8_t *header,
			     uint64_t index, uint32_t at)
{
	uint8_t byte;

	if (at < SOCKPERF_HEADER_LENGTH)
		return header[at];
	bytes_fill(conversation->key + index, at, &byte, 1);
	return byte;
}

static void say_sockperf(const struct conversation *conversation, uint8_t *bytes, uint32_t length)
{
	uint32_t unit = sockperf_unit(conversation);
	uint8_t header[SOCKPERF_HEADER_LENGTH];

	for (uint32_t i = 0; i < length; i++) {
		uint64_t index = (conversation->said + i) / unit;
		uint32_t at = (uint32_t)((conversation->said + i) % unit);

		if (i == 0 || at == 0)
			sockperf_header(index, unit, sockperf_flags(index), header);
		bytes[i] = sockperf_byte(conversation, header, index, at);
	}
}

static bool hear_sockperf(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	uint32_t unit = sockperf_unit(conversation);
	uint8_t header[SOCKPERF_HEADER_LENGTH];

	for (uint32_t i = 0; i < length; i++) {
		uint64_t index = conversation->answered_index;
		uint32_t at = conversation->answered_at;

		sockperf_header(index, unit, SOCKPERF_PONG, header);
		if (index * unit + at >= conversation->said ||
		    bytes[i] != sockperf_byte(conversation, header, index, at))
			return false;
		if (++conversation->answered_at < unit)
			continue;
		conversation->answered_at = 0;
		do {
			conversation->answered_index++;
		} while (!sockperf_is_answered(conversation->answered_index));
	}
	return true;
}

/* What was said is a multiple of the unit. */
static bool is_sockperf_whole(const struct conversation *conversation)
{
	return conversation->answered_at == 0 &&
	       conversation->answered_index * sockperf_unit(conversation) >= conversation->said;
}

static uint32_t ask_sockperf(struct conversation *conversation, uint32_t number, uint32_t length,
			     uint8_t *bytes)
{
	if (length < SOCKPERF_HEADER_LENGTH)
		length = SOCKPERF_HEADER_LENGTH;
	sockperf_header(number, length, sockperf_flags(number), bytes);
	bytes_fill(conversation->key + number, 0, bytes + SOCKPERF_HEADER_LENGTH,
		   length - SOCKPERF_HEADER_LENGTH);
	return length;
}

static int tell_sockperf(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	uint64_t number;

	if (length < SOCKPERF_HEADER_LENGTH)
		return ANSWER_WRONG;
	number = get_be64(bytes);
	if (number >= conversation->asked || !sockperf_is_answered(number) ||
	    bytes[SOCKPERF_FLAGS_AT] != SOCKPERF_PONG ||
	    get_be32(bytes + SOCKPERF_LENGTH_AT) != length ||
	    !bytes_match(conversation->key + number, 0, bytes + SOCKPERF_HEADER_LENGTH,
			 length - SOCKPERF_HEADER_LENGTH))
		return ANSWER_WRONG;
	return (int)number;
}

static uint32_t stamp_unit(const struct conversation *conversation)
{
	return STAMP_LENGTH;
}

static void stamp_question(const struct conversation *conversation, uint64_t number,
			   uint8_t octets[static STAMP_LENGTH])
{
	const struct stamp_packet packet = {
		.sequence = (uint32_t)number,
		.timestamp = conversation->key + number,
		.error_estimate = 1,
	};

	stamp_write_sender(octets, false, &packet);
}

static void say_stamp(const struct conversation *conversation, uint8_t *bytes, uint32_t length)
{
	uint8_t octets[STAMP_LENGTH];

	for (uint32_t i = 0; i < length; i++) {
		uint64_t at = conversation->said + i;

		if (i == 0 || at % STAMP_LENGTH == 0)
			stamp_question(conversation, at / STAMP_LENGTH, octets);
		bytes[i] = octets[at % STAMP_LENGTH];
	}
}

static bool is_stamp_answer(const struct conversation *conversation, uint64_t number,
			    const uint8_t octets[static STAMP_LENGTH])
{
	struct stamp_packet packet;

	stamp_read_reflector(octets, false, &packet);
	return packet.sender_sequence == (uint32_t)number &&
	       packet.sender_timestamp == conversation->key + number && packet.received != 0;
}

static bool hear_stamp(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	if (conversation->heard + length > conversation->said)
		return false;
	for (uint32_t i = 0; i < length; i++) {
		uint64_t at = conversation->heard + i;

		conversation->part[at % STAMP_LENGTH] = bytes[i];
		if (at % STAMP_LENGTH == STAMP_LENGTH - 1 &&
		    !is_stamp_answer(conversation, at / STAMP_LENGTH, conversation->part))
			return false;
	}
	return true;
}

static uint32_t ask_stamp(struct conversation *conversation, uint32_t number, uint32_t length,
			  uint8_t *bytes)
{
	stamp_question(conversation, number, bytes);
	return length < STAMP_LENGTH / 2 ? length : STAMP_LENGTH;
}

static int tell_stamp(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	struct stamp_packet packet;

	if (length != STAMP_LENGTH)
		return ANSWER_WRONG;
	stamp_read_reflector(bytes, false, &packet);
	return packet.sender_sequence < conversation->asked &&
			       is_stamp_answer(conversation, packet.sender_sequence, bytes)
		       ? (int)packet.sender_sequence
		       : ANSWER_WRONG;
}

static uint32_t ask_ntp(struct conversation *conversation, uint32_t number, uint32_t length,
			uint8_t *bytes)
{
	memset(bytes, 0, NTP_LENGTH);
	bytes[0] = NTP_VERSION_MAX << 3 | NTP_CLIENT;
	put_be64(bytes + NTP_TRANSMIT_AT, conversation->key + number);
	return length < NTP_LENGTH / 2 ? length : NTP_LENGTH;
}

static int tell_ntp(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	uint64_t number;

	if (length != NTP_LENGTH || ntp_mode(bytes[0]) != NTP_SERVER)
		return ANSWER_WRONG;
	number = get_be64(bytes + NTP_ORIGIN_AT) - conversation->key;
	return number < conversation->asked ? (int)number : ANSWER_WRONG;
}

/* A session that is stamped at receive and send by both clocks, and counts. */
static const struct irtt_params irtt_wanted = {
	.values = { [IRTT_PROTOCOL] = IRTT_VERSION,
		    [IRTT_DURATION] = 1000000000,
		    [IRTT_INTERVAL] = 10000000,
		    [IRTT_RECEIVED_STATS] = IRTT_COUNT | IRTT_WINDOW,
		    [IRTT_STAMP_AT] = IRTT_AT_SEND | IRTT_AT_RECEIVE,
		    [IRTT_CLOCK] = IRTT_WALL | IRTT_MONOTONIC },
};

static uint32_t ask_irtt(struct conversation *conversation, uint32_t number, uint32_t length,
			 uint8_t *bytes)
{
	struct irtt_layout layout;

	if (conversation->token == 0) {
		irtt_put_header(bytes, IRTT_OPEN);
		return IRTT_HEADER_LENGTH +
		       irtt_params_write(bytes + IRTT_HEADER_LENGTH, &irtt_wanted);
	}
	irtt_layout_init(&layout, &irtt_wanted, false);
	if (length < layout.length)
		length = layout.length;
	memset(bytes, 0, length);
	irtt_put_header(bytes, 0);
	put_le64(bytes + layout.token, conversation->token);
	put_le32(bytes + layout.sequence, number);
	return length;
}

static int tell_irtt(struct conversation *conversation, const uint8_t *bytes, uint32_t length)
{
	struct irtt_layout layout;
	uint32_t number;
	uint8_t flags;

	if (!irtt_has_header(bytes, length, &flags) || !(flags & IRTT_REPLY))
		return ANSWER_WRONG;
	if (flags & IRTT_OPEN) {
		conversation->token = get_le64(bytes + IRTT_HEADER_LENGTH);
		return ANSWER_ANY;
	}
	irtt_layout_init(&layout, &irtt_wanted, false);
	if (length < layout.length)
		return ANSWER_WRONG;
	number = get_le32(bytes + layout.sequence);
	return number < conversation->asked ? (int)number : ANSWER_WRONG;
}

static const struct dialogue dialogues[] = {
	{ .service = "echo",
	  .say = say_pattern,
	  .hear = hear_echo,
	  .is_whole = is_echo_whole,
	  .ask = ask_pattern,
	  .tell = tell_echo },
	{ .service = "discard",
	  .say = say_pattern,
	  .hear = hear_nothing,
	  .is_whole = is_nothing_whole,
	  .ask = ask_pattern,
	  .tell = tell_nothing },
	{ .service = "greeting",
	  .say = say_pattern,
	  .hear = hear_greeting,
	  .is_whole = is_greeting_whole,
	  .ask = ask_pattern,
	  .tell = tell_greeting },
	{ .service = "ctime",
	  .say = say_pattern,
	  .hear = hear_ctime,
	  .is_whole = is_ctime_whole,
	  .ask = ask_pattern,
	  .tell = tell_ctime },
	{ .service = "daytime",
	  .ends = true,
	  .say = say_pattern,
	  .hear = hear_daytime,
	  .is_whole = is_daytime_whole,
	  .ask = ask_pattern,
	  .tell = tell_daytime },
	{ .service = "time",
	  .ends = true,
	  .say = say_pattern,
	  .hear = hear_time,
	  .is_whole = is_time_whole,
	  .ask = ask_time,
	  .tell = tell_time },
	{ .service = "chargen",
	  .speaks = true,
	  .say = say_pattern,
	  .hear = hear_chargen,
	  .is_whole = is_nothing_whole },
	{ .service = "sockperf",
	  .say = say_sockperf,
	  .hear = hear_sockperf,
	  .is_whole = is_sockperf_whole,
	  .unit = sockperf_unit,
	  .ask = ask_sockperf,
	  .tell = tell_sockperf },
	{ .service = "stamp",
	  .say = say_stamp,
	  .hear = hear_stamp,
	  .is_whole = is_echo_whole,
	  .unit = stamp_unit,
	  .ask = ask_stamp,
	  .tell = tell_stamp },
	{ .service = "ntp", .ask = ask_ntp, .tell = tell_ntp },
	{ .service = "irtt",
	  .lengthens = IRTT_TOKEN_LENGTH + 3,
	  .ask = ask_irtt,
	  .tell = tell_irtt },
};

const struct dialogue *dialogue_find(const char *service)
{
	for (size_t i = 0; i < ARRAY_SIZE(dialogues); i++)
		if (strcmp(dialogues[i].service, service) == 0)
			return &dialogues[i];
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
