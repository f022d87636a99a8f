/* IRTT's server: sessions, and the fields of echoes. */
#include "irtt_trial.h"

#include <time.h>

TestSuite(service_irtt, .init = setup, .fini = teardown);

/* The octets with which irtt 0.9 asked, and those that its server replied. */
Test(service_irtt, replies_to_an_open_as_irtt_does)
{
	static const uint8_t request[] = { 0x14, 0xa7, 0x5b, 0x01, 0x01, 0x02, 0x02, 0x80, 0x9c,
					   0x9c, 0x39, 0x03, 0x80, 0xb4, 0x89, 0x13, 0x04, 0xc8,
					   0x01, 0x05, 0x02, 0x06, 0x08, 0x07, 0x02 };

	start();
	memcpy(trial.data, request, sizeof(request));
	cr_assert_eq(put(sizeof(request), &peer)->reply, sizeof(request) + 8);
	cr_assert_eq(trial.data[3], IRTT_OPEN | IRTT_REPLY);
	cr_assert_neq(get_le64(trial.data + 4), 0);
	cr_assert_arr_eq(trial.data + 12, request + 4, sizeof(request) - 4);
}

Test(service_irtt, tells_the_parameters_without_a_session)
{
	struct irtt_params params = usual();

	start();
	(void)ask(IRTT_CLOSE, &params);
	cr_assert_eq(trial.data[3], IRTT_OPEN | IRTT_CLOSE | IRTT_REPLY);
	cr_assert_eq(get_le64(trial.data + 4), 0);
	assert_refused(send_echo(0, 0, 60), REFUSED_KEY);
}

Test(service_irtt, agrees_to_what_is_allowed)
{
	struct irtt_params params = usual();

	start();
	params.values[IRTT_LENGTH] = 1472;
	params.values[IRTT_DSCP] = 46;
	params.fill_length = 4;
	memcpy(params.fill, "rand", 4);
	params = agree(params);
	cr_assert_eq(params.values[IRTT_DURATION], 1000 * (int64_t)MS);
	cr_assert_eq(params.values[IRTT_INTERVAL], 10 * MS);
	cr_assert_eq(params.values[IRTT_LENGTH], 1472);
	cr_assert_eq(params.values[IRTT_DSCP], 46);
	cr_assert_eq(params.fill_length, 4);
}

Test(service_irtt, restricts_what_is_not)
{
	struct irtt_params params = usual();

	options.irtt_min_interval_ns = 20 * MS;
	options.irtt_max_duration_ns = 500 * MS;
	options.irtt_max_length = 100;
	start();
	params.values[IRTT_PROTOCOL] = 7;
	params.values[IRTT_LENGTH] = 101;
	params.values[IRTT_DSCP] = 256;
	params.fill_length = 10;
	memcpy(params.fill, "pattern:41", 10);
	params = agree(params);
	cr_assert_eq(params.values[IRTT_PROTOCOL], 1);
	cr_assert_eq(params.values[IRTT_DURATION], 500 * MS);
	cr_assert_eq(params.values[IRTT_INTERVAL], 20 * MS);
	cr_assert_eq(params.values[IRTT_LENGTH], 100);
	cr_assert_eq(params.values[IRTT_DSCP], 0);
	cr_assert_eq(params.fill_length, 0);
}

Test(service_irtt, wants_a_packet_in_a_quarter_of_the_timeout)
{
	struct irtt_params params = usual();

	start();
	params.values[IRTT_INTERVAL] = 60000 * (int64_t)MS;
	cr_assert_eq(agree(params).values[IRTT_INTERVAL], 15000 * (int64_t)MS);
}

Test(service_irtt, sets_no_traffic_class_where_it_cannot)
{
	struct irtt_params params = usual();
	uint8_t written[IRTT_PARAMS_MAX];
	uint32_t length;

	start();
	params.values[IRTT_DSCP] = 46;
	length = irtt_params_write(written, &params);
	memcpy(trial.data + 4, written, length);
	irtt_put_header(trial.data, IRTT_OPEN | IRTT_CLOSE);
	trial.message = (struct message){
		.data = trial.data,
		.length = 4 + length,
		.capacity = TRIAL_ROOM,
		.kind = MESSAGE_DATA,
		.flags = MESSAGE_DATAGRAM,
	};
	trial.state.service->answer(&trial.state, &trial.message, 1, TRIAL_WALL_NS);
	cr_assert_eq(agreed().values[IRTT_DSCP], 0);
}

static int64_t time_at(uint8_t at)
{
	return (int64_t)get_le64(trial.data + at);
}

static void assert_stamps(const struct irtt_layout *layout)
{
	int64_t middle_ns = TRIAL_WALL_NS + MS / 2;

	if (layout->receive_wall)
		cr_assert_eq(time_at(layout->receive_wall), TRIAL_WALL_NS - MS);
	if (layout->send_wall)
		cr_assert_eq(time_at(layout->send_wall), TRIAL_WALL_NS + 2 * MS);
	if (layout->midpoint_wall)
		cr_assert_eq(time_at(layout->midpoint_wall), middle_ns);
	if (layout->receive_monotonic && layout->send_monotonic)
		cr_assert_eq(time_at(layout->send_monotonic) - time_at(layout->receive_monotonic),
			     3 * MS);
	if (layout->receive_monotonic && layout->receive_wall && layout->send_monotonic)
		cr_assert_eq(time_at(layout->send_wall) - time_at(layout->send_monotonic),
			     time_at(layout->receive_wall) - time_at(layout->receive_monotonic));
}

static void try_echo(struct irtt_params params, int64_t length)
{
	struct irtt_layout layout;
	uint32_t expected;
	uint64_t token;

	params.values[IRTT_LENGTH] = length;
	irtt_layout_init(&layout, &params, key != NULL);
	expected = length > layout.length ? (uint32_t)length : layout.length;
	token = open_session(&params);
	cr_assert_eq(send_echo(token, 0, expected)->reply, expected);
	depart(MS);
	depart(2 * MS);
	if (key)
		cr_assert(irtt_is_signed(trial.data, expected, key));
	cr_assert_eq(trial.data[3] & ~IRTT_HMAC, IRTT_REPLY);
	cr_assert_eq(get_le64(trial.data + layout.token), token);
	cr_assert_eq(get_le32(trial.data + layout.sequence), 0);
	if (layout.count)
		cr_assert_eq(get_le32(trial.data + layout.count), 1);
	if (layout.window)
		cr_assert_eq(get_le64(trial.data + layout.window), 1);
	assert_stamps(&layout);
	for (uint32_t at = layout.length; at < expected; at++)
		cr_assert_eq(trial.data[at], "irtt"[(at - layout.length) % 4]);
}

static void try_every_combination(void)
{
	struct irtt_params params = usual();

	for (int stats = 0; stats <= 3; stats++)
		for (int stamp_at = 0; stamp_at <= 4; stamp_at++)
			for (int clock = 0; clock <= 3; clock++) {
				params.values[IRTT_RECEIVED_STATS] = stats;
				params.values[IRTT_STAMP_AT] = stamp_at;
				params.values[IRTT_CLOCK] = clock;
				try_echo(params, 0);
				try_echo(params, 100);
				try_echo(params, 1001);
			}
}

Test(service_irtt, echoes_with_every_combination_of_fields)
{
	start();
	try_every_combination();
}

Test(service_irtt, signs_every_combination_of_fields)
{
	start_with_key();
	try_every_combination();
}

Test(service_irtt, tells_when_it_looked_where_the_kernel_does_not_say_when_it_came)
{
	struct irtt_params params = usual();
	uint64_t token;

	start();
	token = open_session(&params);
	put_le64(trial.data + 4, token);
	irtt_put_header(trial.data, 0);
	trial.message = (struct message){
		.data = trial.data,
		.peer = (const struct sockaddr *)&peer,
		.peer_length = sizeof(peer),
		.length = 60,
		.capacity = TRIAL_ROOM,
		.kind = MESSAGE_DATA,
		.flags = MESSAGE_DATAGRAM,
		.arrived_ns = 1,
		.stamp = STAMP_HARDWARE,
		.clock = STAMP_DEVICE,
	};
	trial.state.service->answer(&trial.state, &trial.message, 1, TRIAL_WALL_NS);
	cr_assert_eq(trial.message.reply, 60);
	cr_assert_eq(time_at(28), TRIAL_WALL_NS);
}

/* Within the tenth of a second that the test may take, the monotonic clock is the kernel's, from
 * some start on. */
Test(service_irtt, tells_a_monotonic_time_that_goes_with_the_other)
{
	struct irtt_params params = usual();
	struct timespec wall;
	int64_t told_ns;

	start();
	(void)send_echo(open_session(&params), 0, 60);
	(void)clock_gettime(CLOCK_REALTIME, &wall);
	told_ns = time_at(36) + (wall.tv_sec * 1000000000ll + wall.tv_nsec - (TRIAL_WALL_NS - MS));
	cr_assert_gt(told_ns, 0);
	cr_assert_lt(told_ns, 60000 * (int64_t)MS);
}

Test(service_irtt, counts_what_was_received)
{
	struct irtt_params params = usual();
	uint64_t token;

	start();
	token = open_session(&params);
	(void)send_echo(token, 0, 60);
	(void)send_echo(token, 2, 60);
	cr_assert_eq(get_le32(trial.data + 16), 2);
	cr_assert_eq(get_le64(trial.data + 20), 5);
}

Test(service_irtt, fills_with_random_octets_if_asked)
{
	struct irtt_params params = usual();
	uint8_t first[40];
	uint64_t token;

	start();
	params.fill_length = 4;
	memcpy(params.fill, "rand", 4);
	params.values[IRTT_LENGTH] = 100;
	token = open_session(&params);
	(void)send_echo(token, 0, 100);
	memcpy(first, trial.data + 60, sizeof(first));
	(void)send_echo(token, 1, 100);
	cr_assert_neq(memcmp(first, trial.data + 60, sizeof(first)), 0);
	cr_assert_neq(memcmp(first, first + 20, 20), 0);
}

Test(service_irtt, answers_with_the_class_that_was_agreed)
{
	struct irtt_params params = usual();
	uint64_t token;

	start();
	params.values[IRTT_DSCP] = 184;
	token = open_session(&params);
	cr_assert_eq(trial.message.answer_class, 0);
	cr_assert_eq(send_echo(token, 0, 60)->answer_class, 184);
}
