/* IRTT's packets: what irtt 0.9's client and server sent each other. */
#include <criterion/criterion.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/hmac.h"
#include "wire/irtt.h"

/* irtt client -d 60ms -i 20ms -l 80 --dscp=46 --sfill=rand: the parameters of its open request. */
static const uint8_t open_params[] = {
	0x01, 0x02,		      /* version 1 */
	0x02, 0x80, 0x9c, 0x9c, 0x39, /* 60 ms */
	0x03, 0x80, 0xb4, 0x89, 0x13, /* 20 ms */
	0x04, 0xa0, 0x01,	      /* 80 octets */
	0x05, 0x06,		      /* count and window */
	0x06, 0x06,		      /* at receive and at send */
	0x07, 0x06,		      /* both clocks */
	0x08, 0x5c,		      /* 46 */
	0x09, 0x04, 'r',  'a',	'n',  'd',
};

/* irtt client --hmac=hidden -l 70: an echo request of 76 octets, and its reply. */
static const uint8_t signed_request[76] = {
	0x14, 0xa7, 0x5b, 0x08, 0x6b, 0x64, 0xee, 0xca, 0xf3, 0xd2, 0x5a, 0x87, 0x7d, 0x14,
	0x92, 0xd7, 0x92, 0x8e, 0xbe, 0xa3, 0x44, 0x47, 0x56, 0xb9, 0xce, 0x11, 0x24, 0x90,
};
static const uint8_t signed_reply[76] = {
	0x14, 0xa7, 0x5b, 0x0a, 0x92, 0xd5, 0x42, 0x48, 0xab, 0x36, 0x36, 0x1c, 0xc3,
	0xda, 0x41, 0x9b, 0xc9, 0xe0, 0x90, 0x1b, 0x44, 0x47, 0x56, 0xb9, 0xce, 0x11,
	0x24, 0x90, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x42, 0xb0, 0x9e, 0x71, 0xc8, 0x96, 0xeb, 0x18,
	0xa8, 0x23, 0x2f, 0x1b, 0x00, 0x00, 0x00, 0x00, 0x10, 0xd7, 0x9e, 0x71, 0xc8,
	0x96, 0xeb, 0x18, 0x6c, 0x4a, 0x2f, 0x1b, 0x00, 0x00, 0x00, 0x00,
};

TestSuite(irtt);

Test(irtt, reads_the_parameters_of_an_open_request)
{
	struct irtt_params params;

	cr_assert(irtt_params_read(open_params, sizeof(open_params), &params));
	cr_assert_eq(params.values[IRTT_PROTOCOL], 1);
	cr_assert_eq(params.values[IRTT_DURATION], 60000000);
	cr_assert_eq(params.values[IRTT_INTERVAL], 20000000);
	cr_assert_eq(params.values[IRTT_LENGTH], 80);
	cr_assert_eq(params.values[IRTT_RECEIVED_STATS], IRTT_COUNT | IRTT_WINDOW);
	cr_assert_eq(params.values[IRTT_STAMP_AT], IRTT_AT_SEND | IRTT_AT_RECEIVE);
	cr_assert_eq(params.values[IRTT_CLOCK], IRTT_WALL | IRTT_MONOTONIC);
	cr_assert_eq(params.values[IRTT_DSCP], 46);
	cr_assert_eq(params.fill_length, 4);
	cr_assert_arr_eq(params.fill, "rand", 4);
}

Test(irtt, writes_the_parameters_as_they_were_read)
{
	uint8_t written[IRTT_PARAMS_MAX];
	struct irtt_params params;

	cr_assert(irtt_params_read(open_params, sizeof(open_params), &params));
	cr_assert_eq(irtt_params_write(written, &params), sizeof(open_params));
	cr_assert_arr_eq(written, open_params, sizeof(open_params));
}

Test(irtt, writes_the_largest_parameters_into_the_room_there_is)
{
	uint8_t written[IRTT_PARAMS_MAX];
	uint8_t again[IRTT_PARAMS_MAX];
	struct irtt_params params = { .fill_length = IRTT_FILL_MAX };
	uint32_t length;

	for (int type = IRTT_PROTOCOL; type < IRTT_SERVER_FILL; type++)
		params.values[type] = INT64_MAX;
	params.values[IRTT_DSCP] = INT64_MIN;
	params.values[IRTT_RECEIVED_STATS] = 3;
	params.values[IRTT_STAMP_AT] = 4;
	params.values[IRTT_CLOCK] = 3;
	length = irtt_params_write(written, &params);
	cr_assert_leq(length, sizeof(written));
	cr_assert(irtt_params_read(written, length, &params));
	cr_assert_eq(irtt_params_write(again, &params), length);
	cr_assert_arr_eq(again, written, length);
}

static bool reads(const char *octets, uint32_t length)
{
	struct irtt_params params;

	return irtt_params_read((const uint8_t *)octets, length, &params);
}

/* As irtt's server does, but for a negative length, which that takes for none. */
Test(irtt, refuses_parameters_that_there_are_not)
{
	cr_assert(reads("", 0));
	cr_assert(reads("\x01\x02", 2));
	cr_assert_not(reads("\x01", 1), "a value is missing");
	cr_assert_not(reads("\x01\x80", 2), "a value is cut off");
	cr_assert_not(reads("\x02\x00", 2), "duration 0");
	cr_assert_not(reads("\x02\x09", 2), "duration -5");
	cr_assert_not(reads("\x03\x00", 2), "interval 0");
	cr_assert_not(reads("\x04\x01", 2), "length -1");
	cr_assert_not(reads("\x05\x08", 2), "received stats 4");
	cr_assert_not(reads("\x06\x0a", 2), "stamp at 5");
	cr_assert_not(reads("\x07\x08", 2), "clock 4");
	cr_assert(reads("\x0c\x0a", 2), "a parameter that is not known");
	cr_assert_not(reads("\x09\x04ran", 5), "a fill that is cut off");
	cr_assert_not(reads("\x09\x21xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 35), "33 octets of fill");
	cr_assert(reads("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11), "64 bits");
	cr_assert_not(reads("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11), "65 bits");
	cr_assert_not(reads("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12), "70 bits");
}

Test(irtt, takes_the_last_of_parameters_that_come_twice)
{
	const uint8_t twice[] = { 0x04, 0xa0, 0x01, 0x04, 0x50 };
	struct irtt_params params;

	cr_assert(irtt_params_read(twice, sizeof(twice), &params));
	cr_assert_eq(params.values[IRTT_LENGTH], 40);
}

static struct irtt_layout layout_of(int64_t stats, int64_t stamp_at, int64_t clock, bool hmac)
{
	const struct irtt_params params = {
		.values = { [IRTT_RECEIVED_STATS] = stats,
			    [IRTT_STAMP_AT] = stamp_at,
			    [IRTT_CLOCK] = clock },
	};
	struct irtt_layout layout;

	irtt_layout_init(&layout, &params, hmac);
	return layout;
}

/* Lengths as irtt's client sent them with -l 0. */
Test(irtt, fields_stand_where_they_do_in_captures)
{
	cr_assert_eq(layout_of(0, 0, 3, false).length, 16);
	cr_assert_eq(layout_of(3, 3, 3, false).length, 60);
	cr_assert_eq(layout_of(3, 1, 2, false).length, 36);
	cr_assert_eq(layout_of(3, 3, 3, true).length, 76);
	cr_assert_eq(layout_of(1, 4, 1, false).midpoint_wall, 20);
	cr_assert_eq(layout_of(1, 4, 1, false).receive_wall, 0);
	cr_assert_eq(layout_of(1, 4, 1, false).send_wall, 0);
	cr_assert_eq(layout_of(2, 4, 3, false).midpoint_monotonic, 32);
	cr_assert_eq(layout_of(3, 3, 3, true).token, 20);
	cr_assert_eq(layout_of(3, 3, 0, false).length, 28, "stamps by no clock are none");
}

Test(irtt, finds_the_fields_of_a_captured_reply)
{
	struct irtt_layout layout = layout_of(3, 3, 3, true);

	cr_assert_eq(get_le32(signed_reply + layout.sequence), 0);
	cr_assert_eq(get_le32(signed_reply + layout.count), 1);
	cr_assert_eq(get_le64(signed_reply + layout.window), 1);
	cr_assert_eq(get_le64(signed_reply + layout.send_wall) -
			     get_le64(signed_reply + layout.receive_wall),
		     9934);
	cr_assert_eq(get_le64(signed_reply + layout.send_monotonic) -
			     get_le64(signed_reply + layout.receive_monotonic),
		     9924);
}

Test(irtt, signs_as_irtt_does)
{
	struct hmac_key *key = hmac_key_md5((const uint8_t *)"hidden", 6);
	uint8_t packet[sizeof(signed_reply)];

	memcpy(packet, signed_request, sizeof(packet));
	cr_assert(irtt_is_signed(packet, sizeof(packet), key));
	cr_assert_arr_eq(packet, signed_request, sizeof(packet));
	memcpy(packet, signed_reply, sizeof(packet));
	cr_assert(irtt_is_signed(packet, sizeof(packet), key));
	memset(packet + 4, 0x55, 16);
	cr_assert_not(irtt_is_signed(packet, sizeof(packet), key));
	irtt_sign(packet, sizeof(packet), key);
	cr_assert_arr_eq(packet, signed_reply, sizeof(packet));
	hmac_key_free(key);
}

Test(irtt, knows_a_header_by_its_magic_its_flags_and_what_must_follow)
{
	uint8_t packet[28] = { 0x14, 0xa7, 0x5b, IRTT_OPEN };
	uint8_t flags = 0xff;

	cr_assert(irtt_has_header(packet, 4, &flags));
	cr_assert_eq(flags, IRTT_OPEN);
	cr_assert_not(irtt_has_header(packet, 3, &flags));
	packet[3] = IRTT_OPEN | IRTT_HMAC;
	cr_assert_not(irtt_has_header(packet, 19, &flags));
	cr_assert(irtt_has_header(packet, 20, &flags));
	packet[3] = IRTT_CLOSE | IRTT_HMAC;
	cr_assert_not(irtt_has_header(packet, 27, &flags));
	cr_assert(irtt_has_header(packet, 28, &flags));
	packet[3] = 0;
	cr_assert_not(irtt_has_header(packet, 11, &flags));
	cr_assert(irtt_has_header(packet, 12, &flags));
	packet[3] = 0x10;
	cr_assert_not(irtt_has_header(packet, 28, &flags));
	packet[3] = 0;
	packet[2] = 0x5c;
	cr_assert_not(irtt_has_header(packet, 28, &flags));
}
