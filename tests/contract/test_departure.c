/* When what was sent has left: each departure once, by its name, at a time that can be true. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hand.h"

enum { SENDS = 20, MANY = 100, NAME_CONTROL = 81 /* SCM_TS_OPT_ID */ };

TestSuite(departure, .timeout = 60);

static int64_t wall_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* An engine that is asked for departures. */
static void open_asking(struct hand *hand)
{
	struct engine_config config;

	setting_config(&config);
	config.client_ancillary = config.listener_ancillary = ANCILLARY_DEPARTURE;
	config.output_count = 2 * MANY;
	hand_open(hand, &config);
}

/* Can they be had in this run? io_uring needs its feature, which a run may have switched off. */
static bool has_departures(const struct hand *hand)
{
	bool uring = strcmp(backend_name(engine_backend(hand->engine)), "uring") == 0;

	return !uring || engine_features(hand->engine)[FEATURE_DEPARTURES].effective;
}

/* Does this kernel let a datagram name its stamp (6.13)? Replies need that. */
static bool has_names(void)
{
	struct address at = address_ip("127.0.0.1", 0);
	const uint32_t option = SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_SOFTWARE;
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(uint32_t))];
	} control = { .header = { .cmsg_level = SOL_SOCKET,
				  .cmsg_type = NAME_CONTROL,
				  .cmsg_len = CMSG_LEN(sizeof(uint32_t)) } };
	struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof(control) };
	int fd = peer_bind(SOCK_DGRAM, &at, 0);
	struct address self = address_of(fd);
	bool good;

	peer_join(fd, &self);
	good = setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &option, sizeof(option)) == 0 &&
	       sendmsg(fd, &message, 0) == 0;
	(void)close(fd);
	return good;
}

static uint32_t connect_to(struct hand *hand, int type, const struct address *to)
{
	const struct address unnamed = { .storage.ss_family = AF_UNIX,
					 .length = sizeof(sa_family_t) };
	int family = to->storage.ss_family;
	int fd = peer_socket(type, family,
			     family == AF_UNIX && type == SOCK_DGRAM ? &unnamed : NULL);
	uint32_t connection;

	cr_assert_eq(engine_connect(hand->engine, fd, address_bytes(to), to->length, &connection),
		     0);
	cr_assert_eq(hand_expect(hand, MESSAGE_OPENED)->connection, connection);
	return connection;
}

/* The next departure is of this name, and between two looks at the clock. */
static int64_t expect_departure(struct hand *hand, uint32_t connection, uint32_t name,
				int64_t after_ns)
{
	struct message *message = hand_expect(hand, MESSAGE_DEPARTED);

	cr_assert_eq(message->connection, connection);
	cr_assert_eq(message->departure, name, "%u instead of %u", message->departure, name);
	cr_assert_eq(message->stamp, STAMP_KERNEL);
	cr_assert_eq(message->clock, STAMP_REALTIME);
	cr_assert_geq(message->departed_ns, after_ns, "it left before it was sent");
	cr_assert_leq(message->departed_ns, wall_ns(), "it left in the future");
	return message->departed_ns;
}

/* Nothing more comes, and the engine is well. */
static void expect_quiet(struct hand *hand)
{
	while (hand->at < hand->count)
		cr_assert_neq(hand->batch[hand->at++].kind, MESSAGE_DEPARTED);
	for (int i = 0; i < 10; i++)
		cr_assert_eq(hand_turn(hand, 1000000), 0, "a message nobody expected: kind %u",
			     hand->batch[0].kind);
}

/* Receive a datagram and the time when the kernel says it arrived. */
static int64_t receive_timed(int fd)
{
	char bytes[64];
	uint8_t control[256];
	struct iovec vector = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct timespec time = { 0 };

	cr_assert_gt(recvmsg(fd, &message, 0), 0, "%s", strerror(errno));
	for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at))
		if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&time, CMSG_DATA(at), sizeof(time));
	cr_assert_gt(time.tv_sec, 0, "the peer's kernel stamps nothing");
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void check_datagrams(const struct address *at)
{
	const int on = 1;
	int peer = peer_bind(SOCK_DGRAM, at, 0);
	struct address bound = address_of(peer);
	struct hand hand;
	uint32_t connection;

	cr_assert_eq(setsockopt(peer, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)), 0);
	open_asking(&hand);
	connection = connect_to(&hand, SOCK_DGRAM, &bound);
	for (uint32_t i = 0; i < SENDS; i++) {
		int64_t before_ns = wall_ns(), left_ns;

		cr_assert_eq(engine_send(hand.engine, connection, "question", 8), 0);
		if (!has_departures(&hand)) {
			hand_await_input(&hand, peer);
			(void)receive_timed(peer);
			continue;
		}
		left_ns = expect_departure(&hand, connection, i, before_ns);
		cr_assert_leq(left_ns, receive_timed(peer), "it arrived before it left");
	}
	expect_quiet(&hand);
	cr_assert_eq(engine_counters(hand.engine)->departures_lost,
		     has_departures(&hand) ? 0 : SENDS);
	hand_close(&hand);
	(void)close(peer);
}

Test(departure, each_datagram_of_a_client_has_one_over_ipv4)
{
	struct address at = address_ip("127.0.0.1", 0);

	check_datagrams(&at);
}

Test(departure, each_datagram_of_a_client_has_one_over_ipv6)
{
	struct address at = address_ip("::1", 0);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (bind(fd, address_bytes(&at), at.length) != 0)
		cr_skip_test("no IPv6 on loopback");
	(void)close(fd);
	check_datagrams(&at);
}

/* All that a batch of sends brings, in any order. */
static void collect(struct hand *hand, uint32_t connection, uint32_t first, uint32_t count)
{
	bool seen[MANY] = { false };

	for (uint32_t i = 0; i < count; i++) {
		struct message *message = hand_expect(hand, MESSAGE_DEPARTED);
		uint32_t at = message->departure - first;

		cr_assert_eq(message->connection, connection);
		cr_assert_lt(at, count, "an unknown name, %u", message->departure);
		cr_assert(!seen[at], "%u has left twice", message->departure);
		seen[at] = true;
	}
}

Test(departure, many_at_once_leave_once_each)
{
	struct address at = address_ip("127.0.0.1", 0);
	int peer = peer_bind(SOCK_DGRAM, &at, 0);
	struct address bound = address_of(peer);
	struct hand hand;
	uint32_t connection;

	open_asking(&hand);
	if (!has_departures(&hand))
		cr_skip_test("this run has no departures");
	connection = connect_to(&hand, SOCK_DGRAM, &bound);
	for (uint32_t round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < MANY; i++)
			cr_assert_eq(engine_send(hand.engine, connection, &i, sizeof(i)), 0);
		collect(&hand, connection, round * MANY, MANY);
	}
	expect_quiet(&hand);
	cr_assert_eq(engine_counters(hand.engine)->departures_lost, 0);
	hand_close(&hand);
	(void)close(peer);
}

Test(departure, a_stream_says_which_byte_was_the_last)
{
	static const uint32_t lengths[] = { 64, 1, 100, 4000 };
	struct address at = address_ip("127.0.0.1", 0);
	int listener = peer_bind(SOCK_STREAM, &at, SOMAXCONN), peer;
	struct address bound = address_of(listener);
	uint8_t bytes[4000] = { 0 };
	uint32_t connection, sent = 0;
	struct hand hand;

	open_asking(&hand);
	connection = connect_to(&hand, SOCK_STREAM, &bound);
	peer = (int)TEMP_FAILURE_RETRY(accept(listener, NULL, NULL));
	for (uint32_t i = 0; i < SENDS; i++) {
		uint32_t length = lengths[i % 4];
		int64_t before_ns = wall_ns();

		cr_assert_eq(engine_send(hand.engine, connection, bytes, length), 0);
		sent += length;
		if (has_departures(&hand))
			(void)expect_departure(&hand, connection, sent - 1, before_ns);
		else
			hand_await_input(&hand, peer);
		peer_receive(peer, bytes, length);
	}
	expect_quiet(&hand);
	peer_send(peer, "answer", 6);
	cr_assert_eq(hand_expect(&hand, MESSAGE_DATA)->length, 6);
	(void)close(peer);
	cr_assert_eq(hand_expect(&hand, MESSAGE_CLOSED)->error, 0);
	hand_close(&hand);
	(void)close(listener);
}

static struct address listen_asking(struct hand *hand, int type, const struct address *at)
{
	const struct listener_options options = { .ancillary = ANCILLARY_DEPARTURE };
	int fd = peer_bind(type, at, 1);
	struct address bound = address_of(fd);

	cr_assert_eq(engine_listen(hand->engine, fd, &options, NULL), 0);
	return bound;
}

/* Every third reply is to be told, by a name that is no count and may look like an error. */
static uint32_t name_of(uint32_t i)
{
	return 0xfffffff0u + i * 7;
}

static void answer(struct hand *hand, uint32_t i)
{
	struct message *message = hand_expect(hand, MESSAGE_DATA);

	message->reply = message->length;
	message->departure = name_of(i);
	if (i % 3 == 0)
		message->flags |= MESSAGE_DEPARTURE;
}

static void check_replies(const struct address *at)
{
	struct address bound;
	struct hand hand;
	char bytes[8];
	int peer;

	open_asking(&hand);
	bound = listen_asking(&hand, SOCK_DGRAM, at);
	peer = peer_connect(SOCK_DGRAM, &bound);
	for (uint32_t i = 0; i < 3 * SENDS; i++) {
		int64_t before_ns = wall_ns();

		peer_send(peer, "question", 8);
		answer(&hand, i);
		if (has_departures(&hand) && i % 3 == 0)
			(void)expect_departure(&hand, 0, name_of(i), before_ns);
		else
			hand_await_input(&hand, peer);
		peer_receive(peer, bytes, 8);
	}
	expect_quiet(&hand);
	cr_assert_eq(engine_counters(hand.engine)->departures_lost,
		     has_departures(&hand) ? 0 : SENDS);
	hand_close(&hand);
	(void)close(peer);
}

Test(departure, a_reply_has_one_if_it_asks_for_it)
{
	struct address at = address_ip("127.0.0.1", 0), any = address_ip("0.0.0.0", 0);

	if (!has_names())
		cr_skip_test("this kernel does not let a datagram name its stamp");
	check_replies(&at);
	check_replies(&any);
}

Test(departure, replies_that_leave_together_are_told_apart)
{
	struct address at = address_ip("127.0.0.1", 0), bound;
	uint32_t expected = 0, told = 0;
	struct hand hand;
	char bytes[8];
	int peer;

	if (!has_names())
		cr_skip_test("this kernel does not let a datagram name its stamp");
	open_asking(&hand);
	bound = listen_asking(&hand, SOCK_DGRAM, &at);
	peer = peer_connect(SOCK_DGRAM, &bound);
	for (uint32_t i = 0; i < 3 * SENDS; i++)
		peer_send(peer, "question", 8);
	for (uint32_t i = 0; i < 3 * SENDS || told < expected;) {
		if (hand_next(&hand)->kind == MESSAGE_DEPARTED) {
			cr_assert_eq(hand.batch[hand.at - 1].departure, name_of(3 * told));
			told++;
			continue;
		}
		hand.at--; /* answer() takes it */
		answer(&hand, i);
		expected += has_departures(&hand) && i % 3 == 0;
		i++;
	}
	for (uint32_t i = 0; i < 3 * SENDS; i++)
		hand_receive(&hand, peer, bytes, 8);
	expect_quiet(&hand);
	hand_close(&hand);
	(void)close(peer);
}

Test(departure, what_cannot_be_told_is_counted)
{
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct hand hand;
	char bytes[8];
	int peer;

	open_asking(&hand);
	bound = listen_asking(&hand, SOCK_STREAM, &at);
	peer = peer_connect(SOCK_STREAM, &bound);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	peer_send(peer, "question", 8);
	answer(&hand, 0);
	hand_receive(&hand, peer, bytes, 8);
	expect_quiet(&hand);
	cr_assert_eq(engine_counters(hand.engine)->departures_lost, 1);
	hand_close(&hand);
	(void)close(peer);
}

static void check_unix(int type)
{
	struct address at = address_unix_fresh(), bound;
	int listener = peer_bind(type, &at, SOMAXCONN), peer = listener;
	struct hand hand;
	uint32_t connection;
	char bytes[8];

	bound = address_of(listener);
	open_asking(&hand);
	connection = connect_to(&hand, type, &bound);
	if (type != SOCK_DGRAM)
		peer = (int)TEMP_FAILURE_RETRY(accept(listener, NULL, NULL));
	for (int i = 0; i < SENDS; i++) {
		cr_assert_eq(engine_send(hand.engine, connection, "question", 8), 0);
		hand_receive(&hand, peer, bytes, 8);
	}
	expect_quiet(&hand);
	cr_assert_eq(engine_counters(hand.engine)->departures_lost, 0);
	hand_close(&hand);
	(void)close(listener);
	address_unlink(&bound);
}

Test(departure, unix_sockets_have_none)
{
	check_unix(SOCK_STREAM);
	check_unix(SOCK_SEQPACKET);
	check_unix(SOCK_DGRAM);
}

/* Stamps are announced as errors are: a real one must not be lost among them. */
Test(departure, a_refused_datagram_still_ends_its_client)
{
	struct address at = address_ip(address_private_host(), 0);
	int fd = peer_bind(SOCK_DGRAM, &at, 0);
	struct address silent = address_of(fd);
	struct hand hand;
	struct message *message;

	(void)close(fd);
	open_asking(&hand);
	for (int i = 0; i < SENDS; i++) {
		uint32_t connection = connect_to(&hand, SOCK_DGRAM, &silent);

		cr_assert_eq(engine_send(hand.engine, connection, "anybody?", 8), 0);
		message = hand_next(&hand);
		if (message->kind == MESSAGE_DEPARTED)
			message = hand_next(&hand);
		cr_assert_eq(message->kind, MESSAGE_CLOSED);
		cr_assert_eq(message->error, -ECONNREFUSED, "%s", strerror(-message->error));
	}
	hand_close(&hand);
}

static uint32_t descriptors(void)
{
	uint32_t count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* The ring closes in its own time. */
static void expect_descriptors(uint32_t count)
{
	time_t deadline = time(NULL) + PEER_DEADLINE_S;

	while (descriptors() != count)
		cr_assert_lt(time(NULL), deadline, "%u descriptors are open, not %u", descriptors(),
			     count);
}

/* A slot that is used again begins anew, whatever its last owner has left in the kernel. */
Test(departure, a_client_may_close_before_they_come)
{
	struct address at = address_ip("127.0.0.1", 0);
	int peer = peer_bind(SOCK_DGRAM, &at, 0);
	struct address bound = address_of(peer);
	uint32_t before = descriptors();
	struct hand hand;

	open_asking(&hand);
	for (int round = 0; round < 3 * SENDS; round++) {
		uint32_t connection = connect_to(&hand, SOCK_DGRAM, &bound);

		for (uint32_t i = 0; i < 10; i++)
			cr_assert_eq(engine_send(hand.engine, connection, &i, sizeof(i)), 0);
		if (round % 3 == 0 && has_departures(&hand))
			collect(&hand, connection, 0, 10);
		if (round % 3 == 1)
			(void)hand_turn(&hand, 0);
		if (round % 2 == 0)
			engine_reset(hand.engine, connection);
		else
			engine_hang_up(hand.engine, connection);
		while (hand_next(&hand)->kind != MESSAGE_CLOSED)
			cr_assert_eq(hand.batch[hand.at - 1].kind, MESSAGE_DEPARTED);
	}
	cr_assert_eq(engine_connections(hand.engine), 0);
	hand_close(&hand);
	(void)close(peer);
	expect_descriptors(before - 1);
}

Test(departure, an_engine_may_close_before_they_come)
{
	struct address at = address_ip("127.0.0.1", 0);
	int peer = peer_bind(SOCK_DGRAM, &at, 0);
	struct address bound = address_of(peer);
	uint32_t before = descriptors(), connection;
	struct hand hand;

	for (int round = 0; round < 5; round++) {
		open_asking(&hand);
		connection = connect_to(&hand, SOCK_DGRAM, &bound);
		for (uint32_t i = 0; i < 10; i++)
			cr_assert_eq(engine_send(hand.engine, connection, &i, sizeof(i)), 0);
		if (round % 2 == 0)
			(void)hand_turn(&hand, 0);
		hand_close(&hand);
	}
	expect_descriptors(before);
	(void)close(peer);
}

/* A drain does not wait for what may never come. */
Test(departure, a_drain_ends_while_they_are_waited_for)
{
	struct address at = address_ip("127.0.0.1", 0);
	time_t deadline = time(NULL) + PEER_DEADLINE_S;
	struct hand hand;

	open_asking(&hand);
	(void)listen_asking(&hand, SOCK_DGRAM, &at);
	(void)listen_asking(&hand, SOCK_STREAM, &at);
	(void)hand_turn(&hand, 0);
	engine_drain(hand.engine);
	do {
		cr_assert_lt(time(NULL), deadline, "the drain does not end");
		(void)hand_turn(&hand, 1000000);
	} while (engine_busy(hand.engine));
	hand_close(&hand);
}

Test(departure, asking_for_them_asks_for_the_feature)
{
	bool uring = strcmp(backend_name(setting_backend()), "uring") == 0;
	struct engine_config config;
	struct hand asking, other;

	open_asking(&asking);
	setting_config(&config);
	hand_open(&other, &config);
	if (!((config.features.on | config.features.off) & 1u << FEATURE_DEPARTURES)) {
		cr_assert_eq(engine_features(asking.engine)[FEATURE_DEPARTURES].requested, uring);
		cr_assert(!engine_features(other.engine)[FEATURE_DEPARTURES].requested);
	}
	hand_close(&other);
	hand_close(&asking);
}
