/* The Session-Reflector's sessions, and its streams. */
#include "stamp_trial.h"

static struct stamp_trial stamp;

TestSuite(stamp_sessions);

static const struct service_options stateful = { .stamp_stateful = true, .session_max = 2 };

Test(stamp_sessions, are_numbered_from_zero)
{
	struct stamp_packet packet = stamp_example;

	stamp_trial_init(&stamp, &stateful);
	for (uint32_t i = 0; i < 3; i++) {
		struct stamp_packet answer = stamp_ask(&stamp, &packet);

		cr_assert_eq(answer.sequence, i);
		cr_assert_eq(answer.sender_sequence, packet.sequence);
		packet.sequence += 5;
	}
}

Test(stamp_sessions, are_told_apart_by_address_port_and_ssid)
{
	struct service_options options = { .stamp_stateful = true, .session_max = 8 };
	struct stamp_packet packet = stamp_example;

	stamp_trial_init(&stamp, &options);
	cr_assert_eq(stamp_ask(&stamp, &packet).sequence, 0);
	packet.ssid++;
	cr_assert_eq(stamp_ask(&stamp, &packet).sequence, 0);
	stamp.peer.sin_port++;
	cr_assert_eq(stamp_ask(&stamp, &packet).sequence, 0);
	stamp.peer.sin_addr.s_addr++;
	cr_assert_eq(stamp_ask(&stamp, &packet).sequence, 0);
	cr_assert_eq(stamp_ask(&stamp, &packet).sequence, 1);
}

Test(stamp_sessions, of_ipv6_are_too)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(40000),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	stamp_trial_init(&stamp, &stateful);
	stamp.asked.peer = (const struct sockaddr *)&v6;
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).sequence, 0);
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).sequence, 1);
	v6.sin6_scope_id = 3;
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).sequence, 0);
}

Test(stamp_sessions, a_full_table_makes_newcomers_stateless)
{
	stamp_trial_init(&stamp, &stateful);
	for (uint16_t i = 0; i < 4; i++) {
		stamp.peer.sin_port = htons((uint16_t)(40000 + i));
		cr_assert_eq(stamp_ask(&stamp, &stamp_example).sequence, i < 2 ? 0 : 7);
	}
	stamp.peer.sin_port = htons(40000);
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).sequence, 1);
}

Test(stamp_sessions, what_is_refused_makes_none)
{
	stamp_trial_init(&stamp, &stateful);
	stamp_request_begin(&stamp, false, &stamp_example);
	stamp.length--;
	for (uint16_t i = 0; i < 4; i++) {
		stamp.peer.sin_port = htons((uint16_t)(50000 + i));
		assert_refused(stamp_put(&stamp), REFUSED_SIZE);
	}
	stamp.peer.sin_port = htons(40000);
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).sequence, 0);
}

Test(stamp_sessions, of_unix_datagrams_there_are_none)
{
	struct sockaddr local = { .sa_family = AF_UNIX };

	stamp_trial_init(&stamp, &stateful);
	stamp.asked.peer = &local;
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).sequence, 7);
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).sequence, 7);
}

Test(stamp_sessions, of_records_are_connections)
{
	struct service_options options = { .stamp_stateful = true,
					   .transport = SERVICE_RECORD,
					   .connection_max = 2 };

	stamp_trial_init(&stamp, &options);
	stamp.asked.peer = NULL;
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).sequence, 0);
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).sequence, 1);
	stamp.asked.connection = 1;
	cr_assert_eq(stamp_ask(&stamp, &stamp_example).sequence, 0);
}

TestSuite(stamp_local);

Test(stamp_local, tells_the_wake_up_on_unix_sockets_only)
{
	struct sockaddr local = { .sa_family = AF_UNIX };

	stamp_trial_init(&stamp, NULL);
	(void)stamp_ask(&stamp, &stamp_example);
	cr_assert_eq(stamp_get_wake(stamp.trial.data), 0);
	stamp.asked.peer = &local;
	(void)stamp_ask(&stamp, &stamp_example);
	cr_assert_eq(stamp_get_wake(stamp.trial.data), 5000);
	stamp.asked.arrived_ns = TRIAL_WALL_NS + 1;
	(void)stamp_ask(&stamp, &stamp_example);
	cr_assert_eq(stamp_get_wake(stamp.trial.data), 0, "a clock was set back");
}

TestSuite(stamp_stream);

static const struct service_options on_stream = { .transport = SERVICE_STREAM,
						  .connection_max = 2,
						  .stamp_stateful = true };

static const struct message *put_stream(uint32_t connection, enum message_kind kind,
					const uint8_t *octets, uint32_t length)
{
	struct message *message = &stamp.trial.message;

	memset(stamp.trial.data, 0x7e, sizeof(stamp.trial.data));
	memcpy(stamp.trial.data, octets, length);
	*message = (struct message){
		.data = stamp.trial.data,
		.length = length,
		.capacity = length + stamp.trial.state.service->reply_room,
		.connection = connection,
		.kind = (uint8_t)kind,
		.stamp = STAMP_KERNEL,
		.arrived_ns = TRIAL_ARRIVED_NS,
	};
	stamp.trial.state.service->answer(&stamp.trial.state, message, 1, TRIAL_WALL_NS);
	cr_assert_leq(message->reply, message->capacity);
	cr_assert_eq(stamp.trial.data[message->capacity], 0x7e);
	return message;
}

static void write_many(uint8_t *octets, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct stamp_packet packet = { .sequence = 100 + i, .timestamp = i };

		stamp_write_sender(octets + i * STAMP_LENGTH, false, &packet);
	}
}

static void assert_many(uint32_t first, uint32_t count)
{
	cr_assert_eq(stamp.trial.message.reply, count * STAMP_LENGTH);
	stamp_leave(&stamp, TRIAL_WALL_NS + 1000000000);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *octets = stamp.trial.data + i * STAMP_LENGTH;
		struct stamp_packet answer;

		stamp_read_reflector(octets, false, &answer);
		cr_assert_eq(answer.sequence, first + i);
		cr_assert_eq(answer.sender_sequence, 100 + first + i);
		cr_assert_eq(answer.sender_timestamp, first + i);
		cr_assert_eq(answer.received, T2);
		cr_assert_eq(answer.timestamp, T3 + 0x100000000);
		cr_assert_eq(stamp_get_wake(octets), 5000);
	}
}

Test(stamp_stream, is_cut_wherever)
{
	uint8_t octets[20 * STAMP_LENGTH];

	write_many(octets, 20);
	for (uint32_t cut = 1; cut < 3 * STAMP_LENGTH; cut++) {
		uint32_t answered = 0;

		stamp_trial_init(&stamp, &on_stream);
		for (uint32_t at = 0; at < sizeof(octets); at += cut) {
			uint32_t left = (uint32_t)sizeof(octets) - at;
			uint32_t whole;

			(void)put_stream(0, MESSAGE_DATA, octets + at, cut < left ? cut : left);
			whole = (at + (cut < left ? cut : left)) / STAMP_LENGTH;
			assert_many(answered, whole - answered);
			answered = whole;
		}
		cr_assert_eq(answered, 20);
	}
}

Test(stamp_stream, connections_do_not_mix)
{
	uint8_t octets[2 * STAMP_LENGTH];

	write_many(octets, 2);
	stamp_trial_init(&stamp, &on_stream);
	(void)put_stream(0, MESSAGE_DATA, octets, 30);
	(void)put_stream(1, MESSAGE_DATA, octets, STAMP_LENGTH);
	assert_many(0, 1);
	(void)put_stream(0, MESSAGE_DATA, octets + 30, STAMP_LENGTH - 30);
	assert_many(0, 1);
}

Test(stamp_stream, a_new_connection_begins_anew)
{
	uint8_t octets[STAMP_LENGTH];

	write_many(octets, 1);
	stamp_trial_init(&stamp, &on_stream);
	(void)put_stream(0, MESSAGE_DATA, octets, STAMP_LENGTH);
	(void)put_stream(0, MESSAGE_DATA, octets, 43);
	cr_assert_eq(put_stream(0, MESSAGE_CLOSED, octets, 0)->reply, 0);
	cr_assert_eq(put_stream(0, MESSAGE_OPENED, octets, 0)->reply, 0);
	(void)put_stream(0, MESSAGE_DATA, octets, STAMP_LENGTH);
	assert_many(0, 1);
}

Test(stamp_stream, stateless_numbers_are_those_asked)
{
	struct service_options options = { .transport = SERVICE_STREAM };
	uint8_t octets[STAMP_LENGTH];
	struct stamp_packet answer;

	write_many(octets, 1);
	stamp_trial_init(&stamp, &options);
	(void)put_stream(0, MESSAGE_DATA, octets, STAMP_LENGTH);
	stamp_read_reflector(stamp.trial.data, false, &answer);
	cr_assert_eq(answer.sequence, 100);
}

static const struct service_options with_key = { .key = (const uint8_t *)TRIAL_KEY,
						 .key_length = 6 };

Test(stamp_stream, ends_where_answers_had_to_be_signed)
{
	uint8_t octets[STAMP_LENGTH];

	write_many(octets, 1);
	stamp_trial_init(&stamp, &with_key);
	cr_assert_eq(put_stream(0, MESSAGE_DATA, octets, STAMP_LENGTH)->reply, 0);
	cr_assert(stamp.trial.message.flags & MESSAGE_HANG_UP);
}
