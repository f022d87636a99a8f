/* sockperf's server: datagrams, and messages that a stream brings in any pieces. */
#include "service_trial.h"

#include "wire/bytes.h"
#include "wire/sockperf.h"

#define ASKS (SOCKPERF_CLIENT | SOCKPERF_PONG)
#define CONNECTION 3
#define STREAM_MAX 4096

static struct trial trial;
static uint8_t stream[STREAM_MAX];
static uint32_t stream_length;
static uint8_t expected[STREAM_MAX];
static uint32_t expected_length;

static void setup(void)
{
	struct service_options options;

	service_options_init(&options);
	options.connection_max = CONNECTION + 1;
	options.transport = SERVICE_STREAM;
	trial_init(&trial, "sockperf", &options);
	stream_length = expected_length = 0;
}

static void teardown(void)
{
	service_finish(&trial.state);
}

TestSuite(sockperf, .init = setup, .fini = teardown);

static uint32_t write_message(uint8_t *bytes, uint64_t sequence, uint16_t flags, uint32_t length)
{
	put_be64(bytes, sequence);
	put_be16(bytes + 8, flags);
	put_be32(bytes + SOCKPERF_LENGTH_AT, length);
	for (uint32_t i = SOCKPERF_HEADER_LENGTH; i < length; i++)
		bytes[i] = (uint8_t)(sequence + i);
	return length;
}

static const struct message *put_datagram(uint16_t flags, uint32_t told, uint32_t length)
{
	char bytes[2048];

	(void)write_message((uint8_t *)bytes, 5, flags, told);
	return trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM, bytes, length, 0);
}

/* What sockperf 3.7 sent, and what its server replied. */
Test(sockperf, answers_a_datagram_as_sockperf_does)
{
	static const char request[] = "\0\0\0\0\0\0\0\1\0\3\0\0\0\x0e";
	const struct message *message = trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM, request,
						  14, 0);

	cr_assert_eq(message->reply, 14);
	cr_assert_arr_eq(message->data, "\0\0\0\0\0\0\0\1\0\2\0\0\0\x0e", 14);
}

/* By its flags, as sockperf's own server was seen to do: flags that nobody knows go back. */
Test(sockperf, answers_clients_that_ask_for_it_and_do_not_warm_up)
{
	for (uint32_t flags = 0; flags <= UINT16_MAX; flags++) {
		const struct message *message = put_datagram((uint16_t)flags, 64, 64);

		if (!(flags & SOCKPERF_CLIENT)) {
			assert_refused(message, REFUSED_LOOP);
		} else if (!(flags & SOCKPERF_PONG) || flags & SOCKPERF_WARM_UP) {
			assert_silent(message);
		} else {
			cr_assert_eq(message->reply, 64);
			cr_assert_eq(get_be16(message->data + 8), flags & ~SOCKPERF_CLIENT);
		}
	}
}

Test(sockperf, refuses_datagrams_of_another_length_than_they_say)
{
	for (uint32_t length = 0; length <= 2000; length++) {
		assert_refused(put_datagram(ASKS, length + 1, length), REFUSED_SIZE);
		if (length < SOCKPERF_HEADER_LENGTH)
			assert_refused(put_datagram(ASKS, length, length), REFUSED_SIZE);
		else
			cr_assert_eq(put_datagram(ASKS, length, length)->reply, length);
	}
}

Test(sockperf, never_answers_an_answer)
{
	cr_assert_eq(put_datagram(ASKS, 14, 14)->reply, 14);
	assert_refused(trial_put(&trial, MESSAGE_DATA, MESSAGE_DATAGRAM,
				 "\0\0\0\0\0\0\0\1\0\2\0\0\0\x0e", 14, 0),
		       REFUSED_LOOP);
}

static const struct message *put_stream(enum message_kind kind, const uint8_t *bytes,
					uint32_t length)
{
	struct message *message = &trial.message;

	memcpy(trial.data, bytes, length);
	*message = (struct message){
		.data = trial.data,
		.length = length,
		.capacity = length + trial.state.service->reply_room,
		.connection = CONNECTION,
		.kind = (uint8_t)kind,
	};
	trial.state.service->answer(&trial.state, message, 1, 0);
	return message;
}

static void add(uint64_t sequence, uint16_t flags, uint32_t length)
{
	uint32_t at = stream_length;

	stream_length += write_message(stream + at, sequence, flags, length);
	if ((flags & (ASKS | SOCKPERF_WARM_UP)) != ASKS)
		return;
	memcpy(expected + expected_length, stream + at, length);
	expected[expected_length + SOCKPERF_FLAGS_AT] &= (uint8_t)~SOCKPERF_CLIENT;
	expected_length += length;
}

/* Put the stream in pieces of so many bytes, and the next of so many. */
static void assert_stream(uint32_t piece, uint32_t next)
{
	uint8_t answer[STREAM_MAX];
	uint32_t answered = 0, at = 0;

	(void)put_stream(MESSAGE_OPENED, stream, 0);
	while (at < stream_length) {
		uint32_t length = piece < stream_length - at ? piece : stream_length - at;
		const struct message *message = put_stream(MESSAGE_DATA, stream + at, length);
		uint32_t swap = piece;

		cr_assert_leq(message->reply, message->capacity);
		cr_assert_eq(message->flags & MESSAGE_HANG_UP, 0);
		memcpy(answer + answered, message->data, message->reply);
		answered += message->reply;
		at += length;
		piece = next;
		next = swap;
	}
	cr_assert_eq(answered, expected_length, "pieces of %u and %u", piece, next);
	cr_assert_arr_eq(answer, expected, expected_length);
}

Test(sockperf, answers_a_stream_whatever_pieces_it_comes_in)
{
	add(1, ASKS, 14);
	add(2, SOCKPERF_CLIENT, 14);
	add(3, ASKS, 100);
	add(4, ASKS, 15);
	add(5, ASKS | SOCKPERF_WARM_UP, 64);
	add(6, SOCKPERF_CLIENT, 300);
	add(7, 0, 40);
	add(8, ASKS, 14);
	for (uint32_t piece = 1; piece <= stream_length; piece++)
		for (uint32_t next = 1; next <= 30; next++)
			assert_stream(piece, next);
}

Test(sockperf, moves_nothing_in_a_ping_pong)
{
	add(1, ASKS, 1000);
	cr_assert_eq(put_stream(MESSAGE_DATA, stream, 600)->reply, 600);
	cr_assert_eq(put_stream(MESSAGE_DATA, stream + 600, 400)->reply, 400);
}

Test(sockperf, hangs_up_on_lengths_that_there_are_not)
{
	static const uint32_t wrong[] = { 0, 13, SOCKPERF_LENGTH_MAX + 1, UINT32_MAX };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct message *message;

		stream_length = 0;
		add(1, ASKS, 14);
		put_be32(stream + stream_length + SOCKPERF_LENGTH_AT, wrong[i]);
		(void)put_stream(MESSAGE_OPENED, stream, 0);
		message = put_stream(MESSAGE_DATA, stream, stream_length + 14);
		cr_assert_eq(message->reply, 14, "what came before is answered");
		cr_assert_neq(message->flags & MESSAGE_HANG_UP, 0);
	}
}

Test(sockperf, begins_anew_with_each_connection)
{
	add(1, ASKS, 1000);
	(void)put_stream(MESSAGE_OPENED, stream, 0);
	(void)put_stream(MESSAGE_DATA, stream, 500);
	(void)put_stream(MESSAGE_CLOSED, stream, 0);
	(void)put_stream(MESSAGE_OPENED, stream, 0);
	cr_assert_eq(put_stream(MESSAGE_DATA, stream, 7)->reply, 0);
	cr_assert_eq(put_stream(MESSAGE_DATA, stream + 7, 993)->reply, 1000);
}
