/* The Session-Reflector's answers to extensions: flags, values, HMACs, what is malformed. */
#include "stamp_trial.h"

#define U STAMP_TLV_UNKNOWN
#define M STAMP_TLV_MALFORMED
#define I STAMP_TLV_INTEGRITY

#define BASE STAMP_LENGTH

static struct stamp_trial stamp;

TestSuite(stamp_flags);

static void begin(const struct service_options *options)
{
	stamp_trial_init(&stamp, options);
	stamp_request_begin(&stamp, options && options->key, &stamp_example);
}

static const uint8_t *put(void)
{
	cr_assert_eq(stamp_put(&stamp)->reply, stamp.length);
	return stamp.trial.data;
}

/* Type by type: the length that is right, and whether we know it. */
static const struct {
	int type;
	uint16_t length;
	bool known, any_length;
} types[] = {
	{ 0, 4, false, true },
	{ STAMP_TLV_PADDING, 40, true, true },
	{ STAMP_TLV_LOCATION, 4, false, true },
	{ STAMP_TLV_TIMESTAMP_INFORMATION, 4, true, false },
	{ STAMP_TLV_CLASS_OF_SERVICE, 4, true, false },
	{ STAMP_TLV_DIRECT_MEASUREMENT, 12, true, false },
	{ STAMP_TLV_ACCESS_REPORT, 4, false, true },
	{ STAMP_TLV_FOLLOW_UP, 16, true, false },
	{ 9, 4, false, true },
	{ 250, 4, false, true },
	{ STAMP_TLV_WAKE, 8, true, false },
	{ 252, 8, false, true },
	{ 255, 0, false, true },
};

#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

Test(stamp_flags, tell_what_is_not_known)
{
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		begin(NULL);
		(void)stamp_request_add(&stamp, types[i].type, types[i].length);
		cr_assert_eq(put()[BASE], types[i].known ? 0 : U, "type %d", types[i].type);
		cr_assert_eq(put()[BASE + 1], types[i].type);
		cr_assert_eq(get_be16(put() + BASE + 2), types[i].length);
	}
}

/* Whatever the sender has set. */
Test(stamp_flags, are_the_reflectors)
{
	for (size_t i = 1; i < TYPE_COUNT; i++)
		for (int flags = 0; flags < 256; flags++) {
			begin(NULL);
			(void)stamp_request_add(&stamp, types[i].type, types[i].length);
			stamp.octets[BASE] = (uint8_t)flags;
			cr_assert_eq(put()[BASE], types[i].known ? 0 : U, "type %d, flags %02x",
				     types[i].type, flags);
		}
}

Test(stamp_flags, tell_of_a_wrong_length)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		for (uint16_t length = 0; length < 40; length++) {
			bool wrong = !types[i].any_length && length != types[i].length;
			uint8_t right = wrong ? M : types[i].known ? 0 : U;

			begin(NULL);
			(void)stamp_request_add(&stamp, types[i].type, length);
			cr_assert_eq(put()[BASE], right, "type %d, length %u", types[i].type,
				     length);
		}
}

Test(stamp_flags, tell_of_what_does_not_end)
{
	for (size_t i = 1; i < TYPE_COUNT; i++) {
		begin(NULL);
		(void)stamp_request_add(&stamp, types[i].type, types[i].length);
		put_be16(stamp.octets + BASE + 2, (uint16_t)(types[i].length + 1));
		cr_assert_eq(put()[BASE], M, "type %d", types[i].type);
		put_be16(stamp.octets + BASE + 2, UINT16_MAX);
		cr_assert_eq(put()[BASE], M, "type %d", types[i].type);
	}
}

/* It comes back as it was (section 4). */
Test(stamp_flags, what_follows_a_malformed_one_is_not_read)
{
	uint8_t *value;

	begin(NULL);
	(void)stamp_request_add(&stamp, STAMP_TLV_PADDING, 2);
	(void)stamp_request_add(&stamp, STAMP_TLV_CLASS_OF_SERVICE, 3);
	value = stamp_request_add(&stamp, STAMP_TLV_DIRECT_MEASUREMENT, 12);
	memset(value, 0x55, 12);
	(void)put();
	cr_assert_eq(stamp.trial.data[BASE], 0);
	cr_assert_eq(stamp.trial.data[BASE + 6], M);
	cr_assert_arr_eq(stamp.trial.data + BASE + 13, stamp.octets + BASE + 13, 16);
}

Test(stamp_flags, octets_too_few_for_an_extension_come_back)
{
	begin(NULL);
	(void)stamp_request_add(&stamp, STAMP_TLV_PADDING, 1);
	memcpy(stamp.octets + stamp.length, "\xff\xee\xdd", 3);
	stamp.length += 3;
	cr_assert_arr_eq(put() + BASE + 5, "\xff\xee\xdd", 3);
}

/* Random octets behind the base: no crash, no octet beyond, nothing longer. */
Test(stamp_flags, survive_any_octets)
{
	uint32_t state = 1;

	begin(NULL);
	for (uint32_t round = 0; round < 20000; round++) {
		stamp.length = BASE + round % 61;
		for (uint32_t i = BASE; i < stamp.length; i++) {
			state = state * 1664525 + 1013904223;
			stamp.octets[i] = (uint8_t)(state >> 24);
			if (i % 4 == 2)
				stamp.octets[i] = 0;
			if (i % 4 == 3)
				stamp.octets[i] %= 32;
		}
		stamp.trial.data[stamp.length] = 0x7e;
		(void)put();
		cr_assert_eq(stamp.trial.data[stamp.length], 0x7e);
	}
}

TestSuite(stamp_values);

Test(stamp_values, padding_comes_back)
{
	uint8_t *value;

	begin(NULL);
	value = stamp_request_add(&stamp, STAMP_TLV_PADDING, 1000);
	for (uint32_t i = 0; i < 1000; i++)
		value[i] = (uint8_t)(i * 3);
	cr_assert_arr_eq(put() + BASE + 4, value, 1000);
}

Test(stamp_values, timestamp_information)
{
	begin(NULL);
	(void)stamp_request_add(&stamp, STAMP_TLV_TIMESTAMP_INFORMATION, 4);
	cr_assert_arr_eq(put() + BASE, "\0\3\0\4\5\2\5\2", 8);
	stamp.clock.synchronised = true;
	stamp.asked.stamp = STAMP_HARDWARE;
	cr_assert_arr_eq(put() + BASE, "\0\3\0\4\1\1\1\2", 8);
	stamp.trial.state.options.stamp_format = STAMP_PTP;
	stamp.clock.tai_offset_s = 37;
	cr_assert_arr_eq(put() + BASE, "\0\3\0\4\2\1\2\2", 8);
	stamp.asked.clock = STAMP_DEVICE;
	cr_assert_arr_eq(put() + BASE, "\0\3\0\4\2\2\2\2", 8, "T2 was not the card's");
}

/* Asked for: 46, expedited forwarding. Came: 10 and ECN 3. */
Test(stamp_values, class_of_service)
{
	uint8_t *value;

	begin(NULL);
	stamp.asked.traffic_class = 10 << 2 | 3;
	value = stamp_request_add(&stamp, STAMP_TLV_CLASS_OF_SERVICE, 4);
	put_be32(value, 46u << 26 | 0x0003ffff);
	cr_assert_eq(get_be32(put() + BASE + 4), 46u << 26 | 10u << 20 | 3u << 18);
	cr_assert_eq(stamp.trial.message.answer_class, 46 << 2);
}

Test(stamp_values, class_of_service_where_there_is_no_header)
{
	uint8_t *value;

	begin(NULL);
	stamp.asked.hop_limit = 0;
	stamp.asked.traffic_class = 0xff;
	value = stamp_request_add(&stamp, STAMP_TLV_CLASS_OF_SERVICE, 4);
	put_be32(value, 46u << 26);
	cr_assert_eq(get_be32(put() + BASE + 4), 46u << 26 | 1u << 16,
		     "RP tells that it was not done");
	cr_assert_eq(stamp.trial.message.answer_class, 0);
}

Test(stamp_values, direct_measurement_counts_both_ways)
{
	begin(NULL);
	memset(stamp_request_add(&stamp, STAMP_TLV_DIRECT_MEASUREMENT, 12), 0xff, 12);
	cr_assert_arr_eq(put() + BASE + 4, "\xff\xff\xff\xff\0\0\0\1\0\0\0\1", 12);
	cr_assert_arr_eq(put() + BASE + 4, "\xff\xff\xff\xff\0\0\0\2\0\0\0\2", 12);
	cr_assert_eq(get_be32(stamp.trial.data), stamp_example.sequence, "still stateless");
	stamp.peer.sin_port++;
	cr_assert_arr_eq(put() + BASE + 4, "\xff\xff\xff\xff\0\0\0\1\0\0\0\1", 12);
}

Test(stamp_values, direct_measurement_of_a_full_table_is_zeroes)
{
	const struct service_options options = { .session_max = 1 };

	begin(&options);
	memset(stamp_request_add(&stamp, STAMP_TLV_DIRECT_MEASUREMENT, 12), 0xff, 12);
	(void)put();
	stamp.peer.sin_port++;
	cr_assert_arr_eq(put() + BASE, "\0\5\0\14\xff\xff\xff\xff\0\0\0\0\0\0\0\0", 16);
}

Test(stamp_values, wake_up)
{
	begin(NULL);
	(void)stamp_request_add(&stamp, STAMP_TLV_WAKE, 8);
	cr_assert_arr_eq(put() + BASE, "\0\xfb\0\10\0\0\0\0\0\0\x13\x88", 12);
	stamp.asked.stamp = STAMP_USER;
	cr_assert_eq(get_be64(put() + BASE + 4), 0);
}

TestSuite(stamp_follow_up);

static const struct service_options stateful = { .stamp_stateful = true, .session_max = 4 };

static void depart_by(uint32_t name, int64_t departed_ns, enum stamp_source source,
		      enum stamp_clock clock)
{
	struct service_state *state = &stamp.trial.state;
	const struct message message = { .kind = MESSAGE_DEPARTED,
					 .departure = name,
					 .departed_ns = departed_ns,
					 .stamp = (uint8_t)source,
					 .clock = (uint8_t)clock };

	state->service->departed(state, &message);
}

static void depart(uint32_t name, int64_t departed_ns, enum stamp_source source)
{
	depart_by(name, departed_ns, source, STAMP_REALTIME);
}

Test(stamp_follow_up, tells_when_an_earlier_answer_left)
{
	uint32_t name;

	begin(&stateful);
	memset(stamp_request_add(&stamp, STAMP_TLV_FOLLOW_UP, 16), 0xff, 16);
	cr_assert_arr_eq(put() + BASE, "\0\7\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
	cr_assert(stamp.trial.message.flags & MESSAGE_DEPARTURE);
	name = stamp.trial.message.departure;
	(void)put();
	cr_assert_neq(stamp.trial.message.departure, name);
	depart(name, TRIAL_WALL_NS, STAMP_KERNEL);
	cr_assert_arr_eq(put() + BASE, "\0\7\0\20\0\0\0\0\xee\xad\x4d\x4a\x80\0\0\0\2\0\0\0", 20);
	depart(stamp.trial.message.departure, TRIAL_WALL_NS + 250000000, STAMP_HARDWARE);
	cr_assert_arr_eq(put() + BASE, "\0\7\0\20\0\0\0\2\xee\xad\x4d\x4a\xc0\0\0\0\1\0\0\0", 20);
}

Test(stamp_follow_up, tells_no_time_of_another_clock)
{
	begin(&stateful);
	(void)stamp_request_add(&stamp, STAMP_TLV_FOLLOW_UP, 16);
	(void)put();
	depart_by(stamp.trial.message.departure, 1, STAMP_HARDWARE, STAMP_DEVICE);
	cr_assert_arr_eq(put() + BASE, "\0\7\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
}

Test(stamp_follow_up, is_zeroes_without_sessions)
{
	begin(NULL);
	memset(stamp_request_add(&stamp, STAMP_TLV_FOLLOW_UP, 16), 0xff, 16);
	cr_assert_arr_eq(put() + BASE, "\0\7\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
	cr_assert_not(stamp.trial.message.flags & MESSAGE_DEPARTURE);
}

Test(stamp_follow_up, is_not_asked_for_by_others)
{
	begin(&stateful);
	(void)put();
	cr_assert_not(stamp.trial.message.flags & MESSAGE_DEPARTURE);
}

Test(stamp_follow_up, of_a_wrong_length_is_zeroes)
{
	begin(&stateful);
	memset(stamp_request_add(&stamp, STAMP_TLV_FOLLOW_UP, 12), 0xff, 12);
	cr_assert_arr_eq(put() + BASE, "\x40\7\0\14\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

TestSuite(stamp_hmac);

#define KEY ((const uint8_t *)TRIAL_KEY)

static const struct service_options with_key = { .key = KEY, .key_length = 6 };

/* The HMAC of sequence number and extensions, into the value that is the last of length. */
static void sign_extensions(uint8_t *octets, uint32_t base, uint32_t length)
{
	struct hmac_key *key = hmac_key_sha256_128(KEY, 6);

	hmac_add(key, octets, 4);
	hmac_compute(key, octets + base, length - base - 20, octets + length - 16);
	hmac_key_free(key);
}

static bool are_extensions_signed(const uint8_t *octets, uint32_t base, uint32_t length)
{
	struct hmac_key *key = hmac_key_sha256_128(KEY, 6);
	bool right;

	hmac_add(key, octets, 4);
	right = hmac_verify(key, octets + base, length - base - 20, octets + length - 16);
	hmac_key_free(key);
	return right;
}

#define SIGNED STAMP_LENGTH_AUTHENTICATED

Test(stamp_hmac, is_verified_and_made_anew)
{
	begin(&with_key);
	(void)stamp_request_add(&stamp, STAMP_TLV_TIMESTAMP_INFORMATION, 4);
	(void)stamp_request_add(&stamp, STAMP_TLV_HMAC, 16);
	sign_extensions(stamp.octets, SIGNED, stamp.length);
	stamp_request_sign(&stamp, TRIAL_KEY);
	(void)put();
	cr_assert_arr_eq(stamp.trial.data + SIGNED, "\0\3\0\4\5\2\5\2\0\10\0\20", 12);
	cr_assert(are_extensions_signed(stamp.trial.data, SIGNED, stamp.length));
	stamp_leave(&stamp, TRIAL_WALL_NS);
	cr_assert(are_extensions_signed(stamp.trial.data, SIGNED, stamp.length));
}

Test(stamp_hmac, padding_may_follow_it)
{
	uint32_t length;

	begin(&with_key);
	(void)stamp_request_add(&stamp, STAMP_TLV_WAKE, 8);
	(void)stamp_request_add(&stamp, STAMP_TLV_HMAC, 16);
	length = stamp.length;
	sign_extensions(stamp.octets, SIGNED, length);
	(void)stamp_request_add(&stamp, STAMP_TLV_PADDING, 30);
	stamp_request_sign(&stamp, TRIAL_KEY);
	(void)put();
	cr_assert_eq(stamp.trial.data[SIGNED], 0);
	cr_assert(are_extensions_signed(stamp.trial.data, SIGNED, length));
}

static void assert_integrity_lost(uint32_t base)
{
	(void)put();
	for (uint32_t at = base; at + 4 <= stamp.length;
	     at += 4 + get_be16(stamp.trial.data + at + 2)) {
		cr_assert_eq(stamp.trial.data[at] & I, I);
		cr_assert_arr_eq(stamp.trial.data + at + 1, stamp.octets + at + 1, 7, "unread");
	}
}

Test(stamp_hmac, that_is_wrong_leaves_all_unread)
{
	begin(&with_key);
	(void)stamp_request_add(&stamp, STAMP_TLV_TIMESTAMP_INFORMATION, 4);
	(void)stamp_request_add(&stamp, 250, 4);
	(void)stamp_request_add(&stamp, STAMP_TLV_HMAC, 16);
	stamp_request_sign(&stamp, TRIAL_KEY);
	assert_integrity_lost(SIGNED);
	cr_assert_eq(stamp.trial.data[SIGNED], I);
	cr_assert_eq(stamp.trial.data[SIGNED + 8], I | U);
}

Test(stamp_hmac, that_is_missing_leaves_all_unread)
{
	begin(&with_key);
	(void)stamp_request_add(&stamp, STAMP_TLV_PADDING, 4);
	(void)stamp_request_add(&stamp, STAMP_TLV_TIMESTAMP_INFORMATION, 4);
	stamp_request_sign(&stamp, TRIAL_KEY);
	assert_integrity_lost(SIGNED);
}

/* The one exception (section 4.8). */
Test(stamp_hmac, is_not_missed_beside_padding_alone)
{
	begin(&with_key);
	(void)stamp_request_add(&stamp, STAMP_TLV_PADDING, 4);
	stamp_request_sign(&stamp, TRIAL_KEY);
	cr_assert_eq(put()[SIGNED], 0);
}

Test(stamp_hmac, in_another_place_leaves_all_unread)
{
	begin(&with_key);
	(void)stamp_request_add(&stamp, STAMP_TLV_HMAC, 16);
	sign_extensions(stamp.octets, SIGNED, stamp.length);
	(void)stamp_request_add(&stamp, STAMP_TLV_TIMESTAMP_INFORMATION, 4);
	stamp_request_sign(&stamp, TRIAL_KEY);
	assert_integrity_lost(SIGNED);
	begin(&with_key);
	(void)stamp_request_add(&stamp, STAMP_TLV_HMAC, 16);
	(void)stamp_request_add(&stamp, STAMP_TLV_HMAC, 16);
	stamp_request_sign(&stamp, TRIAL_KEY);
	assert_integrity_lost(SIGNED);
}

Test(stamp_hmac, without_a_key_is_not_verified)
{
	begin(NULL);
	(void)stamp_request_add(&stamp, STAMP_TLV_TIMESTAMP_INFORMATION, 4);
	(void)stamp_request_add(&stamp, STAMP_TLV_HMAC, 16);
	sign_extensions(stamp.octets, BASE, stamp.length);
	assert_integrity_lost(BASE);
}

Test(stamp_hmac, covers_what_we_say_of_a_malformed_one)
{
	begin(&with_key);
	(void)stamp_request_add(&stamp, STAMP_TLV_TIMESTAMP_INFORMATION, 5);
	(void)stamp_request_add(&stamp, STAMP_TLV_HMAC, 16);
	sign_extensions(stamp.octets, SIGNED, stamp.length);
	stamp_request_sign(&stamp, TRIAL_KEY);
	cr_assert_eq(put()[SIGNED], M);
	cr_assert(are_extensions_signed(stamp.trial.data, SIGNED, stamp.length));
}

/* Nothing is counted for whoever has not the key. */
Test(stamp_hmac, nobody_counts_who_is_not_known)
{
	begin(&with_key);
	(void)stamp_request_add(&stamp, STAMP_TLV_DIRECT_MEASUREMENT, 12);
	(void)stamp_request_add(&stamp, STAMP_TLV_HMAC, 16);
	stamp_request_sign(&stamp, TRIAL_KEY);
	assert_integrity_lost(SIGNED);
	sign_extensions(stamp.octets, SIGNED, stamp.length);
	(void)put();
	cr_assert_eq(get_be32(stamp.trial.data + SIGNED + 8), 1);
}
