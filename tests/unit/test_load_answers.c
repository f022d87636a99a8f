/* ringside load against servers that answer wrongly: what each fault is counted as, exactly. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load/plan.h"
#include "load_trial.h"

#define REQUEST_SIZE 64

TestSuite(load_answers, .timeout = 60);

struct server;

typedef void answer_function(const struct server *server, uint8_t *bytes, size_t length,
			     unsigned count);

/* A server with one thread and one client. */
struct server {
	int listener; /* of streams */
	int fd;
	answer_function *answer;
	pthread_t thread;
	struct address address;
	struct address peer; /* of datagrams */
};

static void reply(const struct server *server, const void *bytes, size_t length)
{
	(void)sendto(server->fd, bytes, length, MSG_NOSIGNAL, &server->peer.any,
		     server->peer.length);
}

static void *serve_stream(void *argument)
{
	struct server *server = argument;
	uint8_t bytes[REQUEST_SIZE];
	unsigned count = 0;

	server->fd = accept(server->listener, NULL, NULL);
	while (recv(server->fd, bytes, sizeof(bytes), MSG_WAITALL) == sizeof(bytes))
		server->answer(server, bytes, sizeof(bytes), ++count);
	(void)close(server->fd);
	return NULL;
}

/* Ends with the single byte that stop_datagrams() sends. */
static void *serve_datagrams(void *argument)
{
	struct server *server = argument;
	uint8_t bytes[2 * REQUEST_SIZE];
	unsigned count = 0;
	ssize_t length;

	for (;;) {
		server->peer.length = sizeof(server->peer.storage);
		length = recvfrom(server->fd, bytes, sizeof(bytes), 0, &server->peer.any,
				  &server->peer.length);
		if (length <= 1)
			break;
		server->answer(server, bytes, (size_t)length, ++count);
	}
	(void)close(server->fd);
	return NULL;
}

static void server_open(struct server *server, int type)
{
	int fd = socket(AF_INET, type, 0);

	server->address = (struct address){ .length = sizeof(server->address.v4) };
	server->address.v4.sin_family = AF_INET;
	server->address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(fd, &server->address.any, server->address.length), 0);
	cr_assert_eq(address_of_socket(fd, &server->address), 0);
	server->listener = -1;
	if (type == SOCK_STREAM) {
		server->listener = fd;
		cr_assert_eq(listen(fd, 1), 0);
	} else {
		server->fd = fd;
	}
	cr_assert_eq(pthread_create(&server->thread, NULL,
				    type == SOCK_STREAM ? serve_stream : serve_datagrams, server),
		     0);
}

static void stop_datagrams(const struct server *server)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)sendto(fd, "x", 1, 0, &server->address.any, server->address.length);
	(void)close(fd);
}

/* Wait until it has nothing left to serve. */
static void server_close(struct server *server)
{
	if (server->listener < 0)
		stop_datagrams(server);
	else
		(void)shutdown(server->listener, SHUT_RDWR);
	(void)pthread_join(server->thread, NULL);
	if (server->listener >= 0)
		(void)close(server->listener);
}

/* Run load, until a signal if there is one, with these options against such a server. */
static struct result run_until(int type, const char *options, answer_function *answer,
			       const atomic_int *stop)
{
	struct server server = { .answer = answer };
	struct outcome outcome;
	struct trial trial;
	char line[200];

	server_open(&server, type);
	(void)snprintf(line, sizeof(line), "%s -c 1 %s://127.0.0.1:%u", options,
		       type == SOCK_STREAM ? "tcp" : "udp", address_port(&server.address.any));
	cr_assert_eq(trial_parse(&trial, line), 0, "%s", trial.error.text);
	cr_assert_eq(target_resolve(&trial.target, 0, &trial.error), 0);
	cr_assert_eq(plan_run(&trial.options, &trial.target, stop, NULL, &outcome, &trial.error), 0,
		     "%s", trial.error.text);
	server_close(&server);
	trial_finish(&trial);
	outcome_finish(&outcome);
	return outcome.result;
}

static struct result run(int type, const char *options, answer_function *answer)
{
	static const atomic_int no_stop;

	return run_until(type, options, answer, &no_stop);
}

static void answer_rightly(const struct server *server, uint8_t *bytes, size_t length,
			   unsigned count)
{
	reply(server, bytes, length);
}

Test(load_answers, right_ones_are_counted)
{
	struct result result = run(SOCK_STREAM, "-n 100 -p 4", answer_rightly);

	cr_assert_eq(result.sent, 100);
	cr_assert_eq(result.requests, 100);
	cr_assert_eq(result.bytes, 100 * REQUEST_SIZE);
	cr_assert_eq(result.lost, 0);
	cr_assert_eq(result_errors_total(&result), 0);
}

static void answer_byte_by_byte(const struct server *server, uint8_t *bytes, size_t length,
				unsigned count)
{
	for (size_t i = 0; i < length; i++)
		reply(server, bytes + i, 1);
}

Test(load_answers, dribbled_ones_are_right)
{
	struct result result = run(SOCK_STREAM, "-n 20 -p 2", answer_byte_by_byte);

	cr_assert_eq(result.requests, 20);
	cr_assert_eq(result_errors_total(&result), 0);
}

/* Every tenth answer has one wrong bit, each time in another byte. */
static void flip_every_tenth(const struct server *server, uint8_t *bytes, size_t length,
			     unsigned count)
{
	if (count % 10 == 0)
		bytes[(count / 10) % length] ^= 1;
	reply(server, bytes, length);
}

Test(load_answers, one_wrong_bit_is_corrupt)
{
	struct result result = run(SOCK_STREAM, "-n 640", flip_every_tenth);

	cr_assert_eq(result.requests, 576);
	cr_assert_eq(result.errors[RESULT_CORRUPT], 64);
	cr_assert_eq(result_errors_total(&result), 64);
}

Test(load_answers, wrong_bits_are_nothing_to_lengths_alone)
{
	struct result result = run(SOCK_STREAM, "-n 640 --no-verify", flip_every_tenth);

	cr_assert_eq(result.requests, 640);
	cr_assert_eq(result_errors_total(&result), 0);
}

/* A server that gives the last request's answer again: right bytes, wrong place. */
static void answer_with_the_last(const struct server *server, uint8_t *bytes, size_t length,
				 unsigned count)
{
	static uint8_t last[REQUEST_SIZE];

	if (count == 1)
		memcpy(last, bytes, length);
	reply(server, last, length);
	memcpy(last, bytes, length);
}

Test(load_answers, those_of_another_request_are_corrupt)
{
	struct result result = run(SOCK_STREAM, "-n 50", answer_with_the_last);

	cr_assert_eq(result.requests, 1);
	cr_assert_eq(result.errors[RESULT_CORRUPT], 49);
}

static void answer_and_more(const struct server *server, uint8_t *bytes, size_t length,
			    unsigned count)
{
	uint8_t more[REQUEST_SIZE + 1] = { 0 };

	memcpy(more, bytes, length);
	reply(server, more, sizeof(more));
}

Test(load_answers, more_than_was_asked_ends_the_connection)
{
	struct result result = run(SOCK_STREAM, "-n 50", answer_and_more);

	cr_assert_eq(result.errors[RESULT_SURPLUS], 1);
	cr_assert_leq(result.requests, 1);
}

static void answer_five(const struct server *server, uint8_t *bytes, size_t length, unsigned count)
{
	if (count <= 5)
		reply(server, bytes, length);
	else
		(void)shutdown(server->fd, SHUT_RDWR);
}

Test(load_answers, peer_that_closes_owes_the_rest)
{
	struct result result = run(SOCK_STREAM, "-n 50", answer_five);

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
		reply(server, bytes, length);
		return;
	}
	(void)setsockopt(server->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	(void)connect(server->fd, &nobody, sizeof(nobody));
}

Test(load_answers, peer_that_resets_has_broken_the_connection)
{
	struct result result = run(SOCK_STREAM, "-n 50", reset_after_five);

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
	struct result result = run(SOCK_STREAM, "-n 50 -p 3 --timeout 50ms", keep_silent);

	cr_assert_eq(result.requests, 0);
	cr_assert_eq(result.errors[RESULT_TIMEOUT], 1);
	cr_assert_eq(result.lost, 3);
}

Test(load_answers, datagrams_that_nobody_answers_are_lost_and_end_the_run)
{
	struct result result = run(SOCK_DGRAM, "-n 1M -p 2 --timeout 20ms", keep_silent);

	cr_assert_eq(result.requests, 0);
	cr_assert_gt(result.lost, 0);
	cr_assert_lt(result.sent, 1000);
	cr_assert_eq(result.lost, result.sent);
}

static void drop_every_tenth(const struct server *server, uint8_t *bytes, size_t length,
			     unsigned count)
{
	if (count % 10 != 0)
		reply(server, bytes, length);
}

/* The lost one is replaced: all of them are sent, with as many under way as before. */
Test(load_answers, lost_datagrams_are_counted_exactly)
{
	struct result result = run(SOCK_DGRAM, "-n 100 -p 4 --timeout 1s", drop_every_tenth);

	cr_assert_eq(result.sent, 100);
	cr_assert_eq(result.requests, 90);
	cr_assert_eq(result.lost, 10);
	cr_assert_eq(result_errors_total(&result), 0);
}

static void answer_twice(const struct server *server, uint8_t *bytes, size_t length, unsigned count)
{
	reply(server, bytes, length);
	reply(server, bytes, length);
}

/* The last one's double comes when the run is over. */
Test(load_answers, doubled_datagrams_are_counted)
{
	struct result result = run(SOCK_DGRAM, "-n 100", answer_twice);

	cr_assert_eq(result.requests, 100);
	cr_assert_geq(result.duplicated, 99);
	cr_assert_eq(result.lost, 0);
	cr_assert_eq(result_errors_total(&result), 0);
}

/* The third is answered when the fourth comes, which waits for the third to be given up. */
static void answer_the_third_late(const struct server *server, uint8_t *bytes, size_t length,
				  unsigned count)
{
	static uint8_t third[REQUEST_SIZE];

	if (count == 3) {
		memcpy(third, bytes, length);
		return;
	}
	reply(server, bytes, length);
	if (count == 4)
		reply(server, third, sizeof(third));
}

Test(load_answers, late_datagrams_are_lost_and_counted_as_late)
{
	struct result result = run(SOCK_DGRAM, "-n 20 --timeout 1s", answer_the_third_late);

	cr_assert_eq(result.requests, 19);
	cr_assert_eq(result.lost, 1);
	cr_assert_eq(result.late, 1);
	cr_assert_eq(result.duplicated, 0);
}

static void answer_in_pairs(const struct server *server, uint8_t *bytes, size_t length,
			    unsigned count)
{
	static uint8_t odd[REQUEST_SIZE];

	if (count % 2 == 1) {
		memcpy(odd, bytes, length);
		return;
	}
	reply(server, bytes, length);
	reply(server, odd, sizeof(odd));
}

Test(load_answers, overtaken_datagrams_find_their_requests)
{
	struct result result = run(SOCK_DGRAM, "-n 100 -p 2", answer_in_pairs);

	cr_assert_eq(result.requests, 100);
	cr_assert_eq(result.lost + result.late + result.duplicated, 0);
	cr_assert_eq(result_errors_total(&result), 0);
}

static void spoil_every_fifth(const struct server *server, uint8_t *bytes, size_t length,
			      unsigned count)
{
	if (count % 10 == 0)
		bytes[length - 1] ^= 1;
	reply(server, bytes, count % 10 == 5 ? length - 1 : length);
}

Test(load_answers, spoilt_and_cut_datagrams_are_corrupt_but_not_lost)
{
	struct result result = run(SOCK_DGRAM, "-n 100 -p 4", spoil_every_fifth);

	cr_assert_eq(result.requests, 80);
	cr_assert_eq(result.errors[RESULT_CORRUPT], 20);
	cr_assert_eq(result.lost, 0);
}

Test(load_answers, interrupted_run_loses_nothing)
{
	const atomic_int signal_number = SIGINT;
	struct result result = run_until(SOCK_STREAM, "-p 8", answer_rightly, &signal_number);

	cr_assert_eq(result.lost, 0);
	cr_assert_eq(result_errors_total(&result), 0);
}
