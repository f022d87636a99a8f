/* The Session-Reflector: base packets, lengths, loops, keys, sessions, streams. */
#include "stamp_trial.h"

static struct stamp_trial stamp, other;

TestSuite(stamp_reflector);

Test(stamp_reflector, answers_octet_by_octet)
{
	static const uint8_t right[] = {
		0,    0,    0,	  7,				/* sequence number */
		0xee, 0xad, 0x4d, 0x4a, 0x80, 0,    0,	  0,	/* T3 */
		0x1d, 0x80,					/* 16 s, not synchronised */
		0x12, 0x34,					/* SSID */
		0xee, 0xad, 0x4d, 0x4a, 0x7f, 0xff, 0xac, 0x1d, /* T2 */
		0,    0,    0,	  7,	1,    2,    3,	  4,	5, 6,
		7,    8,    0x80, 0x01, 0,    0,    64,	  0,	0, 0,
	};

	stamp_trial_init(&stamp, NULL);
	(void)stamp_ask(&stamp, &stamp_example);
	for (size_t i = 0; i < sizeof(right); i++)
		cr_assert_eq(stamp.trial.data[i], right[i], "octet %zu is %02x", i,
			     stamp.trial.data[i]);
}

Test(stamp_reflector, writes_when_the_answer_leaves)
{
	uint8_t before[STAMP_LENGTH];

	stamp_trial_init(&stamp, NULL);
	(void)stamp_ask(&stamp, &stamp_example);
	memcpy(before, stamp.trial.data, sizeof(before));
	stamp_leave(&stamp, TRIAL_WALL_NS + 1500000000);
	put_be64(before + 4, T3 + 0x180000000);
	cr_assert_arr_eq(stamp.trial.data, before, sizeof(before));
}

Test(stamp_reflector, without_a_time_of_the_kernel_it_arrived_when_it_was_taken_up)
{
	stamp_trial_init(&stamp, NULL);
	stamp.asked.stamp = STAMP_USER;
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).received, T3);
	stamp.asked.stamp = STAMP_NONE;
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).received, T3);
	stamp.asked.stamp = STAMP_HARDWARE;
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).received, T2);
}

/* What it says of both ends of its work is by one clock, or their difference would mean nothing. */
Test(stamp_reflector, takes_no_time_of_another_clock)
{
	stamp_trial_init(&stamp, NULL);
	stamp.asked.stamp = STAMP_HARDWARE;
	stamp.asked.clock = STAMP_DEVICE;
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).received, T3);
}

Test(stamp_reflector, does_not_know_every_hop_limit)
{
	stamp_trial_init(&stamp, NULL);
	stamp.asked.hop_limit = 0;
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).sender_hop_limit, 255);
	stamp.asked.hop_limit = 1;
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).sender_hop_limit, 1);
}

Test(stamp_reflector, claims_what_the_kernel_claims)
{
	stamp_trial_init(&stamp, NULL);
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).error_estimate, 0x1d80);
	stamp.clock = (struct clock_quality){ .synchronised = true, .error_ns = 1000 };
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).error_estimate, 0x8587);
}

Test(stamp_reflector, speaks_ptp_in_tai)
{
	struct service_options options = { .stamp_format = STAMP_PTP };
	struct stamp_packet answer;

	stamp_trial_init(&stamp, &options);
	stamp.clock.tai_offset_s = 37;
	answer = stamp_ask(&stamp, &stamp_example);
	cr_assert_eq(answer.received, (1795346122ull + 37) << 32 | 499995000);
	cr_assert_eq(answer.error_estimate, 0x5d80);
	stamp_leave(&stamp, TRIAL_WALL_NS);
	stamp_read_reflector(stamp.trial.data, false, &answer);
	cr_assert_eq(answer.timestamp, (1795346122ull + 37) << 32 | 500000000);
}

/* Whoever has told the kernel of TAI has taken it back. */
Test(stamp_reflector, says_nothing_in_ptp_without_tai)
{
	struct service_options options = { .stamp_format = STAMP_PTP };

	stamp_trial_init(&stamp, &options);
	stamp_request_begin(&stamp, false, &stamp_example);
	cr_assert_eq(stamp_put(&stamp)->reply, 0);
	cr_assert_eq(stamp.trial.message.refused, REFUSED_CLOCK);
}

Test(stamp_reflector, ignores_what_must_be_zero)
{
	stamp_trial_init(&stamp, NULL);
	stamp_request_begin(&stamp, false, &stamp_example);
	memset(stamp.octets + 16, 0xff, 28);
	cr_assert_eq(stamp_put(&stamp)->reply, STAMP_LENGTH);
	cr_assert_eq(stamp.trial.data[43], 0);
}

TestSuite(stamp_length);

Test(stamp_length, every_answer_is_as_long_as_its_request)
{
	stamp_trial_init(&stamp, NULL);
	for (uint32_t length = 0; length <= 65507; length += length < 200 ? 1 : 1000) {
		stamp_request_begin(&stamp, false, &stamp_example);
		for (uint32_t i = STAMP_LENGTH; i < length; i++)
			stamp.octets[i] = (uint8_t)(i * 7);
		stamp.length = length;
		(void)stamp_put(&stamp);
		if (length < STAMP_LENGTH) {
			assert_refused(&stamp.trial.message, REFUSED_SIZE);
			continue;
		}
		cr_assert_eq(stamp.trial.message.reply, length);
		stamp_leave(&stamp, TRIAL_WALL_NS);
	}
	stamp_request_begin(&stamp, false, &stamp_example);
	stamp.length = 65507;
	cr_assert_eq(stamp_put(&stamp)->reply, 65507);
}

Test(stamp_length, padding_of_zeroes_comes_back)
{
	stamp_trial_init(&stamp, NULL);
	stamp_request_begin(&stamp, false, &stamp_example);
	stamp.length = 1400;
	cr_assert_eq(stamp_put(&stamp)->reply, 1400);
	for (uint32_t i = STAMP_LENGTH; i < 1400; i++)
		cr_assert_eq(stamp.trial.data[i], 0);
}

Test(stamp_length, twamp_light_is_an_option)
{
	struct service_options options = { .twamp_light = true };

	stamp_trial_init(&stamp, NULL);
	cr_assert_not(service_lengthens(&stamp.trial.state));
	cr_assert_eq(service_reply_room(stamp.trial.state.service, &stamp.trial.state.options), 0);
	stamp_trial_init(&stamp, &options);
	cr_assert(service_lengthens(&stamp.trial.state));
	cr_assert_eq(service_reply_room(stamp.trial.state.service, &options), 30);
	for (uint32_t length = 0; length < STAMP_LENGTH; length++) {
		struct stamp_packet answer;

		stamp_request_begin(&stamp, false, &stamp_example);
		memset(stamp.octets + length, 0xee, STAMP_LENGTH);
		stamp.length = length;
		(void)stamp_put(&stamp);
		if (length < 14) {
			assert_refused(&stamp.trial.message, REFUSED_SIZE);
			continue;
		}
		cr_assert_eq(stamp.trial.message.reply, STAMP_LENGTH);
		stamp_read_reflector(stamp.trial.data, false, &answer);
		cr_assert_eq(answer.sender_timestamp, stamp_example.timestamp);
		cr_assert_eq(answer.ssid, length < 16 ? (length < 15 ? 0 : 0x1200) : 0x1234);
	}
	stamp.trial.message.capacity = STAMP_LENGTH - 1;
	stamp.length = 14;
	assert_refused(stamp_put(&stamp), REFUSED_SIZE);
}

Test(stamp_length, what_did_not_fit_its_buffer_is_refused)
{
	stamp_trial_init(&stamp, NULL);
	stamp_request_begin(&stamp, false, &stamp_example);
	stamp.asked.flags = MESSAGE_TRUNCATED;
	assert_refused(stamp_put(&stamp), REFUSED_TRUNCATED);
}

TestSuite(stamp_loop);

/* Make the answer of one the request of another. */
static const struct message *pass_on(struct stamp_trial *from, struct stamp_trial *to)
{
	memcpy(to->octets, from->trial.data, from->trial.message.reply);
	to->length = from->trial.message.reply;
	return stamp_put(to);
}

static uint32_t answers_between(struct stamp_trial *first, struct stamp_trial *second)
{
	uint32_t answers = 0;
	struct stamp_trial *at = first, *next = second;

	(void)stamp_put(first);
	while (at->trial.message.reply > 0 && answers < 100) {
		struct stamp_trial *swap = at;

		answers++;
		stamp_leave(at, TRIAL_WALL_NS);
		(void)pass_on(at, next);
		at = next;
		next = swap;
	}
	cr_assert_eq(at->trial.message.refused, REFUSED_LOOP);
	return answers;
}

Test(stamp_loop, own_answer_is_refused)
{
	stamp_trial_init(&stamp, NULL);
	stamp_trial_init(&other, NULL);
	(void)stamp_ask(&stamp, &stamp_example);
	(void)pass_on(&stamp, &other);
	cr_assert_eq(other.trial.message.reply, STAMP_LENGTH, "it may be a test packet");
	stamp_leave(&other, TRIAL_WALL_NS);
	assert_refused(pass_on(&other, &stamp), REFUSED_LOOP);
}

Test(stamp_loop, two_reflectors_make_two_answers)
{
	static const struct service_options all[] = {
		{ .stamp_format = STAMP_NTP },
		{ .stamp_format = STAMP_PTP },
		{ .twamp_light = true },
		{ .stamp_stateful = true },
		{ .key = (const uint8_t *)TRIAL_KEY, .key_length = 6 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (size_t j = 0; j < sizeof(all) / sizeof(all[0]) - 1; j++) {
			bool authenticated = all[i].key != NULL;
			size_t second = authenticated ? i : j;

			stamp_trial_init(&stamp, &all[i]);
			stamp_trial_init(&other, &all[second]);
			stamp.clock.tai_offset_s = other.clock.tai_offset_s = 37;
			stamp_request_begin(&stamp, authenticated, &stamp_example);
			if (authenticated)
				stamp_request_sign(&stamp, TRIAL_KEY);
			cr_assert_leq(answers_between(&stamp, &other), 2, "%zu and %zu", i, j);
		}
}

/* What is in the place of T1 there is as old as the reflector says that it is. */
Test(stamp_loop, what_is_a_minute_old_is_no_loop)
{
	struct stamp_packet packet = { .received = 1 };

	stamp_trial_init(&stamp, NULL);
	for (int seconds = -61; seconds <= 61; seconds++) {
		packet.sender_timestamp = wall_to_ntp(TRIAL_WALL_NS + seconds * 1000000000ll);
		stamp_write_reflector(stamp.octets, false, &packet);
		stamp.length = STAMP_LENGTH;
		(void)stamp_put(&stamp);
		cr_assert_eq(stamp.trial.message.refused,
			     seconds < -60 || seconds > 60 ? REFUSED_NOT : REFUSED_LOOP, "%d",
			     seconds);
	}
	packet.received = 0;
	packet.sender_timestamp = wall_to_ntp(TRIAL_WALL_NS);
	stamp_write_reflector(stamp.octets, false, &packet);
	cr_assert_eq(stamp_put(&stamp)->reply, STAMP_LENGTH, "without T2 it is no answer");
}

TestSuite(stamp_key);

static const struct service_options with_key = { .key = (const uint8_t *)TRIAL_KEY,
						 .key_length = 6 };

static bool is_answer_signed(void)
{
	struct hmac_key *made = hmac_key_sha256_128((const uint8_t *)TRIAL_KEY, 6);
	bool is_signed = stamp_is_signed(stamp.trial.data, made);

	hmac_key_free(made);
	return is_signed;
}

Test(stamp_key, signed_requests_get_signed_answers)
{
	struct stamp_packet answer;

	stamp_trial_init(&stamp, &with_key);
	stamp_request_begin(&stamp, true, &stamp_example);
	stamp_request_sign(&stamp, TRIAL_KEY);
	cr_assert_eq(stamp_put(&stamp)->reply, STAMP_LENGTH_AUTHENTICATED);
	stamp_leave(&stamp, TRIAL_WALL_NS);
	cr_assert(is_answer_signed());
	stamp_leave(&stamp, TRIAL_WALL_NS + 1000000000);
	cr_assert(is_answer_signed(), "what is held back is signed again");
	stamp_read_reflector(stamp.trial.data, true, &answer);
	cr_assert_eq(answer.timestamp, T3 + 0x100000000);
	cr_assert_eq(answer.received, T2);
	cr_assert_eq(answer.sender_timestamp, stamp_example.timestamp);
	cr_assert_eq(answer.sender_hop_limit, 64);
}

Test(stamp_key, others_get_none)
{
	stamp_trial_init(&stamp, &with_key);
	stamp_request_begin(&stamp, true, &stamp_example);
	assert_refused(stamp_put(&stamp), REFUSED_KEY);
	stamp_request_sign(&stamp, "another");
	assert_refused(stamp_put(&stamp), REFUSED_KEY);
	stamp_request_begin(&stamp, false, &stamp_example);
	assert_refused(stamp_put(&stamp), REFUSED_SIZE);
	stamp.length = STAMP_LENGTH_AUTHENTICATED - 1;
	assert_refused(stamp_put(&stamp), REFUSED_SIZE);
	stamp_request_sign(&stamp, TRIAL_KEY);
	stamp.octets[20] ^= 1;
	stamp.length = STAMP_LENGTH_AUTHENTICATED;
	assert_refused(stamp_put(&stamp), REFUSED_KEY);
}
