/* Services whose messages have headers. */
#include <string.h>

#include "base/array.h"
#include "dialogue_rows.h"
#include "pattern.h"
#include "wire/bytes.h"
#include "wire/irtt.h"
#include "wire/ntp.h"
#include "wire/sockperf.h"
#include "wire/stamp.h"

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

const struct dialogue dialogue_sockperf = {
	.service = "sockperf",
	.say = say_sockperf,
	.hear = hear_sockperf,
	.is_whole = is_sockperf_whole,
	.unit = sockperf_unit,
	.ask = ask_sockperf,
	.tell = tell_sockperf,
};

const struct dialogue dialogue_stamp = {
	.service = "stamp",
	.say = say_stamp,
	.hear = hear_stamp,
	.is_whole = is_echo_whole,
	.unit = stamp_unit,
	.ask = ask_stamp,
	.tell = tell_stamp,
};

const struct dialogue dialogue_ntp = {
	.service = "ntp",
	.ask = ask_ntp,
	.tell = tell_ntp,
};

const struct dialogue dialogue_irtt = {
	.service = "irtt",
	.lengthens = IRTT_TOKEN_LENGTH + 3,
	.ask = ask_irtt,
	.tell = tell_irtt,
};
