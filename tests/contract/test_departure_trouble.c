/* Departures in trouble: refused, held up, and never waited for. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "departing.h"
#include "stamping.h"

enum { SENDS = 20, ARGUMENTS_MAX = 16 };

TestSuite(departure_trouble, .timeout = 60);

/* Stamps are announced as errors are: a real one must not be lost among them. */
Test(departure_trouble, a_refused_datagram_still_ends_its_client)
{
	struct address at = address_ip(address_private_host(), 0);
	int fd = peer_bind(SOCK_DGRAM, &at, 0);
	struct address silent = address_of(fd);
	struct hand hand;
	struct message *message;

	(void)close(fd);
	stamping_open(&hand, ANCILLARY_DEPARTURE);
	for (int i = 0; i < SENDS; i++) {
		uint32_t connection = departing_connect(&hand, SOCK_DGRAM, &silent);

		cr_assert_eq(engine_send(hand.engine, connection, "anybody?", 8), 0);
		message = hand_next(&hand);
		if (message->kind == MESSAGE_DEPARTED)
			message = hand_next(&hand);
		cr_assert_eq(message->kind, MESSAGE_CLOSED);
		cr_assert_eq(message->error, -ECONNREFUSED, "%s", strerror(-message->error));
	}
	hand_close(&hand);
}

/* ip(8), in this process's network. */
static bool ip(const char *command)
{
	char text[128], name[] = "ip", *arguments[ARGUMENTS_MAX] = { name }, *rest = NULL;
	int status = -1;
	pid_t child;

	(void)snprintf(text, sizeof(text), "%s", command);
	arguments[1] = strtok_r(text, " ", &rest);
	for (int i = 2; i < ARGUMENTS_MAX && arguments[i - 1]; i++)
		arguments[i] = strtok_r(NULL, " ", &rest);
	return posix_spawnp(&child, "ip", NULL, NULL, arguments, environ) == 0 &&
	       RETRY(waitpid(child, &status, 0)) == child && status == 0;
}

/* A network of our own, and in it a host of which nobody knows the hardware address: what is sent
 * there waits in the socket's name. After three seconds it would be given up as unreachable: a busy
 * machine may need longer to run ip(8). */
static bool network_make(void)
{
	return unshare(CLONE_NEWNET) == 0 && ip("link set lo up") &&
	       ip("link add near type veth peer name far") &&
	       ip("address add 192.0.2.1/24 dev near") && ip("link set far up") &&
	       ip("link set near up") &&
	       ip("ntable change name arp_cache dev near mcast_probes 60");
}

/* The kernel takes some, says EAGAIN, and all are told by the names that they had. Each is longer
 * than the one before, so no two leave as one run. */
Test(departure_trouble, a_full_socket_mixes_no_names_up)
{
	enum { COUNT = 60, SEND_BUFFER = 4096 };
	const uint8_t bytes[COUNT + 1] = { 0 };
	const int size = SEND_BUFFER;
	struct address far = address_ip("192.0.2.2", 9);
	struct hand hand;
	uint32_t connection;
	int fd;

	if (!network_make())
		cr_skip_test("no network namespace with veth and ip(8) here");
	stamping_open(&hand, ANCILLARY_DEPARTURE);
	if (!departing_told(&hand))
		cr_skip_test("this run has no departures");
	fd = peer_socket(SOCK_DGRAM, AF_INET, NULL);
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	cr_assert_eq(engine_connect(hand.engine, fd, address_bytes(&far), far.length, &connection),
		     0);
	(void)hand_expect(&hand, MESSAGE_OPENED);
	for (uint32_t i = 0; i < COUNT; i++)
		cr_assert_eq(engine_send(hand.engine, connection, bytes, i + 1), 0);
	departing_expect_none(&hand);
	cr_assert_lt(engine_counters(hand.engine)->messages_out, COUNT, "nothing was held up");
	cr_assert(ip("neighbour replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev near"));
	departing_collect(&hand, connection, 0, COUNT);
	cr_assert_eq(engine_counters(hand.engine)->messages_out, COUNT);
	hand_close(&hand);
}

/* More stamps come at once than there is room for completions of them (io_uring). */
Test(departure_trouble, none_is_lost_where_more_come_than_there_is_room_for)
{
	enum { CLIENTS = 40, EACH = 50 };
	struct address at = address_ip("127.0.0.1", 0);
	int peer = peer_bind(SOCK_DGRAM, &at, 0);
	struct address bound = address_of(peer);
	const uint8_t bytes[EACH] = { 0 };
	uint32_t clients[CLIENTS], told[64] = { 0 };
	struct engine_config config;
	struct hand hand;

	setting_config(&config);
	setting_allow(&config, FEATURE_DEPARTURES);
	config.client_ancillary = ANCILLARY_DEPARTURE;
	config.completion_count = 1024;
	config.output_count = CLIENTS * EACH;
	hand_open(&hand, &config);
	if (!departing_told(&hand))
		cr_skip_test("this run has no departures");
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = departing_connect(&hand, SOCK_DGRAM, &bound);
	(void)hand_turn(&hand, 0);
	for (int i = 0; i < CLIENTS; i++)
		for (uint32_t j = 0; j < EACH; j++)
			cr_assert_eq(engine_send(hand.engine, clients[i], bytes, j + 1), 0);
	for (int i = 0; i < CLIENTS * EACH; i++) {
		struct message *message = hand_expect(&hand, MESSAGE_DEPARTED);

		cr_assert_lt(message->connection, 64);
		cr_assert_eq(message->departure, told[message->connection]++);
	}
	departing_expect_none(&hand);
	hand_close(&hand);
	(void)close(peer);
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
Test(departure_trouble, a_client_may_close_before_they_come)
{
	struct address at = address_ip("127.0.0.1", 0);
	int peer = peer_bind(SOCK_DGRAM, &at, 0);
	struct address bound = address_of(peer);
	uint32_t before = descriptors();
	struct hand hand;

	stamping_open(&hand, ANCILLARY_DEPARTURE);
	for (int round = 0; round < 3 * SENDS; round++) {
		uint32_t connection = departing_connect(&hand, SOCK_DGRAM, &bound);

		for (uint32_t i = 0; i < 10; i++)
			cr_assert_eq(engine_send(hand.engine, connection, &i, sizeof(i)), 0);
		if (round % 3 == 0 && departing_told(&hand))
			departing_collect(&hand, connection, 0, 10);
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

Test(departure_trouble, an_engine_may_close_before_they_come)
{
	struct address at = address_ip("127.0.0.1", 0);
	int peer = peer_bind(SOCK_DGRAM, &at, 0);
	struct address bound = address_of(peer);
	uint32_t before = descriptors(), connection;
	struct hand hand;

	for (int round = 0; round < 5; round++) {
		stamping_open(&hand, ANCILLARY_DEPARTURE);
		connection = departing_connect(&hand, SOCK_DGRAM, &bound);
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
Test(departure_trouble, a_drain_ends_while_they_are_waited_for)
{
	struct address at = address_ip("127.0.0.1", 0);
	time_t deadline = time(NULL) + PEER_DEADLINE_S;
	struct hand hand;

	stamping_open(&hand, ANCILLARY_DEPARTURE);
	(void)departing_listen(&hand, SOCK_DGRAM, &at);
	(void)departing_listen(&hand, SOCK_STREAM, &at);
	(void)hand_turn(&hand, 0);
	engine_drain(hand.engine);
	do {
		cr_assert_lt(time(NULL), deadline, "the drain does not end");
		(void)hand_turn(&hand, 1000000);
	} while (engine_busy(hand.engine));
	hand_close(&hand);
}

/* Does a socket still take it? */
static bool stamps_are_taken(void)
{
	const int flags = SOF_TIMESTAMPING_SOFTWARE;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool taken;

	cr_assert_geq(fd, 0);
	taken = setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) == 0;
	(void)close(fd);
	return taken;
}

/* From here on no socket of this process is stamped; false: that cannot be had. Where setsockopt()
 * is socketcall(2), as on 32-bit x86, no filter sees what it is asked for. */
static bool forbid_stamps(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsockopt, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SO_TIMESTAMPING, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOPROTOOPT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = sizeof(filter) / sizeof(filter[0]),
					    .filter = filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 && !stamps_are_taken();
}

/* Only who asks for departures is affected, and he goes on without them. */
Test(departure_trouble, auto_takes_epoll_where_io_uring_cannot_tell_them)
{
	struct engine_config config;
	struct engine *engine;
	const char *reason = NULL;

	setting_config(&config);
	if (strcmp(backend_name(setting_backend()), "uring") != 0 ||
	    (config.features.on & 1u << FEATURE_DEPARTURES))
		cr_skip_test("for io_uring that has not found out yet that stamps work");
	setting_allow(&config, FEATURE_DEPARTURES);
	if (!forbid_stamps())
		cr_skip_test("no seccomp filter of setsockopt() here");
	cr_assert_eq(engine_open_auto(&config, &engine, &reason), 0);
	cr_assert_str_eq(backend_name(engine_backend(engine)), "uring", "%s", reason);
	engine_close(engine);
	config.client_ancillary = ANCILLARY_DEPARTURE;
	cr_assert_eq(engine_open_auto(&config, &engine, &reason), 0);
	cr_assert_str_eq(backend_name(engine_backend(engine)), "epoll");
	cr_assert(strstr(reason, "departures"), "%s", reason);
	engine_close(engine);
}

Test(departure_trouble, where_nothing_is_stamped_all_else_works)
{
	struct address at = address_ip("127.0.0.1", 0);
	int peer = peer_bind(SOCK_DGRAM, &at, 0);
	struct address bound = address_of(peer);
	struct engine_config config;
	struct hand hand;
	uint32_t connection;
	char bytes[8];

	setting_config(&config);
	if (config.features.on & 1u << FEATURE_DEPARTURES)
		cr_skip_test("this run has found out that stamps work");
	if (!forbid_stamps())
		cr_skip_test("no seccomp filter of setsockopt() here");
	stamping_open(&hand, ANCILLARY_DEPARTURE);
	connection = departing_connect(&hand, SOCK_DGRAM, &bound);
	for (int i = 0; i < SENDS; i++) {
		cr_assert_eq(engine_send(hand.engine, connection, "question", 8), 0);
		hand_receive(&hand, peer, bytes, 8);
	}
	departing_expect_none(&hand);
	cr_assert_eq(engine_counters(hand.engine)->departures_lost, SENDS);
	hand_close(&hand);
	(void)close(peer);
}
