/* Features: each says what it is, why not, and has really done its work when it says so. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

TestSuite(feature, .timeout = 60);

Test(feature, each_is_in_effect_or_says_why_not)
{
	struct engine_config config;
	struct engine *engine;

	setting_config(&config);
	cr_assert_eq(engine_open(setting_backend(), &config, &engine), 0);
	for (int i = 0; i < FEATURE_COUNT; i++) {
		const struct feature_state *state = &engine_features(engine)[i];
		bool by_name = (config.features.on | config.features.off) & 1u << i;

		cr_assert(state->reason[0], "%s gives no reason", features[i].name);
		if (config.features.on & 1u << i)
			cr_assert(state->requested, "%s: asked for", features[i].name);
		if (config.features.off & 1u << i)
			cr_assert(!state->requested && !state->effective, "%s: switched off",
				  features[i].name);
		if (!by_name)
			cr_assert_eq(state->requested, features[i].standard, "%s: its default",
				     features[i].name);
		if (state->effective)
			cr_assert(state->present, "%s: in effect, but not there", features[i].name);
	}
	engine_close(engine);
}

Test(feature, each_row_of_the_table_is_complete)
{
	for (int i = 0; i < FEATURE_COUNT; i++) {
		cr_assert(features[i].name && features[i].gain, "row %d", i);
		cr_assert(features[i].kernel && features[i].proof, "row %d", i);
		for (int j = 0; j < i; j++)
			cr_assert_str_neq(features[i].name, features[j].name);
	}
}

/* The suite's list of runs stands in meson.build; a new feature must not be forgotten there. */
Test(feature, each_has_a_run_of_its_own)
{
	const char *runs = getenv("RINGSIDE_TEST_FEATURE_RUNS");

	if (!runs)
		cr_skip_test("not started by Meson");
	for (int i = 0; i < FEATURE_COUNT; i++) {
		const char *found = strstr(runs, features[i].name);

		cr_assert_not_null(found, "no run for %s", features[i].name);
	}
}

Test(feature, the_probe_agrees_with_an_engine)
{
	struct feature_state probed[FEATURE_COUNT];
	struct engine_config config;
	struct engine *engine;
	int error = features_probe(probed);

	setting_config(&config);
	cr_assert_eq(engine_open(setting_backend(), &config, &engine), 0);
	if (strcmp(backend_name(setting_backend()), "uring") == 0)
		cr_assert_eq(error, 0);
	for (int i = 0; i < FEATURE_COUNT; i++) {
		cr_assert(probed[i].reason[0], "%s: the probe gives no reason", features[i].name);
		if (engine_features(engine)[i].effective)
			cr_assert(probed[i].present, "%s works, but the probe did not find it",
				  features[i].name);
	}
	engine_close(engine);
}

Test(feature, a_list_of_changes_is_understood)
{
	struct feature_request request = { 0 };
	const char *word;
	size_t length;

	cr_assert_eq(feature_request_parse("+zero_copy,-gso", &request, &word, &length), 0);
	cr_assert_eq(request.on, 1u << FEATURE_ZERO_COPY);
	cr_assert_eq(request.off, 1u << FEATURE_GSO);
	cr_assert_eq(feature_request_parse("none,+gso", &request, &word, &length), 0);
	cr_assert_eq(request.on, 1u << FEATURE_GSO);
	cr_assert_eq(request.off, ((1u << FEATURE_COUNT) - 1) & ~(1u << FEATURE_GSO));
	cr_assert_eq(feature_request_parse("+gso,-gso", &request, &word, &length), 0);
	cr_assert(request.off & 1u << FEATURE_GSO);
	cr_assert(!(request.on & 1u << FEATURE_GSO));
}

Test(feature, a_wrong_word_is_named_and_changes_nothing)
{
	static const char *const wrong[] = { "+gsoo", "gso", "+gso,+zerocopy", "+", "-none", "," };
	static const size_t lengths[] = { 5, 3, 9, 1, 5, 0 };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct feature_request request = { .on = 1 };
		const char *word;
		size_t length;

		cr_assert_eq(feature_request_parse(wrong[i], &request, &word, &length), -EINVAL,
			     "%s", wrong[i]);
		cr_assert_eq(length, lengths[i], "%s", wrong[i]);
		cr_assert_eq(request.on, 1);
	}
}

/* The engine counts what the kernel says in its completions; of a poll_first or a min_wait it says
 * nothing, so those are counted when asked for. What cannot be counted on the data path is looked
 * at from outside, with strace, by tests/program/test_features.py; what this machine has no
 * hardware for, not at all. */
static const uint32_t counted_outside = 1u << FEATURE_DEFER_TASKRUN | 1u << FEATURE_COOP_TASKRUN |
					1u << FEATURE_NO_SQARRAY | 1u << FEATURE_REGISTERED_RING |
					1u << FEATURE_SQPOLL | 1u << FEATURE_NAPI |
					1u << FEATURE_HUGE_PAGES | 1u << FEATURE_RESTRICTIONS;

static void exercise_streams(const struct address *bound)
{
	int fds[20];

	for (uint32_t i = 0; i < 20; i++)
		fds[i] = peer_connect(SOCK_STREAM, bound);
	for (uint32_t i = 0; i < 200; i++)
		peer_echo(fds[i % 20], i, 64);
	for (uint32_t i = 0; i < 20; i++) {
		peer_exchange(fds[i],
			      &(struct exchange){ .seed = i, .total = 1 << 19, .slow = true });
		(void)close(fds[i]);
	}
}

static void exercise_datagrams(const struct address *bound)
{
	const int segment = 100;
	uint8_t bytes[1000] = { 0 };
	int fd = peer_connect(SOCK_DGRAM, bound);

	(void)setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment));
	for (int round = 0; round < 50; round++) {
		peer_send(fd, bytes, sizeof(bytes));
		for (int i = 0; i < 10; i++)
			peer_receive(fd, bytes, (size_t)segment);
	}
	(void)close(fd);
}

/* Linux 5.10 cuts a run on loopback into its datagrams before they arrive: nothing is left for gro
 * to do. Do runs arrive here? */
static bool runs_arrive(void)
{
	const int segment = 100, on = 1;
	struct address at = address_ip("127.0.0.1", 0), bound;
	uint8_t bytes[1000] = { 0 };
	int from, to = peer_bind(SOCK_DGRAM, &at, 0);
	ssize_t length;

	bound = address_of(to);
	from = peer_connect(SOCK_DGRAM, &bound);
	(void)setsockopt(from, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment));
	(void)setsockopt(to, IPPROTO_UDP, UDP_GRO, &on, sizeof(on));
	peer_send(from, bytes, sizeof(bytes));
	length = recv(to, bytes, sizeof(bytes), 0);
	(void)close(from);
	(void)close(to);
	return length == sizeof(bytes);
}

/* An echo that asks now and then when it left: the others still leave in runs. */
static void answer_echo_and_ask(struct host *host, struct message *message)
{
	host_answer_echo(host, message);
	if (host->data % 10 == 0)
		message->flags |= MESSAGE_DEPARTURE;
}

Test(feature, each_in_effect_has_done_its_work)
{
	struct address at = address_ip("127.0.0.1", 0), tcp, udp;
	struct host host;
	bool effective[FEATURE_COUNT];
	uint32_t idle = counted_outside;

	host_init(&host);
	host.config.zero_copy_min = 2048;
	host.config.min_wait_count = 2;
	host.config.min_wait_us = 100;
	host.config.busy_poll_us = 50;
	tcp = host_listen(&host, SOCK_STREAM, &at);
	udp = host_listen(&host, SOCK_DGRAM, &at);
	if (host.config.features.on & 1u << FEATURE_DEPARTURES) {
		host.answer = answer_echo_and_ask;
		host.config.listener_ancillary = ANCILLARY_DEPARTURE;
		host.listeners[1].options.ancillary = ANCILLARY_DEPARTURE;
	}
	host_start(&host);
	for (int i = 0; i < FEATURE_COUNT; i++)
		effective[i] = engine_features(host.engine)[i].effective;
	idle |= effective[FEATURE_GRO] && !runs_arrive() ? 1u << FEATURE_GRO : 0;
	exercise_streams(&tcp);
	exercise_datagrams(&udp);
	host_stop(&host);
	for (int i = 0; i < FEATURE_COUNT; i++) {
		if (effective[i] && !(idle & 1u << i))
			cr_expect_gt(host.counters.feature_uses[i], 0,
				     "%s is in effect but did nothing", features[i].name);
		if (!effective[i])
			cr_expect_eq(host.counters.feature_uses[i], 0,
				     "%s is not in effect but was used", features[i].name);
	}
}
