/* The command line of ringside load: defaults, what is refused and how, and memory for it all. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "load/sizing.h"
#include "load_trial.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct trial trial;

static void finish(void)
{
	trial_finish(&trial);
}

TestSuite(load_options, .fini = finish);
TestSuite(load_sizing, .fini = finish);

static void accept_line(const char *line)
{
	cr_assert_eq(trial_parse(&trial, line), 0, "%s: %s", line, trial.error.text);
}

Test(load_options, bare_url_is_ten_seconds_of_verified_echo)
{
	accept_line("tcp://127.0.0.1:7");
	cr_assert_eq(trial.target.answers, ANSWERS_EQUAL);
	cr_assert(trial.options.verify);
	cr_assert_eq(trial.options.connections, 50);
	cr_assert_eq(trial.options.threads, 1);
	cr_assert_eq(trial.options.depth, 1);
	cr_assert_eq(trial.options.size.request.max, 64);
	cr_assert_eq(trial.options.duration_ns, 10 * NS_PER_S);
}

Test(load_options, number_of_requests_replaces_the_ten_seconds)
{
	accept_line("-n 5k tcp://127.0.0.1:7");
	cr_assert_eq(trial.options.requests, 5000);
	cr_assert_eq(trial.options.duration_ns, 0);
}

Test(load_options, number_of_requests_and_a_time_both_hold)
{
	accept_line("-n 5 -d 3s tcp://127.0.0.1:7");
	cr_assert_eq(trial.options.requests, 5);
	cr_assert_eq(trial.options.duration_ns, 3 * NS_PER_S);
}

Test(load_options, datagrams_are_given_up_sooner_than_streams)
{
	accept_line("udp://127.0.0.1:7");
	cr_assert_eq(trial.options.timeout_ns, NS_PER_S);
	trial_finish(&trial);
	accept_line("tcp://127.0.0.1:7");
	cr_assert_eq(trial.options.timeout_ns, 10 * NS_PER_S);
	trial_finish(&trial);
	accept_line("--timeout 70ms udp://127.0.0.1:7");
	cr_assert_eq(trial.options.timeout_ns, 70 * NS_PER_MS);
}

Test(load_options, no_thread_is_without_a_connection)
{
	accept_line("-t 8 -c 3 tcp://127.0.0.1:7");
	cr_assert_eq(trial.options.threads, 3);
}

Test(load_options, zero_threads_are_one_for_each_cpu)
{
	accept_line("-t 0 tcp://127.0.0.1:7");
	cr_assert_geq(trial.options.threads, 1);
}

Test(load_options, answers_of_other_services_are_not_verified)
{
	accept_line("ctime+udp://127.0.0.1:7");
	cr_assert_eq(trial.target.answers, ANSWERS_OTHER);
	cr_assert_not(trial.options.verify);
}

Test(load_options, a_session_has_a_port_and_a_size_of_its_own)
{
	accept_line("stamp+udp://127.0.0.1");
	cr_assert_str_eq(trial.target.url.port, "862");
	cr_assert_eq(trial.options.size.request.max, 44);
	cr_assert_eq(trial.options.stamps, LOAD_STAMPS_KERNEL);
	trial_finish(&trial);
	accept_line("stamp+unix:/x");
	cr_assert_eq(trial.options.stamps, LOAD_STAMPS_USER);
	trial_finish(&trial);
	accept_line("-s 44-1400 -p 9 stamp+udp://127.0.0.1:8620");
	cr_assert_str_eq(trial.target.url.port, "8620");
	trial_finish(&trial);
	accept_line("tcp://127.0.0.1:7");
	cr_assert_eq(trial.options.size.request.max, 64);
	cr_assert_eq(trial.options.stamps, LOAD_STAMPS_USER);
}

/* Each is refused with a sentence that has these words. */
static const struct {
	const char *line, *words;
} refused[] = {
	{ "-n 1", "URL" },
	{ "-n 1 tcp://127.0.0.1:7 tcp://127.0.0.1:8", "too many" },
	{ "-n 1 http://127.0.0.1:7", "http" },
	{ "-n 1 nothing+tcp://127.0.0.1:7", "no service 'nothing'" },
	{ "-n 1 ntp+udp://127.0.0.1", "no service 'ntp'" },
	{ "-n 1 x+tcp://127.0.0.1:7",
	  "echo, ctime, stamped, greeting, daytime, time, discard, chargen" },
	{ "-n 1 daytime+tcp://127.0.0.1:7", "udp://" },
	{ "-n 1 time+unix:/x", "udp://" },
	{ "-p 2 ctime+udp://127.0.0.1:7", "--depth 1" },
	{ "-p 2 greeting+tcp://127.0.0.1:7", "--depth 1" },
	{ "--verify greeting+tcp://127.0.0.1:7", "--verify" },
	{ "--verify --no-verify tcp://127.0.0.1:7", "exclude" },
	{ "-s 0 tcp://127.0.0.1:7", "--size 0" },
	{ "-s 0 unixpacket:/x", "--size 0" },
	{ "-s 65508 udp://127.0.0.1:7", "65507" },
	{ "-s 1M unixgram:/x", "--size" },
	{ "-s 2G tcp://127.0.0.1:7", "--size" },
	{ "-s 1 -p 257 udp://127.0.0.1:7", "--depth 257" },
	{ "-s 0 -p 2 udp://127.0.0.1:7", "--depth 2" },
	{ "-c 1M -p 60k tcp://127.0.0.1:7", "--depth" },
	{ "--reconnect-every 1 udp://127.0.0.1:7", "no connections" },
	{ "--close reset tcp://127.0.0.1:7", "--reconnect-every" },
	{ "-c 0 tcp://127.0.0.1:7", "--connections" },
	{ "--timeout 0 tcp://127.0.0.1:7", "--timeout" },
	{ "--backend kqueue tcp://127.0.0.1:7", "kqueue" },
	{ "--features +speed tcp://127.0.0.1:7", "speed" },
	{ "--sockopt nodelay=1 unix:/x", "nodelay" },
	{ "--cpus 1023 tcp://127.0.0.1:7", "1023" },
	{ "-s 64:1,0:1 tcp://127.0.0.1:7", "--size 64:1,0:1: tcp has no empty" },
	{ "-s pareto:1k udp://127.0.0.1:7", "at most; pareto:MIN:ALPHA:MAX ends at MAX" },
	{ "-s exp:60k udp://127.0.0.1:7", "at most; exp:MEAN:MAX ends at MAX" },
	{ "--threshold loss<1% discard+udp://127.0.0.1:7", "loss<1%: discard does not answer" },
	{ "--threshold p(9)<1s chargen+tcp://127.0.0.1:7", "chargen does not answer" },
	{ "--abort-on loss discard+udp://127.0.0.1:7", "--abort-on loss: discard" },
	{ "--pace spin tcp://127.0.0.1:7", "--pace is of an open loop" },
	{ "-R 9 --slip-limit 1ms tcp://127.0.0.1:7", "--slip skip and abort" },
	{ "-s 65500 stamped+udp://127.0.0.1:7", "udp takes 65480 bytes" },
	{ "-s 64,0 greeting+tcp://127.0.0.1:7", "1 to 1073741824 bytes" },
	{ "-s 64,2000M greeting+tcp://127.0.0.1:7", "1 to 1073741824 bytes" },
	{ "-s 1-64,64 tcp://127.0.0.1:7", "leave ,64 out" },
	{ "-s 64,65 tcp://127.0.0.1:7", "echo answers 64 bytes with 64, not with 65" },
	{ "-s 64,64 stamped+tcp://127.0.0.1:7", "64 bytes with 91, not with 64" },
	{ "-s 64,1 discard+tcp://127.0.0.1:7", "64 bytes with 0, not with 1" },
	{ "-p 2 stamped+tcp://127.0.0.1:7", "--depth 1" },
	{ "-p 2 chargen+tcp://127.0.0.1:7", "--depth 1" },
	{ "-s 1-64 -p 257 udp://127.0.0.1:7", "1 bytes cannot number" },
	{ "--verify discard+tcp://127.0.0.1:7", "--verify" },
	{ "--mode connect udp://127.0.0.1:7", "--mode connect: udp has no connections" },
	{ "--connect-rate 5 unixgram:/x", "--connect-rate: unixgram has no connections" },
	{ "--mode connect --reconnect-every 2 tcp://127.0.0.1:7", "leave" },
	{ "--mode connect -p 2 tcp://127.0.0.1:7", "--depth 1" },
	{ "--mode connect -R 5 tcp://127.0.0.1:7", "--connect-rate limits it" },
	{ "--mode connect discard+tcp://127.0.0.1:7", "discard does not answer" },
	{ "--mode connect chargen+tcp://127.0.0.1:7", "chargen does not answer" },
	{ "--mode later tcp://127.0.0.1:7", "later" },
	{ "--arrival poisson tcp://127.0.0.1:7", "--arrival is of an open loop" },
	{ "--slip skip tcp://127.0.0.1:7", "--slip is of an open loop" },
	{ "--abort-on slip tcp://127.0.0.1:7", "--abort-on slip is of an open loop" },
	{ "--abort-on luck tcp://127.0.0.1:7", "'luck' is not one of" },
	{ "-R 5 --think 1ms tcp://127.0.0.1:7", "--think is of a closed loop" },
	{ "-R 5 chargen+tcp://127.0.0.1:7", "chargen is of a closed loop" },
	{ "-R 5G tcp://127.0.0.1:7", "--rate" },
	{ "--think 1ms discard+tcp://127.0.0.1:7", "--think: discard does not answer" },
	{ "--reconnect-every 2 discard+tcp://127.0.0.1:7", "discard does not answer" },
	{ "--start-at 1000 tcp://127.0.0.1:7", "--start-at was" },
	{ "--start-at 4000000000 -x 2 tcp://127.0.0.1:7", "--runs 2 are more" },
	{ "--start-at 9999999999 tcp://127.0.0.1:7", "'9999999999' is not a moment" },
	{ "--start-at noon tcp://127.0.0.1:7", "'noon' is not a moment" },
	{ "-d 1s --steady slope:1%/5s tcp://127.0.0.1:7", "--duration 1s is shorter" },
	{ "--steady soon tcp://127.0.0.1:7", "slope:" },
	{ "--share 4/3 tcp://127.0.0.1:7", "'4/3' is not a share" },
	{ "--threshold p(99)<soon tcp://127.0.0.1:7", "p(99)<soon" },
	{ "-x 0 tcp://127.0.0.1:7", "--runs" },
	{ "-i 1ms tcp://127.0.0.1:7", "--interval" },
	{ "--json - --json-stream - tcp://127.0.0.1:7", "standard output" },
	{ "--json - --round-trips - stamp+udp://127.0.0.1", "standard output" },
	{ "--json x --round-trips x stamp+udp://127.0.0.1", "both write to 'x'" },
	{ "-s 43 stamp+udp://127.0.0.1", "--size 43: packets of stamp have 44 bytes or more" },
	{ "-s 45 stamp+tcp://127.0.0.1", "stamp over tcp has packets of 44 bytes" },
	{ "-s 44,45 stamp+udp://127.0.0.1", "answers 44 bytes with 44, not with 45" },
	{ "-s 65508 stamp+udp://127.0.0.1", "65507" },
	{ "--key-file /dev/null stamp+udp://127.0.0.1", "--key-file: '/dev/null' holds no key" },
	{ "--key-file /no/such stamp+udp://127.0.0.1", "'/no/such'" },
	{ "--key-file /etc/hostname stamp+tcp://127.0.0.1", "stamp over tcp is not signed" },
	{ "--key-file /etc/hostname tcp://127.0.0.1:7", "--key-file: echo does not tell" },
	{ "--stamps kernel stamp+unix:/x", "no times of unix; --stamps user" },
	{ "-c 4096 -p 2048 stamp+udp://127.0.0.1", "are more than 4194304 requests" },
	{ "--stamps hardware --split stamp+udp://127.0.0.1", "leave --stamps hardware out" },
	{ "--stamps hardware stamp+unixgram:/x", "unixgram has no network card" },
	{ "--stamps kernel udp://127.0.0.1:7", "--stamps: echo does not tell its times" },
	{ "--stamps card stamp+udp://127.0.0.1", "card" },
	{ "--stamp-format ptp tcp://127.0.0.1:7", "--stamp-format: echo" },
	{ "--round-trips x tcp://127.0.0.1:7", "--round-trips: echo" },
	{ "--mode connect stamp+tcp://127.0.0.1", "--mode connect: a session of stamp is one" },
	{ "--reconnect-every 5 stamp+tcp://127.0.0.1", "--reconnect-every: a session of stamp" },
	{ "echo+tcp://127.0.0.1", "a port is missing" },
};

Test(load_options, what_cannot_be_is_refused_with_the_reason)
{
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		cr_expect_lt(trial_parse(&trial, refused[i].line), 0, "%s", refused[i].line);
		cr_expect(strstr(trial.error.text, refused[i].words), "%s: %s", refused[i].line,
			  trial.error.text);
		trial_finish(&trial);
	}
}

Test(load_options, what_is_at_the_limit_is_taken)
{
	static const char *const lines[] = {
		"-s 65507 udp://127.0.0.1:7",
		"-s 1 -p 256 udp://127.0.0.1:7",
		"-s 0 udp://127.0.0.1:7",
		"-s 1Gi tcp://127.0.0.1:7",
		"-p 65536 tcp://127.0.0.1:7",
		"--reconnect-every 1 --close reset tcp://127.0.0.1:7",
		"-s 65480 stamped+udp://127.0.0.1:7",
		"-s 64,91 stamped+udp://127.0.0.1:7",
		"-s 64:1,64:2,64 tcp://127.0.0.1:7",
		"-s 64,0 discard+udp://127.0.0.1:7",
		"-s 1,1000 greeting+udp://127.0.0.1:7",
		"-s 64,9 chargen+tcp://127.0.0.1:7",
		"-p 9 stamped+udp://127.0.0.1:7",
		"-p 9 discard+tcp://127.0.0.1:7",
		"--mode connect --close reset --connect-rate 9 --think 1ms tcp://127.0.0.1:7",
		"--mode connect -n 5 greeting+tcp://127.0.0.1:7",
		"--mode connect unixpacket:/x",
		"-R 100M --slip abort --abort-on slip,loss,error tcp://127.0.0.1:7",
		"-R 9 --arrival uniform --slip skip --slip-limit 1ms udp://127.0.0.1:7",
		"-R 9 --reconnect-every 3 tcp://127.0.0.1:7",
		"-R 9 -p 3 discard+udp://127.0.0.1:7",
		"-R 9 --start-at 4000000000.5 --share 3/3 tcp://127.0.0.1:7",
		"-d 5s --steady slope:1%/5s -x 2 tcp://127.0.0.1:7",
		"-n 9 -O 1s --cooldown 1s -x 1000 tcp://127.0.0.1:7",
	};

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		cr_expect_eq(trial_parse(&trial, lines[i]), 0, "%s: %s", lines[i],
			     trial.error.text);
		trial_finish(&trial);
	}
}

Test(load_options, mode_connect_closes_after_each_request)
{
	accept_line("--mode connect tcp://127.0.0.1:7");
	cr_assert_eq(trial.options.reconnect_every, 1);
}

Test(load_options, who_has_no_cpu_to_spare_sleeps)
{
	accept_line("-R 9 -t 1000 -c 1000 tcp://127.0.0.1:7");
	cr_assert_eq(trial.options.pace, PACE_TIMER);
	trial_finish(&trial);
	accept_line("-R 9 -t 1000 -c 1000 --pace spin tcp://127.0.0.1:7");
	cr_assert_eq(trial.options.pace, PACE_SPIN);
}

static struct engine_config size_line(const char *line, uint32_t clients)
{
	struct engine_config config;

	accept_line(line);
	sizing_config(&trial.options, &trial.target, clients, &config);
	return config;
}

Test(load_sizing, every_small_request_has_its_output_memory)
{
	struct engine_config config = size_line("-c 1000 -p 16 -s 16 tcp://127.0.0.1:7", 1000);

	cr_assert_geq(config.connection_max, 1000);
	cr_assert_geq(config.output_size, 256);
	cr_assert_geq(config.output_count, 1000);
}

Test(load_sizing, ten_thousand_connections_stay_under_64_kib_each)
{
	struct engine_config config = size_line("-c 10k tcp://127.0.0.1:7", 10000);
	uint64_t bytes = (uint64_t)config.output_size * config.output_count +
			 (uint64_t)config.buffer_size * config.buffer_count +
			 (uint64_t)config.large_size * config.large_count;

	cr_assert_lt(bytes / 10000, 64 * 1024);
}

Test(load_sizing, large_requests_share_bounded_memory)
{
	struct engine_config config = size_line("-c 1000 -p 64 -s 1Mi tcp://127.0.0.1:7", 1000);

	cr_assert_leq((uint64_t)config.output_size * config.output_count, 64ull << 20);
}

Test(load_sizing, a_datagram_fits_one_buffer)
{
	struct engine_config config = size_line("-s 65507 udp://127.0.0.1:7", 50);

	cr_assert_geq(config.output_size, 65507);
	cr_assert_gt(config.datagram_count, 0);
}

Test(load_sizing, a_connection_and_its_successor_both_have_a_slot)
{
	struct engine_config config = size_line("-c 9 --reconnect-every 1 tcp://127.0.0.1:7", 9);

	cr_assert_geq(config.connection_max, 18);
}
