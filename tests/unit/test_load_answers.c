/* ringside load against servers that answer wrongly: what each fault is counted as, exactly. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "load_server.h"

TestSuite(load_answers, .timeout = 60);

static void answer_rightly(const struct server *server, uint8_t *bytes, size_t length,
			   unsigned count)
{
	server_reply(server, bytes, length);
}

Test(load_answers, right_ones_are_counted)
{
	struct result result = server_run(SOCK_STREAM, "-n 100 -p 4", answer_rightly);

	cr_assert_eq(result.sent, 100);
	cr_assert_eq(result.requests, 100);
	cr_assert_eq(result.bytes, 100 * SERVER_REQUEST_SIZE);
	cr_assert_eq(result.lost, 0);
	cr_assert_eq(result_errors_total(&result), 0);
}

static void answer_byte_by_byte(const struct server *server, uint8_t *bytes, size_t length,
				unsigned count)
{
	for (size_t i = 0; i < length; i++)
		server_reply(server, bytes + i, 1);
}

Test(load_answers, dribbled_ones_are_right)
{
	struct result result = server_run(SOCK_STREAM, "-n 20 -p 2", answer_byte_by_byte);

	cr_assert_eq(result.requests, 20);
	cr_assert_eq(result_errors_total(&result), 0);
}

/* Every tenth answer has one wrong bit, each time in another byte. */
static void flip_every_tenth(const struct server *server, uint8_t *bytes, size_t length,
			     unsigned count)
{
	if (count % 10 == 0)
		bytes[(count / 10) % length] ^= 1;
	server_reply(server, bytes, length);
}

Test(load_answers, one_wrong_bit_is_corrupt)
{
	struct result result = server_run(SOCK_STREAM, "-n 640", flip_every_tenth);

	cr_assert_eq(result.requests, 576);
	cr_assert_eq(result.errors[RESULT_CORRUPT], 64);
	cr_assert_eq(result_errors_total(&result), 64);
}

Test(load_answers, wrong_bits_are_nothing_to_lengths_alone)
{
	struct result result = server_run(SOCK_STREAM, "-n 640 --no-verify", flip_every_tenth);

	cr_assert_eq(result.requests, 640);
	cr_assert_eq(result_errors_total(&result), 0);
}

/* A server that gives the last request's answer again: right bytes, wrong place. */
static void answer_with_the_last(const struct server *server, uint8_t *bytes, size_t length,
				 unsigned count)
{
	static uint8_t last[SERVER_REQUEST_SIZE];

	if (count == 1)
		memcpy(last, bytes, length);
	server_reply(server, last, length);
	memcpy(last, bytes, length);
}

Test(load_answers, those_of_another_request_are_corrupt)
{
	struct result result = server_run(SOCK_STREAM, "-n 50", answer_with_the_last);

	cr_assert_eq(result.requests, 1);
	cr_assert_eq(result.errors[RESULT_CORRUPT], 49);
}

static void answer_and_more(const struct server *server, uint8_t *bytes, size_t length,
			    unsigned count)
{
	uint8_t more[SERVER_REQUEST_SIZE + 1] = { 0 };

	memcpy(more, bytes, length);
	server_reply(server, more, sizeof(more));
}

Test(load_answers, more_than_was_asked_ends_the_connection)
{
	struct result result = server_run(SOCK_STREAM, "-n 50", answer_and_more);

	cr_assert_eq(result.errors[RESULT_SURPLUS], 1);
	cr_assert_leq(result.requests, 1);
}

static void answer_five(const struct server *server, uint8_t *bytes, size_t length, unsigned count)
{
	if (count <= 5)
		server_reply(server, bytes, length);
	else
		(void)shutdown(server->fd, SHUT_RDWR);
}

Test(load_answers, peer_that_closes_owes_the_rest)
{
	struct result result = server_run(SOCK_STREAM, "-n 50", answer_five);

	cr_assert_eq(result.requests, 5);
	cr_assert_eq(result.lost, 1);
	cr_assert_eq(result.errors[RESULT_CLOSED], 1);
	cr_assert_eq(result_errors_total(&result), 1);
}

static void reset_after_five(const struct server *server, uint8_t *bytes, size_t length,
			     unsigned count)
{
	const struct linger at_once = { .l_onoff = 1 };
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	if (count <= 5) {
		server_reply(server, bytes, length);
		return;
	}
	(void)setsockopt(server->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	(void)connect(server->fd, &nobody, sizeof(nobody));
}

Test(load_answers, peer_that_resets_has_broken_the_connection)
{
	struct result result = server_run(SOCK_STREAM, "-n 50", reset_after_five);

	cr_assert_eq(result.requests, 5);
	cr_assert_eq(result.lost, 1);
	cr_assert_eq(result.errors[RESULT_RESET], 1);
	cr_assert_eq(result.causes[RESULT_RESET], -ECONNRESET);
}

static void keep_silent(const struct server *server, uint8_t *bytes, size_t length, unsigned count)
{
}

Test(load_answers, silent_stream_is_given_up)
{
	struct result result = server_run(SOCK_STREAM, "-n 50 -p 3 --timeout 50ms", keep_silent);

	cr_assert_eq(result.requests, 0);
	cr_assert_eq(result.errors[RESULT_TIMEOUT], 1);
	cr_assert_eq(result.lost, 3);
}

Test(load_answers, datagrams_that_nobody_answers_are_lost_and_end_the_run)
{
	struct result result = server_run(SOCK_DGRAM, "-n 1M -p 2 --timeout 20ms", keep_silent);

	cr_assert_eq(result.requests, 0);
	cr_assert_gt(result.lost, 0);
	cr_assert_lt(result.sent, 1000);
	cr_assert_eq(result.lost, result.sent);
}

static void drop_every_tenth(const struct server *server, uint8_t *bytes, size_t length,
			     unsigned count)
{
	if (count % 10 != 0)
		server_reply(server, bytes, length);
}

/* The lost one is replaced: all of them are sent, with as many under way as before. */
Test(load_answers, lost_datagrams_are_counted_exactly)
{
	struct result result = server_run(SOCK_DGRAM, "-n 100 -p 4 --timeout 1s", drop_every_tenth);

	cr_assert_eq(result.sent, 100);
	cr_assert_eq(result.requests, 90);
	cr_assert_eq(result.lost, 10);
	cr_assert_eq(result_errors_total(&result), 0);
}

static void answer_twice(const struct server *server, uint8_t *bytes, size_t length, unsigned count)
{
	server_reply(server, bytes, length);
	server_reply(server, bytes, length);
}

/* The last one's double comes when the run is over. */
Test(load_answers, doubled_datagrams_are_counted)
{
	struct result result = server_run(SOCK_DGRAM, "-n 100", answer_twice);

	cr_assert_eq(result.requests, 100);
	cr_assert_geq(result.duplicated, 99);
	cr_assert_eq(result.lost, 0);
	cr_assert_eq(result_errors_total(&result), 0);
}

/* The third is answered when the fourth comes, which waits for the third to be given up. */
static void answer_the_third_late(const struct server *server, uint8_t *bytes, size_t length,
				  unsigned count)
{
	static uint8_t third[SERVER_REQUEST_SIZE];

	if (count == 3) {
		memcpy(third, bytes, length);
		return;
	}
	server_reply(server, bytes, length);
	if (count == 4)
		server_reply(server, third, sizeof(third));
}

Test(load_answers, late_datagrams_are_lost_and_counted_as_late)
{
	struct result result = server_run(SOCK_DGRAM, "-n 20 --timeout 1s", answer_the_third_late);

	cr_assert_eq(result.requests, 19);
	cr_assert_eq(result.lost, 1);
	cr_assert_eq(result.late, 1);
	cr_assert_eq(result.duplicated, 0);
}

static void answer_in_pairs(const struct server *server, uint8_t *bytes, size_t length,
			    unsigned count)
{
	static uint8_t odd[SERVER_REQUEST_SIZE];

	if (count % 2 == 1) {
		memcpy(odd, bytes, length);
		return;
	}
	server_reply(server, bytes, length);
	server_reply(server, odd, sizeof(odd));
}

Test(load_answers, overtaken_datagrams_find_their_requests)
{
	struct result result = server_run(SOCK_DGRAM, "-n 100 -p 2", answer_in_pairs);

	cr_assert_eq(result.requests, 100);
	cr_assert_eq(result.lost + result.late + result.duplicated, 0);
	cr_assert_eq(result_errors_total(&result), 0);
}

static void spoil_every_fifth(const struct server *server, uint8_t *bytes, size_t length,
			      unsigned count)
{
	if (count % 10 == 0)
		bytes[length - 1] ^= 1;
	server_reply(server, bytes, count % 10 == 5 ? length - 1 : length);
}

Test(load_answers, spoilt_and_cut_datagrams_are_corrupt_but_not_lost)
{
	struct result result = server_run(SOCK_DGRAM, "-n 100 -p 4", spoil_every_fifth);

	cr_assert_eq(result.requests, 80);
	cr_assert_eq(result.errors[RESULT_CORRUPT], 20);
	cr_assert_eq(result.lost, 0);
}

Test(load_answers, interrupted_run_loses_nothing)
{
	const atomic_int signal_number = SIGINT;
	struct result result = server_run_until(SOCK_STREAM, "-p 8", answer_rightly,
						&signal_number);

	cr_assert_eq(result.lost, 0);
	cr_assert_eq(result_errors_total(&result), 0);
}
