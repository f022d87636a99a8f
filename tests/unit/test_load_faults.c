/* Faults of a server are counted exactly whatever the load is: closed or open, of one size or of
 * many; and what services other than echo answer. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>

#include "load_server.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define STAMP_LENGTH 27

TestSuite(load_faults, .timeout = 90);

/* Loads of 100 datagrams, four or fewer under way. */
static const char *const loads[] = {
	"-n 100 -p 4 --timeout 1s",
	"-n 100 -p 4 --timeout 1s -s 8-64",
	"-n 100 -p 4 --timeout 1s -R 5k",
	"-n 100 -p 4 --timeout 1s -R 5k --arrival poisson -s 8:3,64:1",
};

static void drop_every_tenth(const struct server *server, uint8_t *bytes, size_t length,
			     unsigned count)
{
	if (count % 10 != 0)
		server_reply(server, bytes, length);
}

Test(load_faults, lost_datagrams)
{
	for (size_t i = 0; i < COUNT_OF(loads); i++) {
		struct result result = server_run(SOCK_DGRAM, loads[i], drop_every_tenth);

		cr_expect_eq(result.sent, 100, "%s", loads[i]);
		cr_expect_eq(result.requests, 90, "%s", loads[i]);
		cr_expect_eq(result.lost, 10, "%s", loads[i]);
		cr_expect_eq(result_errors_total(&result), 0, "%s", loads[i]);
	}
}

/* The last request has one answer, so that no double comes when the run is over. */
static void double_every_fifth(const struct server *server, uint8_t *bytes, size_t length,
			       unsigned count)
{
	server_reply(server, bytes, length);
	if (count % 5 == 1)
		server_reply(server, bytes, length);
}

Test(load_faults, doubled_datagrams)
{
	for (size_t i = 0; i < COUNT_OF(loads); i++) {
		struct result result = server_run(SOCK_DGRAM, loads[i], double_every_fifth);

		cr_expect_eq(result.requests, 100, "%s", loads[i]);
		cr_expect_eq(result.duplicated, 20, "%s: %lu", loads[i], result.duplicated);
		cr_expect_eq(result.lost + result.late, 0, "%s", loads[i]);
		cr_expect_eq(result_errors_total(&result), 0, "%s", loads[i]);
	}
}

/* One wrong bit in the last byte, which is not the number's; one that is a byte too short. */
static void spoil_every_fifth(const struct server *server, uint8_t *bytes, size_t length,
			      unsigned count)
{
	if (count % 10 == 0)
		bytes[length - 1] ^= 1;
	server_reply(server, bytes, count % 10 == 5 ? length - 1 : length);
}

Test(load_faults, spoilt_datagrams)
{
	static const char *const larger[] = {
		"-n 100 -p 4 --timeout 10s",
		"-n 100 -p 4 --timeout 10s -s 16-64",
		"-n 100 -p 4 --timeout 10s -R 5k",
		"-n 100 -p 4 --timeout 10s -R 5k -s 16:1,500:1",
	};

	for (size_t i = 0; i < COUNT_OF(larger); i++) {
		struct result result = server_run(SOCK_DGRAM, larger[i], spoil_every_fifth);

		cr_expect_eq(result.requests, 80, "%s", larger[i]);
		cr_expect_eq(result.errors[RESULT_CORRUPT], 20, "%s", larger[i]);
		cr_expect_eq(result_errors_total(&result), 20, "%s", larger[i]);
		cr_expect_eq(result.lost, 0, "%s", larger[i]);
	}
}

/* A pair comes back in the other order. */
static void answer_in_pairs(const struct server *server, uint8_t *bytes, size_t length,
			    unsigned count)
{
	static uint8_t odd[2048];
	static size_t odd_length;

	if (count % 2 == 1) {
		memcpy(odd, bytes, length);
		odd_length = length;
		return;
	}
	server_reply(server, bytes, length);
	server_reply(server, odd, odd_length);
}

Test(load_faults, overtaken_datagrams)
{
	static const char *const pairs[] = {
		"-n 100 -p 2 --timeout 10s --timeout 10s",
		"-n 100 -p 2 --timeout 10s -s 8-64",
		"-n 100 -p 2 --timeout 10s -R 5k",
		"-n 100 -p 2 --timeout 10s -R 5k -s 8-64",
	};

	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		struct result result = server_run(SOCK_DGRAM, pairs[i], answer_in_pairs);

		cr_expect_eq(result.requests, 100, "%s", pairs[i]);
		cr_expect_eq(result.reordered, 50, "%s: %lu", pairs[i], result.reordered);
		cr_expect_eq(result.lost + result.late + result.duplicated, 0, "%s", pairs[i]);
		cr_expect_eq(result_errors_total(&result), 0, "%s", pairs[i]);
	}
}

/* The third is answered behind the fourth, which waits for the third to be given up. */
static void answer_the_third_late(const struct server *server, uint8_t *bytes, size_t length,
				  unsigned count)
{
	static uint8_t third[2048];
	static size_t third_length;

	if (count == 3) {
		memcpy(third, bytes, length);
		third_length = length;
		return;
	}
	server_reply(server, bytes, length);
	if (count == 4)
		server_reply(server, third, third_length);
}

Test(load_faults, late_datagrams)
{
	static const char *const singles[] = {
		"-n 20 --timeout 1s",
		"-n 20 --timeout 1s -s 8-64",
		"-n 20 --timeout 1s -R 5k",
		"-n 20 --timeout 1s -R 5k -s 8-64",
	};

	for (size_t i = 0; i < COUNT_OF(singles); i++) {
		struct result result = server_run(SOCK_DGRAM, singles[i], answer_the_third_late);

		cr_expect_eq(result.requests, 19, "%s", singles[i]);
		cr_expect_eq(result.lost, 1, "%s", singles[i]);
		cr_expect_eq(result.late, 1, "%s", singles[i]);
		cr_expect_eq(result.duplicated, 0, "%s", singles[i]);
	}
}

/* Three requests in a row are given up; their answers come with that of the sixth, the fourth's
 * twice. */
static void answer_three_late(const struct server *server, uint8_t *bytes, size_t length,
			      unsigned count)
{
	static uint8_t held[3][2048];
	static size_t held_length[3];

	if (count >= 3 && count <= 5) {
		memcpy(held[count - 3], bytes, length);
		held_length[count - 3] = length;
		return;
	}
	server_reply(server, bytes, length);
	if (count != 6)
		return;
	server_reply(server, held[1], held_length[1]);
	for (int i = 0; i < 3; i++)
		server_reply(server, held[i], held_length[i]);
}

Test(load_faults, late_datagrams_of_one_slot)
{
	static const char *const singles[] = {
		"-n 20 --timeout 500ms",
		"-n 20 --timeout 500ms -s 2:1,9:1",
		"-n 20 --timeout 500ms -R 5k",
	};

	for (size_t i = 0; i < COUNT_OF(singles); i++) {
		struct result result = server_run(SOCK_DGRAM, singles[i], answer_three_late);

		cr_expect_eq(result.requests, 17, "%s", singles[i]);
		cr_expect_eq(result.lost, 3, "%s", singles[i]);
		cr_expect_eq(result.late, 3, "%s: %lu", singles[i], result.late);
		cr_expect_eq(result.duplicated, 1, "%s: %lu", singles[i], result.duplicated);
		cr_expect_eq(result_errors_total(&result), 0, "%s", singles[i]);
	}
}

static atomic_ulong received;

static void answer_byte_by_byte(const struct server *server, uint8_t *bytes, size_t length,
				unsigned count)
{
	received += length;
	for (size_t i = 0; i < length; i++)
		server_reply(server, bytes + i, 1);
}

Test(load_faults, dribbled_answers_of_many_sizes_are_right)
{
	static const char *const mixes[] = {
		"-n 50 -p 3 -s 1-200",
		"-n 50 -p 3 -s 1:5,7:3,300:1 -R 5k",
		"-n 50 -p 3 -s pareto:8",
		"-n 50 -p 3 -s exp:64 --seed 9",
	};

	for (size_t i = 0; i < COUNT_OF(mixes); i++) {
		const struct server_trial trial = {
			.type = SOCK_STREAM,
			.options = mixes[i],
			.answer = answer_byte_by_byte,
			.in_pieces = true,
		};
		struct result result;
		uint64_t timed;

		received = 0;
		result = server_try(&trial, &timed);
		cr_expect_eq(result.requests, 50, "%s", mixes[i]);
		cr_expect_eq(result_errors_total(&result), 0, "%s", mixes[i]);
		cr_expect_eq(result.bytes_sent, received, "%s", mixes[i]);
		cr_expect_eq(result.bytes, received, "%s", mixes[i]);
		cr_expect_eq(timed, 50, "%s", mixes[i]);
	}
}

static void count_and_keep_silent(const struct server *server, uint8_t *bytes, size_t length,
				  unsigned count)
{
	received += length;
}

/* What was sent in the warm-up and is under way belongs to the window, with its own sizes. */
Test(load_faults, sizes_of_what_is_under_way_when_the_window_begins)
{
	struct server_trial trial = {
		.type = SOCK_STREAM,
		.options = "-O 20ms -d 30ms -p 3 -s 100-200 --timeout 300ms",
		.answer = count_and_keep_silent,
		.in_pieces = true,
	};
	struct result result = server_try(&trial, NULL);

	cr_assert_eq(result.sent, 3);
	cr_assert_eq(result.bytes_sent, received);
	trial.type = SOCK_DGRAM;
	received = 0;
	result = server_try(&trial, NULL);
	cr_assert_eq(result.sent, 3);
	cr_assert_eq(result.bytes_sent, received);
}

/* Sizes follow from the seed: the same one gives the same bytes. */
Test(load_faults, sizes_are_those_of_the_seed)
{
	static const char *const seeds[] = { "-n 50 -s 1-900 --seed 5", "-n 50 -s 1-900 --seed 5",
					     "-n 50 -s 1-900 --seed 6" };
	uint64_t bytes[COUNT_OF(seeds)];

	for (size_t i = 0; i < COUNT_OF(seeds); i++) {
		const struct server_trial trial = {
			.type = SOCK_STREAM,
			.options = seeds[i],
			.answer = answer_byte_by_byte,
			.in_pieces = true,
		};

		bytes[i] = server_try(&trial, NULL).bytes_sent;
	}
	cr_assert_eq(bytes[0], bytes[1]);
	cr_assert_neq(bytes[0], bytes[2]);
}

static void answer_stamped(const struct server *server, uint8_t *bytes, size_t length,
			   unsigned count)
{
	uint8_t answer[STAMP_LENGTH + SERVER_REQUEST_SIZE] = "[Thu Jan  1 00:00:00 1970] ";

	memcpy(answer + STAMP_LENGTH, bytes, length);
	for (size_t i = 0; i < STAMP_LENGTH + length; i++)
		server_reply(server, answer + i, 1);
}

static struct result run_service(const char *service, int type, const char *options,
				 answer_function *answer)
{
	const struct server_trial trial = {
		.type = type,
		.service = service,
		.options = options,
		.answer = answer,
	};

	return server_try(&trial, NULL);
}

Test(load_faults, stamped_answers_are_compared_behind_the_stamp)
{
	struct result result = run_service("stamped", SOCK_STREAM, "-n 20 -s 64,91",
					   answer_stamped);

	cr_assert_eq(result.requests, 20);
	cr_assert_eq(result.bytes, 20 * (STAMP_LENGTH + SERVER_REQUEST_SIZE));
	cr_assert_eq(result_errors_total(&result), 0);
}

/* The stamp is not there: the first 27 bytes are taken for it, and the next request's answer is
 * needed for the rest. */
static void answer_as_echo(const struct server *server, uint8_t *bytes, size_t length,
			   unsigned count)
{
	server_reply(server, bytes, length);
}

Test(load_faults, answers_without_the_stamp_are_not_right)
{
	struct result stream = run_service("stamped", SOCK_STREAM, "-n 20 --timeout 100ms",
					   answer_as_echo);
	struct result datagram = run_service("stamped", SOCK_DGRAM, "-n 5 --timeout 100ms",
					     answer_as_echo);

	cr_assert_eq(stream.requests, 0);
	cr_assert_eq(stream.errors[RESULT_TIMEOUT], 1);
	cr_assert_eq(datagram.requests, 0);
	cr_assert_eq(datagram.errors[RESULT_CORRUPT], datagram.sent);
}

static void spoil_behind_the_stamp(const struct server *server, uint8_t *bytes, size_t length,
				   unsigned count)
{
	if (count % 2 == 0)
		bytes[count % length] ^= 1;
	answer_stamped(server, bytes, length, count);
}

Test(load_faults, wrong_bits_behind_the_stamp_are_corrupt)
{
	struct result result = run_service("stamped", SOCK_STREAM, "-n 20 -R 5k",
					   spoil_behind_the_stamp);

	cr_assert_eq(result.requests, 10);
	cr_assert_eq(result.errors[RESULT_CORRUPT], 10);
}

static void answer_ten_bytes(const struct server *server, uint8_t *bytes, size_t length,
			     unsigned count)
{
	server_reply(server, bytes, 10);
}

Test(load_faults, answers_of_another_length_than_was_told)
{
	struct result right = run_service("greeting", SOCK_STREAM, "-n 20 -s 64,10",
					  answer_ten_bytes);
	struct result longer = run_service("greeting", SOCK_STREAM, "-n 20 -s 64,9",
					   answer_ten_bytes);
	struct result shorter = run_service("greeting", SOCK_STREAM,
					    "-n 20 -s 64,11 --timeout 100ms", answer_ten_bytes);
	struct result datagrams = run_service("greeting", SOCK_DGRAM, "-n 20 -s 64,11",
					      answer_ten_bytes);

	cr_assert_eq(right.requests, 20);
	cr_assert_eq(right.bytes, 200);
	cr_assert_eq(longer.errors[RESULT_SURPLUS], 1);
	cr_assert_eq(shorter.requests, 0);
	cr_assert_eq(shorter.errors[RESULT_TIMEOUT], 1);
	cr_assert_eq(datagrams.errors[RESULT_CORRUPT], 20);
}

Test(load_faults, discard_does_not_answer)
{
	struct result stream = run_service("discard", SOCK_STREAM, "-d 10s", answer_ten_bytes);
	struct result silent = run_service("discard", SOCK_STREAM, "-n 1000 -p 3 -R 50k",
					   count_and_keep_silent);

	cr_assert_eq(stream.errors[RESULT_SURPLUS], 1);
	cr_assert_eq(silent.sent, 1000);
	cr_assert_eq(silent.requests, 1000);
	cr_assert_eq(silent.bytes_sent, 64000);
	cr_assert_eq(silent.bytes, 0);
	cr_assert_eq(result_errors_total(&silent), 0);
}
