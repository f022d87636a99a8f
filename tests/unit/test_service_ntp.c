/* The server of NTP. */
#include "service_trial.h"

#include "wire/bytes.h"
#include "wire/ntp.h"
#include "wire/wall.h"

#define S 1000000000ll
#define REQUEST_ROOM 2048

static struct trial trial;
static struct clock_quality quality;
static struct service_options options;

static void setup(void)
{
	quality = (struct clock_quality){ .error_ns = 16 * S };
	service_options_init(&options);
	memset(&trial, 0, sizeof(trial));
	trial.message.capacity = TRIAL_ROOM;
}

static void start(void)
{
	cr_assert_eq(service_init(&trial.state, service_find("ntp", 3), &options, &quality), 0);
}

static void teardown(void)
{
	service_finish(&trial.state);
}

TestSuite(ntp, .init = setup, .fini = teardown);

static const struct message *ask(uint8_t first, uint32_t length)
{
	char request[REQUEST_ROOM];

	memset(request, 0x55, sizeof(request));
	request[0] = (char)first;
	request[NTP_POLL_AT] = 6;
	memset(request + NTP_ROOT_DELAY_AT, 0, sizeof(uint32_t));
	memcpy(request + NTP_TRANSMIT_AT, "origin!!", 8);
	return trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM, request, length, TRIAL_WALL_NS);
}

#define VERSION_4_CLIENT (4 << 3 | NTP_CLIENT)

static uint64_t field(uint32_t at)
{
	return get_be64(trial.data + at);
}

Test(ntp, tells_when_it_came_and_when_the_answer_left)
{
	start();
	cr_assert_eq(ask(VERSION_4_CLIENT, NTP_LENGTH)->reply, NTP_LENGTH);
	trial.state.service->depart(&trial.state, trial.data, NTP_LENGTH, TRIAL_WALL_NS + S);
	cr_assert_arr_eq(trial.data + NTP_ORIGIN_AT, "origin!!", 8);
	cr_assert_eq(field(NTP_RECEIVE_AT), wall_to_ntp(TRIAL_WALL_NS));
	cr_assert_eq(field(NTP_TRANSMIT_AT), wall_to_ntp(TRIAL_WALL_NS + S));
	cr_assert_eq(field(NTP_REFERENCE_TIME_AT), 0);
	cr_assert_eq(trial.data[NTP_POLL_AT], 6);
}

Test(ntp, tells_when_it_came_by_the_kernel)
{
	char request[NTP_LENGTH] = { VERSION_4_CLIENT };

	start();
	memcpy(trial.data, request, sizeof(request));
	trial.message = (struct message){
		.data = trial.data,
		.length = NTP_LENGTH,
		.capacity = NTP_LENGTH,
		.kind = MESSAGE_DATA,
		.flags = MESSAGE_DATAGRAM,
		.arrived_ns = TRIAL_WALL_NS - S,
		.stamp = STAMP_KERNEL,
	};
	trial.state.service->answer(&trial.state, &trial.message, 1, TRIAL_WALL_NS);
	cr_assert_eq(field(NTP_RECEIVE_AT), wall_to_ntp(TRIAL_WALL_NS - S));
	cr_assert_eq(field(NTP_TRANSMIT_AT), wall_to_ntp(TRIAL_WALL_NS));
}

Test(ntp, says_that_it_is_not_synchronised)
{
	start();
	(void)ask(VERSION_4_CLIENT, NTP_LENGTH);
	cr_assert_eq(trial.data[0], 3 << 6 | 4 << 3 | NTP_SERVER);
	cr_assert_eq(trial.data[NTP_STRATUM_AT], 16);
	cr_assert_eq(get_be32(trial.data + NTP_ROOT_DISPERSION_AT), 16 << 16);
	cr_assert_eq(get_be32(trial.data + NTP_ROOT_DELAY_AT), 0);
	cr_assert_eq(get_be32(trial.data + NTP_REFERENCE_ID_AT), 0);
}

Test(ntp, claims_no_more_than_the_kernel_knows)
{
	start();
	quality = (struct clock_quality){ .synchronised = true, .error_ns = 1 };
	(void)ask(VERSION_4_CLIENT, NTP_LENGTH);
	cr_assert_eq(trial.data[0], 0 << 6 | 4 << 3 | NTP_SERVER);
	cr_assert_eq(trial.data[NTP_STRATUM_AT], 14);
	cr_assert_eq(get_be32(trial.data + NTP_ROOT_DISPERSION_AT), 1, "rounded up");
	cr_assert_eq(get_be32(trial.data + NTP_REFERENCE_ID_AT), 0);
	quality.error_ns = S + 1;
	(void)ask(VERSION_4_CLIENT, NTP_LENGTH);
	cr_assert_eq(get_be32(trial.data + NTP_ROOT_DISPERSION_AT), (1 << 16) + 1);
	quality.error_ns = UINT64_MAX;
	(void)ask(VERSION_4_CLIENT, NTP_LENGTH);
	cr_assert_eq(get_be32(trial.data + NTP_ROOT_DISPERSION_AT), UINT32_MAX);
}

/* A clock that is read in less than 4 ns, or in 10 us, is not one of ours. */
Test(ntp, tells_how_fine_its_clock_is)
{
	int8_t precision;

	start();
	(void)ask(VERSION_4_CLIENT, NTP_LENGTH);
	precision = (int8_t)trial.data[NTP_PRECISION_AT];
	cr_assert_leq(precision, -16);
	cr_assert_geq(precision, -28);
}

/* Whoever has no clock that is kept in step says what it is by default. */
Test(ntp, is_not_synchronised_where_nobody_says_so)
{
	trial_init(&trial, "ntp", NULL);
	(void)ask(VERSION_4_CLIENT, NTP_LENGTH);
	cr_assert_eq(trial.data[NTP_STRATUM_AT], 16);
}

Test(ntp, can_be_silent_while_it_is_not_synchronised)
{
	options.require_sync = true;
	start();
	assert_refused(ask(VERSION_4_CLIENT, NTP_LENGTH), REFUSED_CLOCK);
	quality.synchronised = true;
	cr_assert_eq(ask(VERSION_4_CLIENT, NTP_LENGTH)->reply, NTP_LENGTH);
}

Test(ntp, answers_clients_of_versions_1_to_4_alone)
{
	start();
	for (uint32_t first = 0; first < 256; first++) {
		unsigned version = first >> 3 & 7, mode = first & 7;
		const struct message *message = ask((uint8_t)first, NTP_LENGTH);

		if (mode != NTP_CLIENT) {
			assert_refused(message, REFUSED_LOOP);
		} else if (version < 1 || version > 4) {
			assert_refused(message, REFUSED_SIZE);
		} else {
			cr_assert_eq(message->reply, NTP_LENGTH);
			cr_assert_eq(trial.data[0], 3 << 6 | version << 3 | NTP_SERVER);
		}
	}
}

Test(ntp, answers_48_octets_to_requests_that_have_as_many)
{
	start();
	for (uint32_t length = 1; length <= 2000; length++) {
		const struct message *message = ask(VERSION_4_CLIENT, length);

		if (length < NTP_LENGTH)
			assert_refused(message, REFUSED_SIZE);
		else
			cr_assert_eq(message->reply, NTP_LENGTH);
	}
	assert_refused(trial_datagram(&trial, ""), REFUSED_SIZE);
}

Test(ntp, never_answers_an_answer)
{
	char answer[NTP_LENGTH];

	start();
	(void)ask(VERSION_4_CLIENT, NTP_LENGTH);
	memcpy(answer, trial.data, sizeof(answer));
	assert_refused(trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM, answer, sizeof(answer),
				 TRIAL_WALL_NS),
		       REFUSED_LOOP);
}

/* '[' reads as version 3 from a client, and so may the number of a test packet. */
Test(ntp, answers_no_answer_of_stamped_or_stamp)
{
	static const char text[NTP_LENGTH] = "[Thu Nov 26 12:00:00 2026] What time is it?";
	uint8_t packet[NTP_LENGTH] = { VERSION_4_CLIENT };

	start();
	put_be64(packet + 4, wall_to_ntp(TRIAL_WALL_NS));
	assert_refused(trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM, text, sizeof(text),
				 TRIAL_WALL_NS),
		       REFUSED_LOOP);
	assert_refused(trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM, (const char *)packet,
				 sizeof(packet), TRIAL_WALL_NS),
		       REFUSED_LOOP);
}
