/* STAMP's packets and extensions, octet by octet. */
#include <criterion/criterion.h>
#include <string.h>

#include "wire/hmac.h"
#include "wire/stamp.h"
#include "wire/stamp_tlv.h"

static const struct stamp_packet example = {
	.sequence = 0x01020304,
	.timestamp = 0x1112131415161718,
	.error_estimate = 0x2122,
	.ssid = 0x3132,
	.received = 0x4142434445464748,
	.sender_sequence = 0x51525354,
	.sender_timestamp = 0x6162636465666768,
	.sender_error_estimate = 0x7172,
	.sender_hop_limit = 0x81,
};

TestSuite(stamp);

static void assert_octets(const uint8_t *octets, const char *right, size_t length)
{
	for (size_t i = 0; i < length; i++)
		cr_assert_eq(octets[i], (uint8_t)right[i], "octet %zu is %02x", i, octets[i]);
}

Test(stamp, writes_a_senders_packet)
{
	uint8_t octets[STAMP_LENGTH + 1];

	memset(octets, 0xff, sizeof(octets));
	stamp_write_sender(octets, false, &example);
	assert_octets(octets,
		      "\x01\x02\x03\x04\x11\x12\x13\x14\x15\x16\x17\x18\x21\x22\x31\x32"
		      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff",
		      sizeof(octets));
}

Test(stamp, writes_a_reflectors_packet)
{
	uint8_t octets[STAMP_LENGTH + 1];

	memset(octets, 0xff, sizeof(octets));
	stamp_write_reflector(octets, false, &example);
	assert_octets(octets,
		      "\x01\x02\x03\x04\x11\x12\x13\x14\x15\x16\x17\x18\x21\x22\x31\x32"
		      "\x41\x42\x43\x44\x45\x46\x47\x48\x51\x52\x53\x54"
		      "\x61\x62\x63\x64\x65\x66\x67\x68\x71\x72\0\0\x81\0\0\0\xff",
		      sizeof(octets));
}

/* RFC 8762 figures 3 and 6. */
static const char authenticated_head[] =
	"\x01\x02\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\x11\x12\x13\x14\x15\x16\x17\x18\x21\x22\x31\x32";

Test(stamp, writes_a_senders_authenticated_packet)
{
	uint8_t octets[STAMP_LENGTH_AUTHENTICATED + 1];
	char right[STAMP_LENGTH_AUTHENTICATED + 1] = { 0 };

	memcpy(right, authenticated_head, 28);
	right[STAMP_LENGTH_AUTHENTICATED] = (char)0xff;
	memset(octets, 0xff, sizeof(octets));
	stamp_write_sender(octets, true, &example);
	assert_octets(octets, right, sizeof(octets));
}

Test(stamp, writes_a_reflectors_authenticated_packet)
{
	uint8_t octets[STAMP_LENGTH_AUTHENTICATED + 1];
	char right[STAMP_LENGTH_AUTHENTICATED + 1] = { 0 };

	memcpy(right, authenticated_head, 28);
	memcpy(right + 32, "\x41\x42\x43\x44\x45\x46\x47\x48", 8);
	memcpy(right + 48, "\x51\x52\x53\x54", 4);
	memcpy(right + 64, "\x61\x62\x63\x64\x65\x66\x67\x68\x71\x72", 10);
	right[80] = (char)0x81;
	right[STAMP_LENGTH_AUTHENTICATED] = (char)0xff;
	memset(octets, 0xff, sizeof(octets));
	stamp_write_reflector(octets, true, &example);
	assert_octets(octets, right, sizeof(octets));
}

static void assert_same(const struct stamp_packet *a, const struct stamp_packet *b)
{
	cr_assert_eq(a->sequence, b->sequence);
	cr_assert_eq(a->timestamp, b->timestamp);
	cr_assert_eq(a->error_estimate, b->error_estimate);
	cr_assert_eq(a->ssid, b->ssid);
	cr_assert_eq(a->received, b->received);
	cr_assert_eq(a->sender_sequence, b->sender_sequence);
	cr_assert_eq(a->sender_timestamp, b->sender_timestamp);
	cr_assert_eq(a->sender_error_estimate, b->sender_error_estimate);
	cr_assert_eq(a->sender_hop_limit, b->sender_hop_limit);
}

Test(stamp, reads_what_it_writes)
{
	uint8_t octets[STAMP_LENGTH_AUTHENTICATED];
	const struct stamp_packet sender = {
		.sequence = example.sequence,
		.timestamp = example.timestamp,
		.error_estimate = example.error_estimate,
		.ssid = example.ssid,
	};
	struct stamp_packet packet;

	for (int authenticated = 0; authenticated < 2; authenticated++) {
		stamp_write_reflector(octets, authenticated, &example);
		stamp_read_reflector(octets, authenticated, &packet);
		assert_same(&packet, &example);
		stamp_read_sender(octets, authenticated, &packet);
		assert_same(&packet, &sender);
	}
}

Test(stamp, replaces_the_time_of_departure_alone)
{
	uint8_t octets[STAMP_LENGTH_AUTHENTICATED], before[STAMP_LENGTH_AUTHENTICATED];

	for (int authenticated = 0; authenticated < 2; authenticated++) {
		uint32_t at = authenticated ? 16 : 4;

		memset(octets, 0xff, sizeof(octets));
		memcpy(before, octets, sizeof(octets));
		stamp_put_timestamp(octets, authenticated, 0x0102030405060708);
		memcpy(before + at, "\1\2\3\4\5\6\7\10", 8);
		cr_assert_arr_eq(octets, before, sizeof(octets));
	}
}

/* The HMAC of 00 00 00 01 and 92 zeroes. */
Test(stamp, signs_the_first_96_octets)
{
	struct hmac_key *key = hmac_key_sha256_128((const uint8_t *)"secret", 6);
	const struct stamp_packet packet = { .sequence = 1 };
	uint8_t octets[STAMP_LENGTH_AUTHENTICATED];

	stamp_write_sender(octets, true, &packet);
	cr_assert_not(stamp_is_signed(octets, key));
	stamp_sign(octets, key);
	assert_octets(octets + 96,
		      "\x3b\x21\x95\x06\xa3\xcf\x98\x87\x98\x04\xe2\x97\x65\x78\x3f\xa4", 16);
	cr_assert(stamp_is_signed(octets, key));
	for (uint32_t i = 0; i < sizeof(octets); i++) {
		octets[i] ^= 1;
		cr_assert_not(stamp_is_signed(octets, key), "octet %u", i);
		octets[i] ^= 1;
	}
	hmac_key_free(key);
}

Test(stamp, tells_the_wake_up_in_octets_that_are_zero)
{
	uint8_t octets[STAMP_LENGTH];

	stamp_write_reflector(octets, false, &example);
	cr_assert_eq(stamp_get_wake(octets), 0);
	stamp_put_wake(octets, 0x0102030405);
	assert_octets(octets + 36, "\x71\x72\1\2\x81\3\4\5", 8);
	cr_assert_eq(stamp_get_wake(octets), 0x0102030405);
	stamp_put_wake(octets, UINT64_MAX);
	cr_assert_eq(stamp_get_wake(octets), STAMP_WAKE_MAX);
}

TestSuite(stamp_tlv);

static bool next(const char *bytes, uint32_t length, uint32_t *at, struct stamp_tlv *ret_tlv)
{
	static uint8_t octets[64];

	memset(octets, 0x5a, sizeof(octets));
	memcpy(octets, bytes, length);
	return stamp_tlv_next(octets, length, at, ret_tlv);
}

Test(stamp_tlv, walks_from_one_to_the_next)
{
	const char bytes[] = "\x80\x01\0\2ab\x80\x03\0\0\x80\x08\0\1z";
	struct stamp_tlv tlv;
	uint32_t at = 0;

	cr_assert(next(bytes, 15, &at, &tlv));
	cr_assert(tlv.type == STAMP_TLV_PADDING && tlv.length == 2 && !tlv.malformed);
	cr_assert_eq(at, 6);
	cr_assert(next(bytes, 15, &at, &tlv));
	cr_assert(tlv.type == STAMP_TLV_TIMESTAMP_INFORMATION && tlv.length == 0);
	cr_assert_eq(at, 10);
	cr_assert(next(bytes, 15, &at, &tlv));
	cr_assert(tlv.type == STAMP_TLV_HMAC && tlv.length == 1 && tlv.octets[4] == 'z');
	cr_assert_eq(at, 15);
	cr_assert_not(next(bytes, 15, &at, &tlv));
}

Test(stamp_tlv, one_that_does_not_fit_is_malformed_and_the_last)
{
	struct stamp_tlv tlv;
	uint32_t at = 0;

	cr_assert(next("\x80\x01\0\3ab", 6, &at, &tlv));
	cr_assert(tlv.malformed);
	cr_assert_eq(tlv.length, 3);
	cr_assert_eq(at, 6);
	at = 0;
	cr_assert(next("\x80\x01\xff\xff", 4, &at, &tlv));
	cr_assert(tlv.malformed);
	cr_assert_eq(at, 4);
}

Test(stamp_tlv, less_than_a_header_is_padding)
{
	struct stamp_tlv tlv;
	uint32_t at = 0;

	for (uint32_t length = 0; length < STAMP_TLV_HEADER; length++)
		cr_assert_not(next("\x80\x01\0\0", length, &at, &tlv));
	cr_assert_eq(at, 0);
}

Test(stamp_tlv, zeroes_are_padding)
{
	struct stamp_tlv tlv;
	uint32_t at = 0;

	cr_assert_not(next("\0\0\0\0\x80\x01\0\0", 8, &at, &tlv));
	/* But no type is unknown without reason: 0 with the flag is one that we do not know. */
	cr_assert(next("\x80\0\0\0", 4, &at, &tlv));
	cr_assert_eq(tlv.type, 0);
}

Test(stamp_tlv, no_octets_are_read_or_passed_beyond_the_end)
{
	uint8_t octets[12];
	struct stamp_tlv tlv;

	for (uint32_t value = 0; value < 256; value++) {
		uint32_t at = 0, count = 0;

		memset(octets, (int)value, sizeof(octets));
		while (stamp_tlv_next(octets, sizeof(octets), &at, &tlv))
			cr_assert_lt(++count, sizeof(octets));
		cr_assert_leq(at, sizeof(octets));
	}
}

Test(stamp_tlv, is_written_with_the_flag_of_the_unknown)
{
	uint8_t octets[16];

	memset(octets, 0xff, sizeof(octets));
	cr_assert_eq(stamp_tlv_put(octets, STAMP_TLV_WAKE, 8), 12);
	assert_octets(octets, "\x80\xfb\0\x08\0\0\0\0\0\0\0\0\xff", 13);
}
