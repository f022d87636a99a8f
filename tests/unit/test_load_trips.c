/*
 * ringside load as a Session-Sender, against reflectors that know what becomes of each packet: what
 * its result says of them, exactly. The reflectors tell times that are none of theirs but a given
 * time after T1, so that the delays are known too: --stamps user has T1 from the packet.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>

#include "load_server.h"
#include "wire/stamp.h"
#include "wire/wall.h"

TestSuite(load_trips, .timeout = 60);

#define SEND_NS 1000000
#define RESIDENCE_NS 5000000
/* Of the sender's own packets, which tell whether a reflector is stateful. */
#define IS_GREETING(sequence) ((sequence) >= 0xffffff00u)

static uint16_t error_told;

/* Write the answer over a request of this length; T2 and T3 follow T1. */
static void reflect(uint8_t *bytes, uint32_t answer_sequence, int64_t more_ns)
{
	struct stamp_packet packet;
	int64_t sent_ns;

	stamp_read_sender(bytes, false, &packet);
	sent_ns = wall_from_ntp(packet.timestamp, (int64_t)1800000000 * 1000000000);
	packet = (struct stamp_packet){
		.sequence = answer_sequence,
		.timestamp = wall_to_ntp(sent_ns + SEND_NS + more_ns + RESIDENCE_NS),
		.error_estimate = error_told,
		.ssid = packet.ssid,
		.received = wall_to_ntp(sent_ns + SEND_NS + more_ns),
		.sender_sequence = packet.sequence,
		.sender_timestamp = packet.timestamp,
		.sender_error_estimate = packet.error_estimate,
		.sender_hop_limit = 64,
	};
	stamp_write_reflector(bytes, false, &packet);
}

static uint32_t sequence_of(const uint8_t *bytes)
{
	struct stamp_packet packet;

	stamp_read_sender(bytes, false, &packet);
	return packet.sequence;
}

static void answer_statelessly(const struct server *server, uint8_t *bytes, size_t length,
			       unsigned count)
{
	reflect(bytes, sequence_of(bytes), 0);
	server_reply(server, bytes, length);
}

static struct result run(const char *options, answer_function *answer,
			 void (*look)(const struct result *result))
{
	const struct server_trial trial = {
		.type = SOCK_DGRAM,
		.service = "stamp",
		.options = options,
		.answer = answer,
		.look = look,
	};

	error_told = error_estimate(1000, true, false);
	return server_try(&trial, NULL);
}

static bool is_near(int64_t value, int64_t wanted)
{
	return value >= wanted - 2 && value <= wanted + 2;
}

static void look_at_delays(const struct result *result)
{
	const struct signed_histogram *delays = result->delays->delays;

	cr_assert_eq(delays_count(result->delays), 100);
	cr_assert(is_near(signed_histogram_min(&delays[DELAY_SEND]), SEND_NS));
	cr_assert(is_near(signed_histogram_max(&delays[DELAY_SEND]), SEND_NS));
	cr_assert(is_near(signed_histogram_min(&delays[DELAY_RESIDENCE]), RESIDENCE_NS));
	cr_assert(is_near(signed_histogram_max(&delays[DELAY_RESIDENCE]), RESIDENCE_NS));
	cr_assert_eq(signed_histogram_count(&delays[DELAY_SEND_IPDV]), 99);
	cr_assert(is_near(signed_histogram_min(&delays[DELAY_SEND_IPDV]), 0));
	cr_assert(is_near(signed_histogram_max(&delays[DELAY_SEND_IPDV]), 0));
	/* It was answered at once, so the answer was here before it left there. */
	cr_assert_lt(signed_histogram_min(&delays[DELAY_RECEIVE]), 0);
	cr_assert_eq(result->delays->stamps_missing, 0);
	cr_assert(result->delays->uncounted);
	cr_assert(result->delays->clocks.peer_synchronised);
	cr_assert_geq(result->delays->clocks.peer_error_ns, 1000);
}

Test(load_trips, delays_are_the_differences_of_the_four_times)
{
	struct result result = run("-n 100 --stamps user", answer_statelessly, look_at_delays);

	cr_assert_eq(result.requests, 100);
	cr_assert_eq(result.lost, 0);
	cr_assert_eq(result_errors_total(&result), 0);
}

/* The tenth packet took longer on its way. */
static void answer_with_a_late_one(const struct server *server, uint8_t *bytes, size_t length,
				   unsigned count)
{
	uint32_t sequence = sequence_of(bytes);

	reflect(bytes, sequence, sequence == 10 ? 300000 : 0);
	server_reply(server, bytes, length);
}

static void look_at_variation(const struct result *result)
{
	const struct signed_histogram *send = &result->delays->delays[DELAY_SEND_IPDV];

	cr_assert(is_near(signed_histogram_max(send), 300000));
	cr_assert(is_near(signed_histogram_min(send), -300000));
	cr_assert_eq(signed_histogram_count(send), 39);
}

Test(load_trips, variation_is_from_packet_to_packet)
{
	(void)run("-n 40 -p 4 --stamps user", answer_with_a_late_one, look_at_variation);
}

/* Numbers 4 and 5 are answered the wrong way round. */
static void answer_overtaken(const struct server *server, uint8_t *bytes, size_t length,
			     unsigned count)
{
	static uint8_t held[STAMP_LENGTH];
	uint32_t sequence = sequence_of(bytes);

	reflect(bytes, sequence, 0);
	if (sequence == 4) {
		memcpy(held, bytes, sizeof(held));
		return;
	}
	server_reply(server, bytes, length);
	if (sequence == 5)
		server_reply(server, held, sizeof(held));
}

static void look_at_all_pairs(const struct result *result)
{
	cr_assert_eq(signed_histogram_count(&result->delays->delays[DELAY_SEND_IPDV]), 29);
}

Test(load_trips, packets_that_come_back_overtaken_vary_all_the_same)
{
	struct result result = run("-n 30 -p 2", answer_overtaken, NULL);

	cr_assert_eq(result.requests, 30);
	cr_assert_eq(result.reordered, 1);
	(void)run("-n 30 -p 2 --stamps user", answer_overtaken, look_at_all_pairs);
}

static void answer_twice(const struct server *server, uint8_t *bytes, size_t length, unsigned count)
{
	bool greeting = IS_GREETING(sequence_of(bytes));

	reflect(bytes, sequence_of(bytes), 0);
	server_reply(server, bytes, length);
	if (!greeting)
		server_reply(server, bytes, length);
}

Test(load_trips, the_second_answer_is_a_duplicate)
{
	/* The last one may come when nobody is there any more. */
	struct result result = run("-n 50", answer_twice, NULL);

	cr_assert_eq(result.requests, 50);
	cr_assert_geq(result.duplicated, 49);
	cr_assert_eq(result.late, 0);
	cr_assert_eq(result_errors_total(&result), 0);
}

/* Number 7 is answered when the sender has given it up. */
static void answer_too_late(const struct server *server, uint8_t *bytes, size_t length,
			    unsigned count)
{
	static uint8_t held[STAMP_LENGTH];
	uint32_t sequence = sequence_of(bytes);

	reflect(bytes, sequence, 0);
	if (sequence == 7) {
		memcpy(held, bytes, sizeof(held));
		return;
	}
	server_reply(server, bytes, length);
	if (sequence == 8)
		server_reply(server, held, sizeof(held));
}

static void look_at_neighbours(const struct result *result)
{
	cr_assert_eq(delays_count(result->delays), 19);
	/* Not those of 7 with 6, and of 8 with 7. */
	cr_assert_eq(signed_histogram_count(&result->delays->delays[DELAY_SEND_IPDV]), 17);
}

Test(load_trips, an_answer_after_the_time_limit_is_late)
{
	struct result result = run("-n 20 --timeout 50ms --stamps user", answer_too_late,
				   look_at_neighbours);

	cr_assert_eq(result.requests, 19);
	cr_assert_eq(result.lost, 1);
	cr_assert_eq(result.late, 1);
	cr_assert_eq(result.duplicated, 0);
}

/* The octets of what an answer repeats, each wrong in an answer of its own. */
static const uint8_t wrong_octets[] = { 14, 15, 28, 32, 35 };

static void answer_wrongly(const struct server *server, uint8_t *bytes, size_t length,
			   unsigned count)
{
	uint32_t sequence = sequence_of(bytes);
	bool wrong = sequence < sizeof(wrong_octets);

	reflect(bytes, sequence, 0);
	if (wrong)
		bytes[wrong_octets[sequence]] ^= 0x40;
	server_reply(server, bytes, sequence == 6 ? length - 1 : length);
}

Test(load_trips, answers_that_repeat_wrongly_are_corrupt)
{
	struct result result = run("-n 20 --timeout 500ms", answer_wrongly, NULL);

	/* The short one says of itself nothing, so its request is lost as well. */
	cr_assert_eq(result.errors[RESULT_CORRUPT], sizeof(wrong_octets) + 1);
	cr_assert_eq(result.lost, 1);
	cr_assert_eq(result.requests, 20 - sizeof(wrong_octets) - 1);
}

/* A reflector of RFC 8762 alone knows no SSID. */
static void answer_without_ssid(const struct server *server, uint8_t *bytes, size_t length,
				unsigned count)
{
	reflect(bytes, sequence_of(bytes), 0);
	bytes[14] = bytes[15] = 0;
	server_reply(server, bytes, length);
}

Test(load_trips, a_reflector_may_know_no_sessions)
{
	struct result result = run("-n 20", answer_without_ssid, NULL);

	cr_assert_eq(result.requests, 20);
	cr_assert_eq(result_errors_total(&result), 0);
}

/* Stateful: numbers of its own for the session, and for that of greetings. Some do not arrive
 * there, and the answers to some get lost. */
static void answer_statefully(const struct server *server, uint8_t *bytes, size_t length,
			      unsigned count)
{
	static uint32_t arrived, greeted;
	uint32_t sequence = sequence_of(bytes);
	uint32_t *counter = IS_GREETING(sequence) ? &greeted : &arrived;

	if (sequence == 0)
		arrived = 0;
	if (sequence == 3 || sequence == 4 || sequence == 11)
		return;
	reflect(bytes, (*counter)++, 0);
	if (sequence != 6 && sequence != 12)
		server_reply(server, bytes, length);
}

static void look_at_both_ways(const struct result *result)
{
	cr_assert_eq(result->lost, 5);
	cr_assert_eq(result->delays->lost_known, 5);
	cr_assert_eq(result->delays->lost_up, 3);
	cr_assert_eq(result->delays->lost_down, 2);
	cr_assert_not(result->delays->uncounted);
}

Test(load_trips, a_stateful_reflector_tells_on_which_way_packets_were_lost)
{
	(void)run("-n 20 -p 3 --timeout 500ms", answer_statefully, look_at_both_ways);
}

/* Number 3 does not arrive, in the warm-up; it is given up in the window. */
static void answer_all_but_an_early_one(const struct server *server, uint8_t *bytes, size_t length,
					unsigned count)
{
	static uint32_t arrived, greeted;
	uint32_t sequence = sequence_of(bytes);
	uint32_t *counter = IS_GREETING(sequence) ? &greeted : &arrived;

	if (sequence == 3)
		return;
	reflect(bytes, (*counter)++, 0);
	server_reply(server, bytes, length);
}

static void look_at_an_early_loss(const struct result *result)
{
	cr_assert_eq(result->lost, 1);
	cr_assert_eq(result->delays->lost_down, 0);
}

Test(load_trips, what_was_lost_in_the_warm_up_was_not_lost_on_the_way_back)
{
	(void)run("-p 3 -O 300ms -d 600ms --timeout 500ms", answer_all_but_an_early_one,
		  look_at_an_early_loss);
}

/* Only answers get lost, so that its numbers are those of the requests. */
static void answer_but_lose_some(const struct server *server, uint8_t *bytes, size_t length,
				 unsigned count)
{
	static uint32_t arrived, greeted;
	uint32_t sequence = sequence_of(bytes);
	uint32_t *counter = IS_GREETING(sequence) ? &greeted : &arrived;

	reflect(bytes, (*counter)++, 0);
	if (sequence % 5 != 3)
		server_reply(server, bytes, length);
}

static void look_at_the_way_back(const struct result *result)
{
	cr_assert_eq(result->lost, 4);
	cr_assert_eq(result->delays->lost_up, 0);
	cr_assert_eq(result->delays->lost_down, 4);
}

Test(load_trips, what_a_stateful_reflector_has_got_was_lost_on_the_way_back)
{
	(void)run("-n 20 --timeout 500ms", answer_but_lose_some, look_at_the_way_back);
}

static void lose_some(const struct server *server, uint8_t *bytes, size_t length, unsigned count)
{
	uint32_t sequence = sequence_of(bytes);

	reflect(bytes, sequence, 0);
	if (sequence % 5 != 3)
		server_reply(server, bytes, length);
}

static void look_at_no_ways(const struct result *result)
{
	cr_assert_eq(result->lost, 4);
	cr_assert_eq(result->delays->lost_known, 0);
	cr_assert(result->delays->uncounted);
}

Test(load_trips, a_stateless_reflector_tells_no_ways)
{
	(void)run("-n 20 --timeout 500ms", lose_some, look_at_no_ways);
}

static void look_at_no_synchronisation(const struct result *result)
{
	cr_assert(result->delays->clocks.known);
	cr_assert_not(result->delays->clocks.peer_synchronised);
	cr_assert_not(clock_pair_is_one(&result->delays->clocks, false));
}

/* One that says so once is enough. */
static void answer_unsynchronised(const struct server *server, uint8_t *bytes, size_t length,
				  unsigned count)
{
	error_told = error_estimate(1000, sequence_of(bytes) != 5, false);
	reflect(bytes, sequence_of(bytes), 0);
	server_reply(server, bytes, length);
}

Test(load_trips, a_clock_is_synchronised_only_if_every_answer_says_so)
{
	(void)run("-n 20 --stamps user", answer_unsynchronised, look_at_no_synchronisation);
}

/* What comes of a stream, whole packets or not; the answers go out in pieces of 1 to 50 bytes. */
static void answer_in_pieces(const struct server *server, uint8_t *bytes, size_t length,
			     unsigned count)
{
	static uint8_t packet[STAMP_LENGTH];
	static size_t held;

	for (size_t at = 0; at < length; at++) {
		packet[held++] = bytes[at];
		if (held < sizeof(packet))
			continue;
		reflect(packet, sequence_of(packet), 0);
		for (size_t sent = 0; sent < sizeof(packet);) {
			size_t piece = 1 + (sequence_of(packet) + sent * 7) % 50;

			if (piece > sizeof(packet) - sent)
				piece = sizeof(packet) - sent;
			server_reply(server, packet + sent, piece);
			sent += piece;
		}
		held = 0;
	}
}

static void look_at_the_stream(const struct result *result)
{
	const struct signed_histogram *residence = &result->delays->delays[DELAY_RESIDENCE];

	cr_assert_eq(signed_histogram_count(residence), 60);
	cr_assert(is_near(signed_histogram_max(residence), RESIDENCE_NS));
}

Test(load_trips, answers_on_a_stream_may_be_cut_anywhere)
{
	const struct server_trial trial = {
		.type = SOCK_STREAM,
		.service = "stamp",
		.options = "-n 60 -p 3 --stamps user",
		.answer = answer_in_pieces,
		.in_pieces = true,
		.look = look_at_the_stream,
	};
	struct result result = server_try(&trial, NULL);

	cr_assert_eq(result.requests, 60);
	cr_assert_eq(result_errors_total(&result), 0);
}

/* The right answer, and then what nobody has asked for. */
static void answer_too_much(const struct server *server, uint8_t *bytes, size_t length,
			    unsigned count)
{
	reflect(bytes, sequence_of(bytes), 0);
	server_reply(server, bytes, STAMP_LENGTH);
	server_reply(server, bytes, STAMP_LENGTH);
}

Test(load_trips, what_a_stream_has_more_is_no_answer_to_the_next_request)
{
	const struct server_trial trial = {
		.type = SOCK_STREAM,
		.service = "stamp",
		.options = "-n 5",
		.answer = answer_too_much,
		.in_pieces = true,
	};
	struct result result = server_try(&trial, NULL);

	cr_assert_eq(result.requests, 1);
	cr_assert_geq(result.errors[RESULT_SURPLUS] + result.errors[RESULT_CORRUPT], 1);
}
