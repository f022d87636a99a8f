/* When messages arrived: who took the time, and that it is theirs. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "stamping.h"

enum { MESSAGES = 5, MANY = 30 };

TestSuite(arrival, .timeout = 60);

static bool has_ipv6(void)
{
	struct address at = address_ip("::1", 0);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool has = bind(fd, address_bytes(&at), at.length) == 0;

	(void)close(fd);
	return has;
}

static void expect_opened(struct hand *hand, int type)
{
	if (type != SOCK_DGRAM)
		(void)hand_expect(hand, MESSAGE_OPENED);
}

/* Some messages after each other on one connection of a listener. */
static void check_listener(int type, const struct address *at, enum stamp_source stamp)
{
	struct address bound;
	struct hand hand;
	int fd;

	stamping_open(&hand, ANCILLARY_ARRIVAL);
	bound = hand_listen(&hand, type, at);
	stamping_ready();
	fd = peer_connect(type, &bound);
	expect_opened(&hand, type);
	for (int i = 0; i < MESSAGES; i++) {
		struct moment moment = stamping_send(fd, "when?", 5);
		struct message *message = hand_expect(&hand, MESSAGE_DATA);

		if (stamp == STAMP_KERNEL)
			stamping_check(message, &moment);
		else if (stamp == STAMP_USER)
			cr_assert_eq(message->stamp, STAMP_USER);
		cr_assert_eq(message->length, 5);
		cr_assert_arr_eq(message->data, "when?", 5);
		message->reply = message->length;
		hand_receive(&hand, fd, (char[5]){ 0 }, 5);
	}
	cr_assert_eq(engine_counters(hand.engine)->arrivals_unstamped,
		     stamp == STAMP_USER ? MESSAGES : 0);
	(void)close(fd);
	hand_close(&hand);
	address_unlink(&bound);
}

Test(arrival, a_datagram_over_ipv4_has_the_kernels_time)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_listener(SOCK_DGRAM, &at, STAMP_KERNEL);
}

Test(arrival, a_datagram_over_ipv6_has_the_kernels_time)
{
	struct address at = address_ip("::1", 0);

	if (!has_ipv6())
		cr_skip_test("no IPv6 on loopback");
	check_listener(SOCK_DGRAM, &at, STAMP_KERNEL);
}

Test(arrival, a_unix_datagram_has_the_kernels_time)
{
	struct address at = address_unix_fresh();

	check_listener(SOCK_DGRAM, &at, STAMP_KERNEL);
}

Test(arrival, bytes_of_an_accepted_tcp_connection_have_the_kernels_time)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_listener(SOCK_STREAM, &at, STAMP_KERNEL);
}

/* A direct descriptor takes no option. */
static enum stamp_source record_stamp(void)
{
	return setting_has(FEATURE_DIRECT) ? STAMP_USER : STAMP_KERNEL;
}

Test(arrival, a_record_of_an_accepted_connection_has_the_kernels_time)
{
	struct address at = address_unix_fresh();

	check_listener(SOCK_SEQPACKET, &at, record_stamp());
}

Test(arrival, a_unix_stream_has_the_engines_time)
{
	struct address at = address_unix_fresh(), bound;
	struct moment moment;
	struct hand hand;
	int fd;

	stamping_open(&hand, ANCILLARY_ARRIVAL);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	fd = peer_connect(SOCK_STREAM, &bound);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	moment = stamping_send(fd, "when?", 5);
	stamping_check_own(hand_expect(&hand, MESSAGE_DATA), &moment);
	cr_assert_eq(engine_counters(hand.engine)->arrivals_unstamped, 1);
	(void)close(fd);
	hand_close(&hand);
	address_unlink(&bound);
}

/* A peer that was given a port sends to the engine's client. */
static void check_client(int type, const struct address *at, enum stamp_source stamp)
{
	int peer = peer_bind(type, at, 1), listener = peer;
	struct address bound = address_of(peer), near;
	struct address unnamed = { .storage.ss_family = AF_UNIX, .length = sizeof(sa_family_t) };
	bool names = at->storage.ss_family == AF_UNIX && type == SOCK_DGRAM;
	int fd = peer_socket(type, at->storage.ss_family, names ? &unnamed : NULL);
	uint32_t connection;
	struct moment moment;
	struct message *message;
	struct hand hand;

	stamping_open(&hand, SETTING_ARRIVALS);
	cr_assert_eq(
		engine_connect(hand.engine, fd, address_bytes(&bound), bound.length, &connection),
		0);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	stamping_ready();
	near = address_of(fd);
	if (type == SOCK_DGRAM)
		peer_join(peer, &near);
	else
		peer = (int)RETRY(accept(listener, NULL, NULL));
	moment = stamping_send(peer, "answer", 6);
	message = hand_expect(&hand, MESSAGE_DATA);
	if (stamp == STAMP_KERNEL)
		stamping_check(message, &moment);
	else
		stamping_check_own(message, &moment);
	cr_assert_arr_eq(message->data, "answer", 6);
	cr_assert_null(message->peer, "a client has one peer, which it knows");
	hand_close(&hand);
	(void)close(listener);
	address_unlink(&bound);
}

Test(arrival, a_client_of_any_kind_is_told)
{
	struct address inet = address_ip("127.0.0.1", 0);
	struct address unix_stream = address_unix_fresh(), record = unix_stream, datagram;

	check_client(SOCK_DGRAM, &inet, STAMP_KERNEL);
	check_client(SOCK_STREAM, &inet, STAMP_KERNEL);
	check_client(SOCK_STREAM, &unix_stream, STAMP_USER);
	check_client(SOCK_SEQPACKET, &record, STAMP_KERNEL);
	datagram = address_unix_fresh();
	check_client(SOCK_DGRAM, &datagram, STAMP_KERNEL);
}

/* One option of the socket asks for both. */
static void check_both_ways(int type)
{
	struct address at = address_ip("127.0.0.1", 0), near;
	int listener = peer_bind(type, &at, 1), peer = listener;
	int fd = peer_socket(type, AF_INET, NULL);
	uint32_t connection, departed = 0;
	struct moment moment;
	struct message *message;
	struct hand hand;

	at = address_of(listener);
	stamping_open(&hand, SETTING_ARRIVALS | ANCILLARY_DEPARTURE);
	cr_assert_eq(engine_connect(hand.engine, fd, address_bytes(&at), at.length, &connection),
		     0);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	stamping_ready();
	near = address_of(fd);
	if (type == SOCK_DGRAM)
		peer_join(peer, &near);
	else
		peer = (int)RETRY(accept(listener, NULL, NULL));
	for (int i = 0; i < MESSAGES; i++) {
		cr_assert_eq(engine_send(hand.engine, connection, "question", 8), 0);
		if (engine_counters(hand.engine)->departures_lost == 0) {
			(void)hand_expect(&hand, MESSAGE_DEPARTED);
			departed++;
		}
		moment = stamping_send(peer, "answer", 6);
		message = hand_expect(&hand, MESSAGE_DATA);
		stamping_check(message, &moment);
		cr_assert_arr_eq(message->data, "answer", 6);
	}
	cr_assert(departed == MESSAGES || departed == 0);
	hand_close(&hand);
	(void)close(listener);
}

Test(arrival, it_is_told_beside_departures)
{
	check_both_ways(SOCK_DGRAM);
	check_both_ways(SOCK_STREAM);
}

static void check_untold(int type, const struct address *at)
{
	struct address bound;
	struct message *message;
	struct hand hand;
	int fd;

	stamping_open(&hand, 0);
	bound = hand_listen(&hand, type, at);
	fd = peer_connect(type, &bound);
	expect_opened(&hand, type);
	peer_send(fd, "when?", 5);
	message = hand_expect(&hand, MESSAGE_DATA);
	cr_assert_eq(message->stamp, STAMP_NONE);
	cr_assert_eq(message->arrived_ns, 0);
	cr_assert_eq(message->hop_limit, 0);
	cr_assert_eq(engine_counters(hand.engine)->arrivals_unstamped, 0);
	(void)close(fd);
	hand_close(&hand);
	address_unlink(&bound);
}

Test(arrival, who_asks_for_nothing_is_told_nothing)
{
	struct address inet = address_ip("127.0.0.1", 0);
	struct address one = address_unix_fresh(), two, three;

	check_untold(SOCK_DGRAM, &inet);
	check_untold(SOCK_STREAM, &inet);
	check_untold(SOCK_STREAM, &one);
	two = address_unix_fresh();
	check_untold(SOCK_SEQPACKET, &two);
	three = address_unix_fresh();
	check_untold(SOCK_DGRAM, &three);
}

Test(arrival, a_listener_cannot_ask_for_more_than_the_engine_was_made_for)
{
	struct listener_options options = { .ancillary = SETTING_ARRIVALS };
	struct address at = address_ip("127.0.0.1", 0);
	struct hand hand;

	stamping_open(&hand, ANCILLARY_ARRIVAL);
	cr_assert_eq(engine_listen(hand.engine, peer_bind(SOCK_DGRAM, &at, 0), &options, NULL),
		     -EINVAL);
	hand_close(&hand);
}

/* Messages that come at once, in one batch or in several. */
static void check_many(int type, const struct address *at, uint32_t ancillary)
{
	struct moment moments[MANY];
	struct address bound;
	struct hand hand;
	int fd;

	stamping_open(&hand, ancillary);
	bound = hand_listen(&hand, type, at);
	stamping_ready();
	fd = peer_connect(type, &bound);
	expect_opened(&hand, type);
	if (type != SOCK_DGRAM) { /* what a connection brings along is another test's */
		peer_send(fd, "x", 1);
		(void)hand_expect(&hand, MESSAGE_DATA);
	}
	for (unsigned i = 0; i < MANY; i++)
		moments[i] = stamping_send(fd, &(uint8_t){ (uint8_t)i }, 1);
	for (unsigned i = 0; i < MANY; i++) {
		struct message *message = hand_expect(&hand, MESSAGE_DATA);

		cr_assert_eq(message->length, 1);
		cr_assert_eq(message->data[0], i);
		stamping_check(message, &moments[i]);
		message->reply = 1;
	}
	for (unsigned i = 0; i < MANY; i++) {
		uint8_t answer;

		hand_receive(&hand, fd, &answer, 1);
		cr_assert_eq(answer, i);
	}
	(void)close(fd);
	hand_close(&hand);
	address_unlink(&bound);
}

Test(arrival, each_of_many_datagrams_has_its_own_time)
{
	struct address at = address_ip("127.0.0.1", 0), any = address_ip("0.0.0.0", 0);

	check_many(SOCK_DGRAM, &at, ANCILLARY_ARRIVAL);
	check_many(SOCK_DGRAM, &any, SETTING_ARRIVALS);
}

Test(arrival, each_of_many_records_has_its_own_time)
{
	struct address at = address_unix_fresh();

	if (record_stamp() != STAMP_KERNEL)
		cr_skip_test("records on direct descriptors have no time of the kernel's");
	check_many(SOCK_SEQPACKET, &at, ANCILLARY_ARRIVAL);
}

/* They have waited in the socket since before the engine knew of the connection. */
static struct message *accept_with(struct hand *hand, int type, const struct address *at,
				   struct address *ret_bound, int *ret_fd,
				   struct moment *ret_moment)
{
	stamping_open(hand, ANCILLARY_ARRIVAL);
	*ret_bound = hand_listen(hand, type, at);
	stamping_ready();
	*ret_fd = peer_connect(type, ret_bound);
	*ret_moment = stamping_send(*ret_fd, "early", 5);
	(void)hand_expect(hand, MESSAGE_OPENED);
	return hand_expect(hand, MESSAGE_DATA);
}

Test(arrival, what_a_tcp_client_sends_before_it_is_accepted_has_its_time)
{
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct moment moment;
	struct message *message;
	struct hand hand;
	int fd;

	message = accept_with(&hand, SOCK_STREAM, &at, &bound, &fd, &moment);
	stamping_check(message, &moment);
	(void)close(fd);
	hand_close(&hand);
}

/* The kernel would make a time up for such a record, and call it its own. */
Test(arrival, a_record_sent_before_the_connection_is_accepted_has_no_time_of_the_kernels)
{
	struct address at = address_unix_fresh(), bound;
	struct moment moment;
	struct message *message;
	struct hand hand;
	int fd;

	message = accept_with(&hand, SOCK_SEQPACKET, &at, &bound, &fd, &moment);
	stamping_check_own(message, &moment);
	moment = stamping_send(fd, "later", 5);
	message = hand_expect(&hand, MESSAGE_DATA);
	if (record_stamp() == STAMP_KERNEL)
		stamping_check(message, &moment);
	(void)close(fd);
	hand_close(&hand);
	address_unlink(&bound);
}

Test(arrival, waiting_for_stamps_ends)
{
	int error = engine_stamps_ready(0);

	cr_assert(error == 0 || error == -ETIME, "%s", strerror(-error));
}

Test(arrival, waiting_for_stamps_says_what_the_kernel_refuses)
{
	struct rlimit limit, none;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	cr_assert_eq(engine_stamps_ready(1000000000), -EMFILE);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}
