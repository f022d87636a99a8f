/* What IRTT's server does not answer, or with no more than came. */
#include "irtt_trial.h"

#include <time.h>

TestSuite(service_irtt_refusals, .init = setup, .fini = teardown);

/* An interval of 1 ns takes one octet, the shortest that is allowed four. */
Test(service_irtt_refusals, replies_to_an_open_with_little_more_than_was_asked)
{
	struct irtt_params params = usual();

	options.irtt_min_interval_ns = 10 * MS;
	start();
	params.values[IRTT_INTERVAL] = 1;
	cr_assert_eq(ask(0, &params)->reply, trial.message.length + GROWTH_MAX);
	params.values[IRTT_INTERVAL] = 0;
	assert_refused(ask(0, &params), REFUSED_SIZE);
	assert_refused(put(finish(IRTT_OPEN, 4), &peer), REFUSED_SIZE);
	trial.message.capacity = 20;
	params.values[IRTT_INTERVAL] = 1;
	assert_refused(ask(0, &params), REFUSED_SIZE);
}

Test(service_irtt_refusals, echoes_no_more_than_came)
{
	struct irtt_params params = usual();
	uint64_t token;

	start();
	params.values[IRTT_LENGTH] = 1000;
	token = open_session(&params);
	for (uint32_t length = 16; length <= 1100; length++) {
		const struct message *message = send_echo(token, length, length);

		if (length < 60)
			assert_refused(message, REFUSED_SIZE);
		else
			cr_assert_eq(message->reply, length < 1000 ? length : 1000);
		for (uint32_t at = 60; at < message->reply; at++)
			cr_assert_neq(trial.data[at], 0xee);
	}
}

Test(service_irtt_refusals, refuses_requests_that_are_too_long)
{
	struct irtt_params params = usual();
	uint64_t token;

	options.irtt_max_length = 100;
	start();
	token = open_session(&params);
	cr_assert_eq(send_echo(token, 0, 100)->reply, 60);
	assert_refused(send_echo(token, 1, 101), REFUSED_SIZE);
}

Test(service_irtt_refusals, refuses_tokens_of_others_and_of_nobody)
{
	struct irtt_params params = usual();
	uint64_t token;

	start();
	token = open_session(&params);
	assert_refused(send_echo_from(&other_peer, token, 0, 60), REFUSED_KEY);
	assert_refused(send_echo(token ^ 1, 0, 60), REFUSED_KEY);
	assert_refused(send_echo(0, 0, 60), REFUSED_KEY);
	cr_assert_eq(send_echo(token, 0, 60)->reply, 60);
	assert_silent(send_close(token));
	assert_refused(send_echo(token, 1, 60), REFUSED_KEY);
	assert_refused(send_close(token), REFUSED_KEY);
}

Test(service_irtt_refusals, refuses_what_comes_too_fast)
{
	struct irtt_params params = usual();
	uint64_t token;

	options.irtt_min_interval_ns = 3600000ull * MS;
	options.irtt_timeout_ns = 0;
	start();
	params.values[IRTT_INTERVAL] = 3600000ll * MS;
	token = open_session(&params);
	for (uint32_t sequence = 0; sequence < 5; sequence++)
		cr_assert_eq(send_echo(token, sequence, 60)->reply, 60);
	assert_refused(send_echo(token, 5, 60), REFUSED_RATE);
}

/* Else a server that stood still would be taken for a network that loses. */
Test(service_irtt_refusals, lets_pass_what_came_in_time_and_had_to_wait)
{
	struct irtt_params params = usual();
	uint64_t token;

	options.irtt_min_interval_ns = 10 * MS;
	start();
	token = open_session(&params);
	for (uint32_t sequence = 0; sequence < 30; sequence++) {
		waited_ns = (30 - sequence) * 10 * (int64_t)MS;
		cr_assert_eq(send_echo(token, sequence, 60)->reply, 60, "%u", sequence);
	}
}

Test(service_irtt_refusals, forgets_who_says_nothing)
{
	struct irtt_params params = usual();

	options.irtt_timeout_ns = 1;
	start();
	assert_refused(send_echo(open_session(&params), 0, 60), REFUSED_KEY);
}

static void wait_ns(int64_t ns)
{
	struct timespec time = { .tv_sec = ns / 1000000000, .tv_nsec = (long)(ns % 1000000000) };

	(void)nanosleep(&time, NULL);
}

/* Two seconds are the grace that irtt's own server gives. */
Test(service_irtt_refusals, ends_a_test_that_goes_on_for_too_long)
{
	struct irtt_params params = usual();
	uint64_t token;

	options.irtt_max_duration_ns = 1;
	start();
	token = open_session(&params);
	cr_assert_eq(send_echo(token, 0, 60)->reply, 60);
	cr_assert_eq(trial.data[3], IRTT_REPLY);
	wait_ns(2000000010);
	cr_assert_eq(send_echo(token, 1, 60)->reply, 60);
	depart(MS);
	cr_assert_eq(trial.data[3], IRTT_REPLY | IRTT_CLOSE);
	assert_refused(send_echo(token, 2, 60), REFUSED_KEY);
}

Test(service_irtt_refusals, has_room_for_so_many_sessions)
{
	struct irtt_params params = usual();
	uint64_t token;

	options.session_max = 1;
	start();
	token = open_session(&params);
	cr_assert_eq(send_echo(token, 0, 60)->reply, 60);
	assert_refused(ask(0, &params), REFUSED_RATE);
	cr_assert_eq(send_echo(token, 1, 60)->reply, 60);
	(void)ask(IRTT_CLOSE, &params);
	cr_assert_gt(trial.message.reply, 0, "this takes no room");
}

Test(service_irtt_refusals, refuses_what_is_not_signed_as_it_must)
{
	struct irtt_params params = usual();
	struct hmac_key *right, *wrong;
	uint64_t token;

	start_with_key();
	token = open_session(&params);
	cr_assert_eq(send_echo(token, 0, 76)->reply, 76);
	right = key;
	wrong = hmac_key_md5((const uint8_t *)"other", 5);
	key = wrong;
	assert_refused(send_echo(token, 1, 76), REFUSED_KEY);
	assert_refused(ask(0, &params), REFUSED_KEY);
	key = NULL;
	assert_refused(send_echo(token, 1, 76), REFUSED_KEY);
	assert_refused(ask(0, &params), REFUSED_KEY);
	key = right;
	cr_assert_eq(send_echo(token, 1, 76)->reply, 76);
	hmac_key_free(wrong);
}

Test(service_irtt_refusals, refuses_what_is_signed_where_nothing_is)
{
	struct irtt_params params = usual();

	start();
	key = hmac_key_md5((const uint8_t *)KEY, strlen(KEY));
	assert_refused(ask(0, &params), REFUSED_KEY);
}

Test(service_irtt_refusals, is_silent_to_every_flag_but_those_of_requests)
{
	struct irtt_params params = usual();
	uint64_t token;

	start();
	token = open_session(&params);
	for (int flags = 0; flags < 256; flags++) {
		enum message_refusal expected = REFUSED_LOOP;

		put_le64(trial.data + 4, token);
		irtt_put_header(trial.data, (uint8_t)flags);
		(void)put(60, &peer);
		if (flags == 0) {
			cr_assert_eq(trial.message.reply, 60);
			continue;
		}
		cr_assert_eq(trial.message.reply, 0, "flags %02x", (unsigned)flags);
		if (flags == IRTT_CLOSE) {
			cr_assert_eq(trial.message.refused, REFUSED_NOT);
			token = open_session(&params);
			continue;
		}
		if (flags & ~IRTT_FLAGS)
			expected = REFUSED_SIZE;
		else if (!(flags & IRTT_REPLY))
			expected = flags & IRTT_HMAC ? REFUSED_KEY : REFUSED_SIZE;
		cr_assert_eq(trial.message.refused, expected, "flags %02x", (unsigned)flags);
	}
}

/* SplitMix64, so that what failed fails again. */
static uint64_t random_next(void)
{
	static uint64_t random;
	uint64_t value = random += 0x9e3779b97f4a7c15;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return value ^ value >> 31;
}

static void assert_bounded(uint32_t length)
{
	const struct message *message = &trial.message;
	bool opens = length > 3 && trial.data[3] & IRTT_OPEN;

	cr_assert_leq(message->reply, length + (opens ? GROWTH_MAX : 0));
	if (message->reply > 0) {
		cr_assert_neq(trial.data[3] & IRTT_REPLY, 0);
		depart(0);
	}
}

/* Random octets behind a header, that of a session now and then. */
Test(service_irtt_refusals, survives_every_length_and_any_octets)
{
	struct irtt_params params = usual();
	uint64_t token;

	options.session_max = 8;
	start();
	token = open_session(&params);
	for (uint32_t round = 0; round < 20; round++)
		for (uint32_t length = 0; length <= 2000; length++) {
			for (uint32_t i = 0; i < length; i++)
				trial.data[i] = (uint8_t)random_next();
			if (round > 0 && length >= 4)
				irtt_put_header(trial.data, random_next() & IRTT_FLAGS);
			if (round % 2 == 1 && length >= 12)
				put_le64(trial.data + 4, token);
			(void)put(length, &peer);
			assert_bounded(length);
		}
}
