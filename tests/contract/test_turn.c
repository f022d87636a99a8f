/* Turns: how long they wait, what wakes them, and that spinning changes no byte. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "hand.h"
#include "host.h"

TestSuite(turning, .timeout = 60);

static void open_default(struct hand *hand)
{
	struct engine_config config;

	setting_config(&config);
	hand_open(hand, &config);
}

Test(turning, a_turn_without_a_wait_returns_at_once)
{
	struct hand hand;

	open_default(&hand);
	for (int i = 0; i < 1000; i++)
		cr_assert_eq(hand_turn(&hand, 0), 0);
	hand_close(&hand);
}

Test(turning, a_turn_waits_no_longer_than_asked)
{
	struct hand hand;

	open_default(&hand);
	for (int i = 0; i < 20; i++)
		cr_assert_eq(hand_turn(&hand, 1000 * 1000), 0);
	hand_close(&hand);
}

static void *wake(void *engine)
{
	engine_wake(engine);
	return NULL;
}

Test(turning, another_thread_ends_the_wait)
{
	struct hand hand;
	pthread_t thread;

	open_default(&hand);
	for (int i = 0; i < 100; i++) {
		cr_assert_eq(pthread_create(&thread, NULL, wake, hand.engine), 0);
		cr_assert_eq(hand_turn(&hand, ENGINE_WAIT_FOREVER), 0);
		(void)pthread_join(thread, NULL);
	}
	hand_close(&hand);
}

Test(turning, a_wake_before_the_turn_is_not_lost)
{
	struct hand hand;

	open_default(&hand);
	for (int i = 0; i < 100; i++) {
		engine_wake(hand.engine);
		cr_assert_eq(hand_turn(&hand, ENGINE_WAIT_FOREVER), 0);
	}
	hand_close(&hand);
}

static struct engine *engine_to_wake;

static void on_alarm(int signal)
{
	engine_wake(engine_to_wake);
}

Test(turning, a_signal_handler_may_wake)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	struct hand hand;

	open_default(&hand);
	engine_to_wake = hand.engine;
	(void)sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < 100; i++) {
		(void)raise(SIGUSR1);
		cr_assert_eq(hand_turn(&hand, ENGINE_WAIT_FOREVER), 0);
	}
	hand_close(&hand);
}

static volatile sig_atomic_t signals_seen;

static void on_signal(int signal)
{
	signals_seen = 1;
}

static void *interrupt(void *engine)
{
	(void)kill(getpid(), SIGUSR2);
	engine_wake(engine);
	return NULL;
}

Test(turning, a_signal_does_not_end_the_engine)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct address at = address_ip("127.0.0.1", 0), bound;
	struct hand hand;
	char bytes[4];
	int fd;

	(void)sigaction(SIGUSR2, &action, NULL);
	open_default(&hand);
	bound = hand_listen(&hand, SOCK_STREAM, &at);
	for (int i = 0; i < 20; i++) {
		pthread_t thread;

		cr_assert_eq(pthread_create(&thread, NULL, interrupt, hand.engine), 0);
		(void)hand_turn(&hand, ENGINE_WAIT_FOREVER);
		(void)pthread_join(thread, NULL);
	}
	cr_assert(signals_seen);
	fd = peer_connect(SOCK_STREAM, &bound);
	peer_send(fd, "ping", 4);
	while (hand.at == hand.count || hand.batch[hand.at++].kind != MESSAGE_DATA)
		if (hand.at == hand.count)
			(void)hand_turn(&hand, 1000 * 1000);
	hand.batch[hand.at - 1].reply = 4;
	hand_receive(&hand, fd, bytes, sizeof(bytes));
	cr_assert_arr_eq(bytes, "ping", 4);
	hand_close(&hand);
}

static void check_spinning(uint64_t spin_ns)
{
	struct address tcp = address_ip("127.0.0.1", 0), udp = tcp;
	struct host host;
	int stream, datagram;

	host_init(&host);
	host.config.spin_ns = spin_ns;
	tcp = host_listen(&host, SOCK_STREAM, &tcp);
	udp = host_listen(&host, SOCK_DGRAM, &udp);
	host_start(&host);
	stream = peer_connect(SOCK_STREAM, &tcp);
	datagram = peer_connect(SOCK_DGRAM, &udp);
	for (uint32_t i = 0; i < 200; i++) {
		peer_echo(stream, i, 1 + i * 5);
		peer_echo(datagram, i, 1 + i * 5);
	}
	peer_exchange(stream, &(struct exchange){ .total = 1 << 20, .half_close = true });
	host_await_closed(&host, 1);
	host_stop(&host);
	if (spin_ns)
		cr_assert_gt(host.counters.spins, 0);
	else
		cr_assert_eq(host.counters.spins, 0);
	cr_assert_leq(host.counters.spin_hits, host.counters.spins);
}

Test(turning, never_spinning_gives_the_right_bytes)
{
	check_spinning(0);
}

Test(turning, always_spinning_gives_the_right_bytes)
{
	check_spinning(50000);
}

Test(turning, adaptive_spinning_gives_the_right_bytes)
{
	check_spinning(ENGINE_SPIN_AUTO);
}

/* An idle engine that may spin sleeps: it polls once at most in its one wait of 200 ms. */
Test(turning, adaptive_spinning_lets_an_idle_engine_sleep)
{
	struct engine_config config;
	struct hand hand;

	setting_config(&config);
	config.spin_ns = ENGINE_SPIN_AUTO;
	hand_open(&hand, &config);
	cr_assert_eq(hand_turn(&hand, 200 * 1000 * 1000ull), 0);
	cr_assert_leq(engine_counters(hand.engine)->spins, 1);
	hand_close(&hand);
}

Test(turning, the_counters_add_up)
{
	struct address at = address_ip("127.0.0.1", 0);
	struct host host;
	int fd;

	host_init(&host);
	at = host_listen(&host, SOCK_STREAM, &at);
	host_start(&host);
	fd = peer_connect(SOCK_STREAM, &at);
	for (uint32_t i = 0; i < 10; i++)
		peer_echo(fd, i, 1000);
	(void)close(fd);
	host_await_closed(&host, 1);
	host_stop(&host);
	cr_assert_eq(host.counters.bytes_in, 10000);
	cr_assert_eq(host.counters.bytes_out, 10000);
	cr_assert_eq(host.counters.messages_in, host.data);
	cr_assert_eq(host.counters.accepted, 1);
	cr_assert_eq(host.counters.closed, 1);
	cr_assert_gt(host.counters.turns, 0);
	cr_assert_gt(host.counters.system_calls, 0);
	cr_assert_gt(host.counters.completions, 0);
}
