#include "stamp_tlv.h"

#include "bytes.h"
#include "hmac.h"

bool stamp_tlv_next(uint8_t *octets, uint32_t length, uint32_t *at, struct stamp_tlv *ret_tlv)
{
	uint8_t *header = octets + *at;
	uint32_t left = length - *at;
	uint32_t value;

	if (left < STAMP_TLV_HEADER || get_be32(header) == 0)
		return false;
	value = get_be16(header + 2);
	left -= STAMP_TLV_HEADER;
	*ret_tlv = (struct stamp_tlv){
		.octets = header,
		.type = header[1],
		.length = (uint16_t)value,
		.malformed = value > left,
	};
	*at = value > left ? length : *at + STAMP_TLV_HEADER + value;
	return true;
}

uint32_t stamp_tlv_put(uint8_t *octets, enum stamp_tlv_type type, uint16_t length)
{
	memset(octets, 0, STAMP_TLV_HEADER + length);
	octets[0] = STAMP_TLV_UNKNOWN;
	octets[1] = (uint8_t)type;
	put_be16(octets + 2, length);
	return STAMP_TLV_HEADER + length;
}

/* What is signed begins with the sequence number, whatever stands between it and the extensions. */
static void add_sequence(const uint8_t *octets, struct hmac_key *key)
{
	hmac_add(key, octets, sizeof(uint32_t));
}

void stamp_tlv_sign(uint8_t *octets, uint32_t base, uint32_t at, struct hmac_key *key)
{
	add_sequence(octets, key);
	hmac_compute(key, octets + base, at - base, octets + at + STAMP_TLV_HEADER);
}

bool stamp_tlv_is_signed(const uint8_t *octets, uint32_t base, uint32_t at, struct hmac_key *key)
{
	add_sequence(octets, key);
	return hmac_verify(key, octets + base, at - base, octets + at + STAMP_TLV_HEADER);
}
