#include "irtt.h"

#include <string.h>

#include "bytes.h"
#include "hmac.h"

#define VARINT_MAX 10u /* octets: 7 bits each */

static const uint8_t magic[3] = { 0x14, 0xa7, 0x5b };

/* What a parameter's value may be. */
static const struct {
	int64_t least, most;
} ranges[IRTT_SERVER_FILL] = {
	[IRTT_PROTOCOL] = { INT64_MIN, INT64_MAX },
	[IRTT_DURATION] = { 1, INT64_MAX },
	[IRTT_INTERVAL] = { 1, INT64_MAX },
	[IRTT_LENGTH] = { 0, INT64_MAX },
	[IRTT_RECEIVED_STATS] = { 0, IRTT_COUNT | IRTT_WINDOW },
	[IRTT_STAMP_AT] = { 0, IRTT_AT_MIDPOINT },
	[IRTT_CLOCK] = { 0, IRTT_WALL | IRTT_MONOTONIC },
	[IRTT_DSCP] = { INT64_MIN, INT64_MAX },
};

/* Octets that are read, one after the other. */
struct source {
	const uint8_t *octets;
	uint32_t left;
};

/* Seven bits an octet, the lowest first, the last octet without its highest bit. */
static bool take_unsigned(struct source *source, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < VARINT_MAX && source->left > 0; i++) {
		uint64_t octet = *source->octets++;

		source->left--;
		if (i == VARINT_MAX - 1 && octet > 1) /* the 64th bit is the last */
			return false;
		value |= (octet & 0x7f) << 7 * i;
		if (octet < 0x80) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

/* 0, -1, 1, -2 ... are written as 0, 1, 2, 3 ... */
static bool take_signed(struct source *source, int64_t *ret_value)
{
	uint64_t value;

	if (!take_unsigned(source, &value))
		return false;
	*ret_value = (int64_t)(value >> 1 ^ (0 - (value & 1)));
	return true;
}

static bool take_fill(struct source *source, struct irtt_params *params)
{
	uint64_t length;

	if (!take_unsigned(source, &length) || length > IRTT_FILL_MAX || length > source->left)
		return false;
	params->fill_length = (uint8_t)length;
	memcpy(params->fill, source->octets, params->fill_length);
	source->octets += length;
	source->left -= (uint32_t)length;
	return true;
}

static bool take_param(struct source *source, struct irtt_params *params)
{
	uint64_t type;
	int64_t value;

	if (!take_unsigned(source, &type))
		return false;
	if (type == IRTT_SERVER_FILL)
		return take_fill(source, params);
	if (!take_signed(source, &value))
		return false;
	if (type == 0 || type >= IRTT_SERVER_FILL)
		return true;
	if (value < ranges[type].least || value > ranges[type].most)
		return false;
	params->values[type] = value;
	return true;
}

bool irtt_params_read(const uint8_t *octets, uint32_t length, struct irtt_params *ret_params)
{
	struct irtt_params params = { 0 };
	struct source source = { octets, length };

	while (source.left > 0)
		if (!take_param(&source, &params))
			return false;
	*ret_params = params;
	return true;
}

static uint32_t put_unsigned(uint8_t *octets, uint64_t value)
{
	uint32_t length = 0;

	for (; value >= 0x80; value >>= 7)
		octets[length++] = (uint8_t)(value | 0x80);
	octets[length++] = (uint8_t)value;
	return length;
}

uint32_t irtt_params_write(uint8_t octets[static IRTT_PARAMS_MAX], const struct irtt_params *params)
{
	uint32_t at = 0;

	for (uint32_t type = IRTT_PROTOCOL; type < IRTT_SERVER_FILL; type++) {
		uint64_t value = (uint64_t)params->values[type];

		if (value == 0)
			continue;
		at += put_unsigned(octets + at, type);
		at += put_unsigned(octets + at, value << 1 ^ (0 - (value >> 63)));
	}
	if (params->fill_length > 0) {
		at += put_unsigned(octets + at, IRTT_SERVER_FILL);
		at += put_unsigned(octets + at, params->fill_length);
		memcpy(octets + at, params->fill, params->fill_length);
		at += params->fill_length;
	}
	return at;
}

/* The next field of an echo, if it has it. */
static uint8_t place(struct irtt_layout *layout, bool present, uint32_t length)
{
	uint8_t at = layout->length;

	if (!present)
		return 0;
	layout->length = (uint8_t)(at + length);
	return at;
}

void irtt_layout_init(struct irtt_layout *ret_layout, const struct irtt_params *params, bool hmac)
{
	int64_t stats = params->values[IRTT_RECEIVED_STATS];
	int64_t stamp_at = params->values[IRTT_STAMP_AT];
	bool wall = params->values[IRTT_CLOCK] & IRTT_WALL;
	bool monotonic = params->values[IRTT_CLOCK] & IRTT_MONOTONIC;
	struct irtt_layout *layout = ret_layout;

	*layout = (struct irtt_layout){
		.length = (uint8_t)irtt_header_length(hmac ? IRTT_HMAC : 0),
	};
	layout->token = place(layout, true, IRTT_TOKEN_LENGTH);
	layout->sequence = place(layout, true, 4);
	layout->count = place(layout, stats & IRTT_COUNT, 4);
	layout->window = place(layout, stats & IRTT_WINDOW, 8);
	layout->receive_wall = place(layout, stamp_at & IRTT_AT_RECEIVE && wall, 8);
	layout->receive_monotonic = place(layout, stamp_at & IRTT_AT_RECEIVE && monotonic, 8);
	layout->midpoint_wall = place(layout, stamp_at & IRTT_AT_MIDPOINT && wall, 8);
	layout->midpoint_monotonic = place(layout, stamp_at & IRTT_AT_MIDPOINT && monotonic, 8);
	layout->send_wall = place(layout, stamp_at & IRTT_AT_SEND && wall, 8);
	layout->send_monotonic = place(layout, stamp_at & IRTT_AT_SEND && monotonic, 8);
}

void irtt_put_header(uint8_t octets[static IRTT_HEADER_LENGTH], uint8_t flags)
{
	memcpy(octets, magic, sizeof(magic));
	octets[sizeof(magic)] = flags;
}

bool irtt_has_header(const uint8_t *octets, uint32_t length, uint8_t *ret_flags)
{
	uint8_t flags;
	uint32_t needed;

	if (length < IRTT_HEADER_LENGTH || memcmp(octets, magic, sizeof(magic)) != 0)
		return false;
	flags = octets[sizeof(magic)];
	needed = irtt_header_length(flags);
	if ((flags & (IRTT_OPEN | IRTT_REPLY)) != IRTT_OPEN)
		needed += IRTT_TOKEN_LENGTH;
	if (flags & ~IRTT_FLAGS || length < needed)
		return false;
	*ret_flags = flags;
	return true;
}

void irtt_sign(uint8_t *octets, uint32_t length, struct hmac_key *key)
{
	uint8_t *hmac = octets + IRTT_HEADER_LENGTH;

	memset(hmac, 0, HMAC_LENGTH);
	hmac_compute(key, octets, length, hmac);
}

bool irtt_is_signed(uint8_t *octets, uint32_t length, struct hmac_key *key)
{
	uint8_t *hmac = octets + IRTT_HEADER_LENGTH;
	uint8_t told[HMAC_LENGTH];
	bool right;

	memcpy(told, hmac, HMAC_LENGTH);
	memset(hmac, 0, HMAC_LENGTH);
	right = hmac_verify(key, octets, length, told);
	memcpy(hmac, told, HMAC_LENGTH);
	return right;
}
