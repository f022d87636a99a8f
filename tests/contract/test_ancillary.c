/* What else comes with messages that are asked for it: peers, headers, and odd lengths. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "stamping.h"

enum {
	UDP_PAYLOAD_MAX = 65507,
	CLASS = 0xb8,
	ANSWER_CLASS = 0x28,
	HOPS = 33,
	ROUNDS = 24,
};

TestSuite(ancillary, .timeout = 60);

static void set_number(int fd, int level, int option, int value)
{
	cr_assert_eq(setsockopt(fd, level, option, &value, sizeof(value)), 0, "%s",
		     strerror(errno));
}

/* A client whose datagrams leave with these hops and this class, and which sees the class of what
 * it is answered. */
static int header_peer(const struct address *to)
{
	int fd = peer_connect(SOCK_DGRAM, to);

	if (to->storage.ss_family == AF_INET) {
		set_number(fd, IPPROTO_IP, IP_TTL, HOPS);
		set_number(fd, IPPROTO_IP, IP_TOS, CLASS);
		set_number(fd, IPPROTO_IP, IP_RECVTOS, 1);
	} else {
		set_number(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, HOPS);
		set_number(fd, IPPROTO_IPV6, IPV6_TCLASS, CLASS);
		set_number(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
	}
	return fd;
}

/* Receive a datagram of one byte; returns the class that it came with. */
static int receive_class(int fd, uint8_t *ret_byte)
{
	union {
		struct cmsghdr header;
		uint8_t bytes[128];
	} control;
	struct iovec vector = { .iov_base = ret_byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *found;

	cr_assert_eq(recvmsg(fd, &message, 0), 1, "%s", strerror(errno));
	for (found = CMSG_FIRSTHDR(&message); found; found = CMSG_NXTHDR(&message, found))
		if ((found->cmsg_level == IPPROTO_IP && found->cmsg_type == IP_TOS) ||
		    (found->cmsg_level == IPPROTO_IPV6 && found->cmsg_type == IPV6_TCLASS))
			return *CMSG_DATA(found);
	return -1;
}

static void check_header(const char *listen_at, const char *ask_at)
{
	struct address any = address_ip(listen_at, 0), to;
	struct message *message;
	struct hand hand;
	uint8_t byte;
	int fd;

	stamping_open(&hand, SETTING_ARRIVALS);
	any = hand_listen(&hand, SOCK_DGRAM, &any);
	to = address_ip(ask_at, address_port(&any));
	fd = header_peer(&to);
	for (int i = 0; i < 2; i++) {
		peer_send(fd, "?", 1);
		message = hand_expect(&hand, MESSAGE_DATA);
		cr_assert_eq(message->hop_limit, HOPS);
		cr_assert_eq(message->traffic_class, CLASS);
		message->reply = 1;
		message->answer_class = i == 0 ? ANSWER_CLASS : 0;
		hand_await_input(&hand, fd);
		cr_assert_eq(receive_class(fd, &byte), i == 0 ? ANSWER_CLASS : 0);
	}
	(void)close(fd);
	hand_close(&hand);
}

Test(ancillary, the_header_of_ipv4_comes_and_the_class_of_the_answer_goes)
{
	check_header("127.0.0.1", "127.0.0.1");
	check_header("0.0.0.0", "127.0.0.7");
}

Test(ancillary, the_header_of_ipv6_comes_and_the_class_of_the_answer_goes)
{
	struct address any = address_ip("::", 0);
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (bind(fd, address_bytes(&any), any.length) != 0)
		cr_skip_test("no IPv6 here");
	(void)close(fd);
	check_header("::1", "::1");
	check_header("::", "::1");
	check_header("::", "127.0.0.1");
}

/* Answers to one peer may leave as one: not if their classes differ. */
Test(ancillary, each_answer_has_the_class_that_it_was_given)
{
	static const uint8_t classes[] = { 0, 0, 0x20, 0x20, 0x20, 0x48 };
	struct address at = address_ip("127.0.0.1", 0);
	struct hand hand;
	int fd;

	stamping_open(&hand, SETTING_ARRIVALS);
	at = hand_listen(&hand, SOCK_DGRAM, &at);
	fd = header_peer(&at);
	for (unsigned i = 0; i < ROUNDS; i++)
		peer_send(fd, &(uint8_t){ (uint8_t)i }, 1);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct message *message = hand_expect(&hand, MESSAGE_DATA);

		message->reply = 1;
		message->answer_class = classes[message->data[0] % sizeof(classes)];
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t byte;

		hand_await_input(&hand, fd);
		cr_assert_eq(receive_class(fd, &byte), classes[i % sizeof(classes)]);
		cr_assert_eq(byte, i);
	}
	(void)close(fd);
	hand_close(&hand);
}

/* Each datagram has a time of its own, and they came from one peer to one address all the same. */
Test(ancillary, answers_to_one_peer_leave_together_although_their_times_differ)
{
	struct address at = address_ip("0.0.0.0", 0);
	struct hand hand;
	uint8_t bytes[ROUNDS];
	int fd;

	if (!setting_has(FEATURE_GSO))
		cr_skip_test("no runs of answers in this setting");
	stamping_open(&hand, SETTING_ARRIVALS);
	at = hand_listen(&hand, SOCK_DGRAM, &at);
	at = address_ip("127.0.0.1", address_port(&at));
	fd = header_peer(&at);
	for (unsigned i = 0; i < ROUNDS; i++)
		peer_send(fd, &(uint8_t){ (uint8_t)i }, 1);
	for (unsigned i = 0; i < ROUNDS; i++)
		hand_expect(&hand, MESSAGE_DATA)->reply = 1;
	for (unsigned i = 0; i < ROUNDS; i++) {
		hand_receive(&hand, fd, &bytes[i], 1);
		cr_assert_eq(bytes[i], i);
	}
	cr_assert_gt(engine_counters(hand.engine)->feature_uses[FEATURE_GSO], 0);
	(void)close(fd);
	hand_close(&hand);
}

static void check_peer(const struct address *at)
{
	struct address bound, own;
	struct message *message;
	struct hand hand;
	int fd;

	stamping_open(&hand, 0);
	bound = hand_listen(&hand, SOCK_DGRAM, at);
	fd = peer_connect(SOCK_DGRAM, &bound);
	own = address_of(fd);
	peer_send(fd, "who?", 4);
	message = hand_expect(&hand, MESSAGE_DATA);
	cr_assert_eq(message->peer_length, own.length);
	cr_assert_arr_eq(message->peer, &own.storage, own.length);
	(void)close(fd);
	hand_close(&hand);
	address_unlink(&bound);
}

Test(ancillary, a_datagram_names_its_sender_without_being_asked)
{
	struct address inet = address_ip("127.0.0.1", 0), path = address_unix_fresh();

	check_peer(&inet);
	check_peer(&path);
}

Test(ancillary, a_sender_without_a_name_has_none)
{
	struct address at = address_unix_fresh(), bound;
	struct message *message;
	struct hand hand;
	int fd = peer_socket(SOCK_DGRAM, AF_UNIX, NULL);

	stamping_open(&hand, ANCILLARY_ARRIVAL);
	bound = hand_listen(&hand, SOCK_DGRAM, &at);
	peer_join(fd, &bound);
	peer_send(fd, "who?", 4);
	message = hand_expect(&hand, MESSAGE_DATA);
	cr_assert_null(message->peer);
	cr_assert_eq(message->peer_length, 0);
	(void)close(fd);
	hand_close(&hand);
	address_unlink(&bound);
}

static void check_empty(const struct address *at)
{
	struct address bound;
	struct hand hand;
	int fd;

	stamping_open(&hand, SETTING_ARRIVALS);
	bound = hand_listen(&hand, SOCK_DGRAM, at);
	stamping_ready();
	fd = peer_connect(SOCK_DGRAM, &bound);
	for (int i = 0; i < 3; i++) {
		struct moment moment = stamping_send(fd, "", 0);
		struct message *message = hand_expect(&hand, MESSAGE_DATA);

		cr_assert_eq(message->length, 0);
		stamping_check(message, &moment);
	}
	(void)close(fd);
	hand_close(&hand);
	address_unlink(&bound);
}

Test(ancillary, an_empty_datagram_has_its_time)
{
	struct address inet = address_ip("127.0.0.1", 0), path = address_unix_fresh();

	check_empty(&inet);
	check_empty(&path);
}

static void check_truncated(int type, const struct address *at)
{
	static uint8_t bytes[6000];
	struct engine_config config;
	struct address bound;
	struct moment moment;
	struct message *message;
	struct hand hand;
	int fd;

	setting_config(&config);
	config.large_size = config.datagram_size = 4096;
	config.listener_ancillary = SETTING_ARRIVALS;
	hand_open(&hand, &config);
	bound = hand_listen(&hand, type, at);
	stamping_ready();
	fd = peer_connect(type, &bound);
	if (type != SOCK_DGRAM)
		(void)hand_expect(&hand, MESSAGE_OPENED);
	pattern_fill(1, 0, bytes, sizeof(bytes));
	moment = stamping_send(fd, bytes, sizeof(bytes));
	message = hand_expect(&hand, MESSAGE_DATA);
	cr_assert(message->flags & MESSAGE_TRUNCATED);
	cr_assert_lt(message->length, sizeof(bytes));
	cr_assert_gt(message->length, 3000);
	pattern_check(1, 0, message->data, message->length);
	if (type == SOCK_DGRAM)
		stamping_check(message, &moment);
	cr_assert_eq(engine_counters(hand.engine)->datagrams_truncated, 1);
	(void)close(fd);
	hand_close(&hand);
	address_unlink(&bound);
}

Test(ancillary, what_is_longer_than_the_buffer_says_so_and_has_its_time)
{
	struct address inet = address_ip("127.0.0.1", 0);
	struct address datagram = address_unix_fresh(), record;

	check_truncated(SOCK_DGRAM, &inet);
	check_truncated(SOCK_DGRAM, &datagram);
	record = address_unix_fresh();
	check_truncated(SOCK_SEQPACKET, &record);
}

Test(ancillary, the_longest_datagram_fits_beside_all_there_is_to_tell)
{
	struct address at = address_ip("0.0.0.0", 0);
	struct engine_config defaults;
	struct host host;
	int fd;

	engine_config_init(&defaults);
	host_init(&host);
	host.config.datagram_size = defaults.datagram_size;
	host.config.listener_ancillary = SETTING_ARRIVALS;
	at = host_listen(&host, SOCK_DGRAM, &at);
	host_start(&host);
	at = address_ip("127.0.0.1", address_port(&at));
	fd = peer_connect(SOCK_DGRAM, &at);
	peer_echo(fd, 1, UDP_PAYLOAD_MAX);
	peer_echo(fd, 2, UDP_PAYLOAD_MAX - 1);
	(void)close(fd);
	host_stop(&host);
	cr_assert_eq(host.counters.datagrams_truncated, 0);
}

static void check_half_close(int type, const struct address *at)
{
	struct exchange exchange = { .seed = 5, .total = 3u << 20, .half_close = true };
	struct address bound;
	struct host host;
	int fd;

	host_init(&host);
	host.config.listener_ancillary = ANCILLARY_ARRIVAL;
	bound = host_listen(&host, type, at);
	host_start(&host);
	fd = peer_connect(type, &bound);
	peer_exchange(fd, &exchange);
	host_await_closed(&host, 1);
	(void)close(fd);
	host_stop(&host);
	cr_assert_eq(host.last_error, 0);
	address_unlink(&bound);
}

/* Megabytes move to large buffers on the way; their end comes after the last byte. */
Test(ancillary, a_stream_with_times_keeps_its_bytes_and_its_end)
{
	struct address inet = address_ip("127.0.0.1", 0), path = address_unix_fresh();

	check_half_close(SOCK_STREAM, &inet);
	check_half_close(SOCK_STREAM, &path);
}

static uint32_t descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	uint32_t count = 0;

	cr_assert_not_null(directory);
	while (readdir(directory))
		count++;
	(void)closedir(directory);
	return count;
}

static void send_descriptor(int fd)
{
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(4 * sizeof(int))];
	} control = { .header = { .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS,
				  .cmsg_len = CMSG_LEN(4 * sizeof(int)) } };
	char text[] = "take";
	struct iovec vector = { .iov_base = text, .iov_len = 4 };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	const int four[] = { fd, fd, fd, fd };

	memcpy(CMSG_DATA(&control.header), four, sizeof(four));
	cr_assert_eq(sendmsg(fd, &message, 0), 4, "%s", strerror(errno));
}

static void check_no_descriptors(int type)
{
	struct address at = address_unix_fresh(), bound;
	uint32_t before;
	struct hand hand;
	int fd;

	stamping_open(&hand, SETTING_ARRIVALS);
	bound = hand_listen(&hand, type, &at);
	fd = peer_connect(type, &bound);
	if (type != SOCK_DGRAM)
		(void)hand_expect(&hand, MESSAGE_OPENED);
	before = descriptors();
	for (int i = 0; i < 5; i++) {
		send_descriptor(fd);
		(void)hand_expect(&hand, MESSAGE_DATA);
	}
	cr_assert_eq(descriptors(), before, "a peer's descriptors were taken");
	(void)close(fd);
	hand_close(&hand);
	address_unlink(&bound);
}

/* Nobody would ever close them. */
Test(ancillary, descriptors_that_a_peer_sends_are_not_taken)
{
	check_no_descriptors(SOCK_DGRAM);
	check_no_descriptors(SOCK_SEQPACKET);
	check_no_descriptors(SOCK_STREAM);
}
