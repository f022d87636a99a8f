/* When what was sent has left: each departure once, by its name, at a time that can be true. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "departing.h"
#include "stamping.h"

enum { SENDS = 20, MANY = DEPARTING_MANY };

TestSuite(departure, .timeout = 60);

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
	stamping_open(&hand, ANCILLARY_DEPARTURE);
	connection = departing_connect(&hand, SOCK_DGRAM, &bound);
	for (uint32_t i = 0; i < SENDS; i++) {
		int64_t before_ns = wall_ns(), left_ns;

		cr_assert_eq(engine_send(hand.engine, connection, "question", 8), 0);
		if (!departing_told(&hand)) {
			hand_await_input(&hand, peer);
			(void)receive_timed(peer);
			continue;
		}
		left_ns = departing_expect(&hand, connection, i, before_ns);
		cr_assert_leq(left_ns, receive_timed(peer), "it arrived before it left");
	}
	departing_expect_none(&hand);
	cr_assert_eq(engine_counters(hand.engine)->departures_lost,
		     departing_told(&hand) ? 0 : SENDS);
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

Test(departure, many_at_once_leave_once_each)
{
	struct address at = address_ip("127.0.0.1", 0);
	int peer = peer_bind(SOCK_DGRAM, &at, 0);
	struct address bound = address_of(peer);
	struct hand hand;
	uint32_t connection;

	stamping_open(&hand, ANCILLARY_DEPARTURE);
	if (!departing_told(&hand))
		cr_skip_test("this run has no departures");
	connection = departing_connect(&hand, SOCK_DGRAM, &bound);
	for (uint32_t round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < MANY; i++)
			cr_assert_eq(engine_send(hand.engine, connection, &i, sizeof(i)), 0);
		departing_collect(&hand, connection, round * MANY, MANY);
	}
	departing_expect_none(&hand);
	cr_assert_eq(engine_counters(hand.engine)->departures_lost, 0);
	hand_close(&hand);
	(void)close(peer);
}

/* A turn, and the departures that it brings; returns the name of the one to come. */
static uint32_t turn_departures(struct hand *hand, uint64_t wait_ns, uint32_t next)
{
	(void)hand_turn(hand, wait_ns);
	for (uint32_t i = 0; i < hand->count; i++)
		cr_assert_eq(hand->batch[i].departure, next++);
	return next;
}

/* No two of one turn leave as a run, and nobody waits for them: the receive buffer would not hold a
 * tenth of them. */
Test(departure, those_of_many_turns_are_read_as_fast_as_they_come)
{
	enum { TURNS = 80, EACH = 32, WAIT_NS = 1000000 };
	struct address at = address_ip("127.0.0.1", 0);
	int peer = peer_bind(SOCK_DGRAM, &at, 0);
	struct address bound = address_of(peer);
	const uint8_t bytes[EACH] = { 0 };
	uint32_t connection, next = 0;
	struct hand hand;

	stamping_open(&hand, ANCILLARY_DEPARTURE);
	if (!departing_told(&hand))
		cr_skip_test("this run has no departures");
	connection = departing_connect(&hand, SOCK_DGRAM, &bound);
	for (uint32_t turn = 0; turn < TURNS; turn++) {
		for (uint32_t i = 0; i < EACH; i++) {
			int error;

			/* A submission thread gives memory back in its own time. */
			while ((error = engine_send(hand.engine, connection, bytes, i + 1)) ==
			       -EAGAIN)
				next = turn_departures(&hand, WAIT_NS, next);
			cr_assert_eq(error, 0);
		}
		next = turn_departures(&hand, 0, next);
	}
	for (hand.at = hand.count; next < TURNS * EACH; next++)
		cr_assert_eq(hand_expect(&hand, MESSAGE_DEPARTED)->departure, next);
	departing_expect_none(&hand);
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

	stamping_open(&hand, ANCILLARY_DEPARTURE);
	connection = departing_connect(&hand, SOCK_STREAM, &bound);
	peer = (int)RETRY(accept(listener, NULL, NULL));
	for (uint32_t i = 0; i < SENDS; i++) {
		uint32_t length = lengths[i % 4];
		int64_t before_ns = wall_ns();

		cr_assert_eq(engine_send(hand.engine, connection, bytes, length), 0);
		sent += length;
		if (departing_told(&hand))
			(void)departing_expect(&hand, connection, sent - 1, before_ns);
		else
			hand_await_input(&hand, peer);
		peer_receive(peer, bytes, length);
	}
	departing_expect_none(&hand);
	peer_send(peer, "answer", 6);
	cr_assert_eq(hand_expect(&hand, MESSAGE_DATA)->length, 6);
	(void)close(peer);
	cr_assert_eq(hand_expect(&hand, MESSAGE_CLOSED)->error, 0);
	hand_close(&hand);
	(void)close(listener);
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

	stamping_open(&hand, ANCILLARY_DEPARTURE);
	bound = departing_listen(&hand, SOCK_DGRAM, at);
	peer = peer_connect(SOCK_DGRAM, &bound);
	for (uint32_t i = 0; i < 3 * SENDS; i++) {
		int64_t before_ns = wall_ns();

		peer_send(peer, "question", 8);
		answer(&hand, i);
		if (departing_told(&hand) && i % 3 == 0)
			(void)departing_expect(&hand, 0, name_of(i), before_ns);
		else
			hand_await_input(&hand, peer);
		peer_receive(peer, bytes, 8);
	}
	departing_expect_none(&hand);
	cr_assert_eq(engine_counters(hand.engine)->departures_lost,
		     departing_told(&hand) ? 0 : SENDS);
	hand_close(&hand);
	(void)close(peer);
}

Test(departure, a_reply_has_one_if_it_asks_for_it)
{
	struct address at = address_ip("127.0.0.1", 0), any = address_ip("0.0.0.0", 0);

	if (!departing_named())
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

	if (!departing_named())
		cr_skip_test("this kernel does not let a datagram name its stamp");
	stamping_open(&hand, ANCILLARY_DEPARTURE);
	bound = departing_listen(&hand, SOCK_DGRAM, &at);
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
		expected += departing_told(&hand) && i % 3 == 0;
		i++;
	}
	for (uint32_t i = 0; i < 3 * SENDS; i++)
		hand_receive(&hand, peer, bytes, 8);
	departing_expect_none(&hand);
	hand_close(&hand);
	(void)close(peer);
}

Test(departure, what_cannot_be_told_is_counted)
{
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct hand hand;
	char bytes[8];
	int peer;

	stamping_open(&hand, ANCILLARY_DEPARTURE);
	bound = departing_listen(&hand, SOCK_STREAM, &at);
	peer = peer_connect(SOCK_STREAM, &bound);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	peer_send(peer, "question", 8);
	answer(&hand, 0);
	hand_receive(&hand, peer, bytes, 8);
	departing_expect_none(&hand);
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
	stamping_open(&hand, ANCILLARY_DEPARTURE);
	connection = departing_connect(&hand, type, &bound);
	if (type != SOCK_DGRAM)
		peer = (int)RETRY(accept(listener, NULL, NULL));
	for (int i = 0; i < SENDS; i++) {
		cr_assert_eq(engine_send(hand.engine, connection, "question", 8), 0);
		hand_receive(&hand, peer, bytes, 8);
	}
	departing_expect_none(&hand);
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

Test(departure, asking_for_them_asks_for_the_feature)
{
	bool uring = strcmp(backend_name(setting_backend()), "uring") == 0;
	struct engine_config config;
	struct hand asking, other;

	stamping_open(&asking, ANCILLARY_DEPARTURE);
	setting_config(&config);
	hand_open(&other, &config);
	if (!((config.features.on | config.features.off) & 1u << FEATURE_DEPARTURES)) {
		cr_assert_eq(engine_features(asking.engine)[FEATURE_DEPARTURES].requested, uring);
		cr_assert(!engine_features(other.engine)[FEATURE_DEPARTURES].requested);
	}
	hand_close(&other);
	hand_close(&asking);
}

/* Both ends in one engine, and all that can be asked for at once. */
Test(departure, what_leaves_arrives_later)
{
	const uint32_t everything = ANCILLARY_ARRIVAL | ANCILLARY_DEPARTURE | ANCILLARY_HARDWARE |
				    ANCILLARY_HEADER;
	const struct listener_options options = { .ancillary = everything };
	struct address at = address_ip("127.0.0.1", 0), bound;
	int64_t left_ns[2] = { 0 }, arrived_ns[2] = { 0 };
	uint32_t connection, count = 0;
	struct hand hand;
	int fd = peer_bind(SOCK_DGRAM, &at, 1);

	if (!departing_named())
		cr_skip_test("this kernel does not let a datagram name its stamp");
	bound = address_of(fd);
	stamping_open(&hand, everything);
	if (!departing_told(&hand))
		cr_skip_test("this run has no departures");
	cr_assert_eq(engine_listen(hand.engine, fd, &options, NULL), 0);
	connection = departing_connect(&hand, SOCK_DGRAM, &bound);
	stamping_ready();
	cr_assert_eq(engine_send(hand.engine, connection, "question", 8), 0);
	while (count < 4) {
		struct message *message = hand_next(&hand);
		bool client = message->flags & MESSAGE_CLIENT;
		bool answer = client != (message->kind == MESSAGE_DEPARTED);

		cr_assert_eq(message->stamp, STAMP_KERNEL);
		count++;
		if (message->kind == MESSAGE_DEPARTED) {
			left_ns[answer] = message->departed_ns;
			continue;
		}
		arrived_ns[answer] = message->arrived_ns;
		message->reply = answer ? 0 : message->length;
		message->flags |= answer ? 0 : MESSAGE_DEPARTURE;
	}
	cr_assert_leq(left_ns[0], arrived_ns[0]);
	cr_assert_leq(arrived_ns[0], left_ns[1]);
	cr_assert_leq(left_ns[1], arrived_ns[1]);
	hand_close(&hand);
}
