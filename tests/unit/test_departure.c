/*
 * Departures where the kernel counts the datagrams that are stamped, since they cannot bring a name
 * (before 6.13): the count is ours until a send fails, and then nothing is told any more.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/errqueue.h> /* needs <time.h> before it */

#include "engine/backend.h"

enum { WAIT_NS = 10000000, DEADLINE_S = 20, TOO_LONG = 66000 };

TestSuite(departure, .timeout = 60);

/* A client whose engine takes this kernel for an old one. */
static struct engine *open_counting(uint32_t *ret_connection)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(name);
	int peer = socket(AF_INET, SOCK_DGRAM, 0), fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct engine *engine = NULL;
	struct engine_config config;
	struct message *batch;

	cr_assert_eq(bind(peer, (struct sockaddr *)&name, length), 0);
	cr_assert_eq(getsockname(peer, (struct sockaddr *)&name, &length), 0);
	engine_config_init(&config);
	config.connection_max = 4;
	config.output_size = TOO_LONG;
	config.client_ancillary = ANCILLARY_DEPARTURE;
	cr_assert_eq(engine_open(&backend_epoll, &config, &engine), 0);
	if (engine->naming == NAMING_NONE)
		cr_skip_test("this kernel stamps nothing");
	engine->naming = NAMING_COUNTED;
	cr_assert_eq(engine_connect(engine, fd, (struct sockaddr *)&name, length, ret_connection),
		     0);
	cr_assert_eq(engine_turn(engine, ENGINE_WAIT_FOREVER, &batch), 1);
	cr_assert_eq(batch[0].kind, MESSAGE_OPENED);
	return engine;
}

static void expect_names(struct engine *engine, uint32_t first, uint32_t count)
{
	time_t deadline = time(NULL) + DEADLINE_S;
	uint32_t seen = 0;

	while (seen < count) {
		struct message *batch;
		int got = engine_turn(engine, WAIT_NS, &batch);

		cr_assert_geq(got, 0);
		cr_assert_lt(time(NULL), deadline, "%u of %u have come", seen, count);
		for (int i = 0; i < got; i++, seen++) {
			cr_assert_eq(batch[i].kind, MESSAGE_DEPARTED);
			cr_assert_eq(batch[i].departure, first + seen);
		}
	}
}

static void expect_nothing(struct engine *engine)
{
	struct message *batch;

	for (int i = 0; i < 5; i++)
		cr_assert_eq(engine_turn(engine, WAIT_NS, &batch), 0);
}

Test(departure, counted_names_are_those_of_the_sends)
{
	uint32_t connection;
	struct engine *engine = open_counting(&connection);

	for (uint32_t round = 0; round < 10; round++) {
		for (uint32_t i = 0; i < 10; i++)
			cr_assert_eq(engine_send(engine, connection, "datagram", 8), 0);
		expect_names(engine, 10 * round, 10);
	}
	cr_assert_eq(engine_counters(engine)->departures_lost, 0);
	engine_close(engine);
}

Test(departure, after_a_send_that_failed_none_is_told_by_count)
{
	static const uint8_t bytes[TOO_LONG];
	uint32_t connection;
	struct engine *engine = open_counting(&connection);

	for (uint32_t i = 0; i < 3; i++)
		cr_assert_eq(engine_send(engine, connection, bytes, 8), 0);
	cr_assert_eq(engine_send(engine, connection, bytes, TOO_LONG), 0);
	for (uint32_t i = 0; i < 3; i++)
		cr_assert_eq(engine_send(engine, connection, bytes, 8), 0);
	expect_names(engine, 0, 3);
	expect_nothing(engine);
	cr_assert_eq(engine_counters(engine)->messages_out, 6);
	cr_assert_eq(engine_counters(engine)->datagrams_dropped, 1);
	cr_assert_eq(engine_counters(engine)->departures_lost, 4);
	engine_close(engine);
}

/* A message as recvmsg(MSG_ERRQUEUE) gives it. */
struct error_message {
	struct msghdr header;
	alignas(struct cmsghdr) uint8_t bytes[256];
};

static void put(struct error_message *message, int level, int type, const void *data, size_t length)
{
	struct cmsghdr *control = (struct cmsghdr *)(message->bytes +
						     message->header.msg_controllen);

	*control = (struct cmsghdr){ .cmsg_level = level,
				     .cmsg_type = type,
				     .cmsg_len = (socklen_t)CMSG_LEN(length) };
	memcpy(CMSG_DATA(control), data, length);
	message->header.msg_control = message->bytes;
	message->header.msg_controllen += (socklen_t)CMSG_SPACE(length);
}

static void put_stamp(struct error_message *message, uint32_t type, uint32_t name, int which)
{
	struct scm_timestamping times = { 0 };
	struct sock_extended_err error = { .ee_errno = ENOMSG,
					   .ee_origin = SO_EE_ORIGIN_TIMESTAMPING,
					   .ee_info = type,
					   .ee_data = name };

	*message = (struct error_message){ 0 };
	times.ts[which] = (struct timespec){ .tv_sec = 5, .tv_nsec = 6 };
	put(message, SOL_SOCKET, SCM_TIMESTAMPING, &times, sizeof(times));
	put(message, IPPROTO_IPV6, IPV6_RECVERR, &error, sizeof(error));
}

/* A run of count datagrams from first on, of a client that has sent so many since. */
static void check_run(uint32_t first, uint32_t count, uint32_t since)
{
	struct engine engine = { .naming = NAMING_CHOSEN };
	struct connection client = { .flags = CONNECTION_CLIENT,
				     .kind = KIND_DATAGRAM,
				     .sends = first + count + since };
	struct departure departure = { 0 };
	uint32_t name = departure_name(&engine, &client, first, count);

	departure_resolve(&engine, &client, name, &departure);
	cr_assert_eq(departure.name, first, "%u and %u more: %u", first, count - 1, departure.name);
	cr_assert_eq(departure.count, count);
}

Test(departure, a_run_is_named_by_its_first_and_their_number)
{
	check_run(0, 1, 0);
	check_run(0, DEPARTURE_RUN_MAX, 0);
	check_run((1u << 26) - 1, 2, 300);
	check_run(1u << 26, 63, 0);
	check_run(UINT32_MAX, 1, 0);
	check_run(UINT32_MAX - 10, DEPARTURE_RUN_MAX, 100000);
}

/* Replies are called what the program likes, and a kernel that counts knows of no runs. */
Test(departure, other_names_are_left_as_they_are)
{
	const struct engine engines[] = { { .naming = NAMING_CHOSEN },
					  { .naming = NAMING_COUNTED } };
	const struct connection connections[] = {
		{ .kind = KIND_DATAGRAM }, { .kind = KIND_DATAGRAM, .flags = CONNECTION_CLIENT }
	};

	for (int i = 0; i < 2; i++) {
		struct departure departure = { 0 };

		cr_assert_not(departures_run(&engines[i], &connections[i]));
		cr_assert_eq(departure_name(&engines[i], &connections[i], 0xfedcba98, 1),
			     0xfedcba98);
		departure_resolve(&engines[i], &connections[i], 0xfedcba98, &departure);
		cr_assert_eq(departure.name, 0xfedcba98);
		cr_assert_eq(departure.count, 1);
	}
}

Test(departure, a_stamp_says_who_took_it)
{
	struct error_message message;
	struct departure departure;

	put_stamp(&message, SCM_TSTAMP_SND, 0x80000000u, 0);
	cr_assert(departure_read(&message.header, &departure));
	cr_assert_eq(departure.name, 0x80000000u);
	cr_assert_eq(departure.at_ns, 5000000006);
	cr_assert(!departure.hardware);
	put_stamp(&message, SCM_TSTAMP_SND, 7, 2);
	cr_assert(departure_read(&message.header, &departure));
	cr_assert(departure.hardware);
	cr_assert_eq(departure.at_ns, 5000000006);
}

Test(departure, what_is_no_stamp_of_a_departure_is_none)
{
	struct error_message acknowledged, bare = { 0 };
	struct sock_extended_err refused = { .ee_errno = ECONNREFUSED,
					     .ee_origin = SO_EE_ORIGIN_ICMP };
	struct departure departure;

	put_stamp(&acknowledged, SCM_TSTAMP_ACK, 7, 0);
	cr_assert(!departure_read(&acknowledged.header, &departure));
	cr_assert(!departure_read(&bare.header, &departure));
	put(&bare, IPPROTO_IP, IP_RECVERR, &refused, sizeof(refused));
	cr_assert(!departure_read(&bare.header, &departure));
}
