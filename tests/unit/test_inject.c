/* Rules of --inject, and which of a thread's answers they hit. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "serve/inject.h"

static struct inject_rules parsed(const char *text)
{
	struct inject_rules rules = { 0 };
	struct error error = { "" };

	cr_assert_eq(inject_rules_parse(text, &rules, &error), 0, "%s: %s", text, error.text);
	return rules;
}

Test(inject_rule, each_part_is_read)
{
	struct inject_rules rules = parsed("delay=150us:10%,drop=1%:udp,spin=2us,close=0.01%:tcp");

	cr_assert_eq(rules.count, 4);
	cr_assert_eq(rules.items[0].kind, INJECT_DELAY);
	cr_assert_eq(rules.items[0].time_ns, 150000);
	cr_assert_float_eq(rules.items[0].share, 0.1, 1e-12);
	cr_assert_eq(rules.items[0].transports, (1u << TRANSPORT_COUNT) - 1);
	cr_assert_eq(rules.items[1].kind, INJECT_DROP);
	cr_assert_eq(rules.items[1].transports, 1u << TRANSPORT_UDP);
	cr_assert_float_eq(rules.items[2].share, 1, 0);
	cr_assert_float_eq(rules.items[3].share, 0.0001, 1e-12);
}

Test(inject_rule, what_is_left_out_is_all_that_fits)
{
	const uint32_t datagrams = 1u << TRANSPORT_UDP | 1u << TRANSPORT_UNIXGRAM;

	cr_assert_eq(parsed("drop").items[0].transports, datagrams);
	cr_assert_float_eq(parsed("drop").items[0].share, 1, 0);
	cr_assert_eq(parsed("duplicate=1%").items[0].transports, datagrams);
	cr_assert_eq(parsed("close=unix").items[0].transports, 1u << TRANSPORT_UNIX);
	cr_assert_float_eq(parsed("spin=1us:unix").items[0].share, 1, 0);
}

Test(inject_rule, options_given_many_times_add_up)
{
	struct inject_rules rules = parsed("drop=1%");

	cr_assert_eq(inject_rules_parse("drop=2%,delay=1ms", &rules, NULL), 0);
	cr_assert_eq(rules.count, 3);
	cr_assert_str_eq(inject_rules_format(&rules).text, "drop=1%,drop=2%,delay=1ms:100%");
}

Test(inject_rule, what_is_written_is_read_again)
{
	const char *text = "delay=150us:12.5%:tcp,reorder=0.01%,spin=1s:100%:unixgram";
	struct inject_rules rules = parsed(text);

	cr_assert_str_eq(inject_rules_format(&rules).text, text);
}

Test(inject_rule, what_is_wrong_is_said)
{
	static const char *const cases[][2] = {
		{ "", "there is no fault ''" },
		{ "dealy=1ms", "did you mean delay?" },
		{ "drop=1%,", "there is no fault ''" },
		{ "drop=1%:tcp", "a stream cannot lose a part" },
		{ "drop=1%:unixpacket", "only datagrams get lost" },
		{ "duplicate=1%:unix", "a stream has each byte once" },
		{ "reorder=1%:tcp", "a stream keeps its order" },
		{ "close=1%:udp", "datagrams have no connection" },
		{ "drop=0%", "more than 0% and at most 100%, not 0%" },
		{ "drop=100.1%", "more than 0% and at most 100%" },
		{ "drop=-1%", "'-1%' is no share" },
		{ "drop=nan%", "'nan%' is no share" },
		{ "drop=%", "'%' is no share" },
		{ "drop=1%%", "'1%%' is no share" },
		{ "drop=1", "'1' is neither a share" },
		{ "drop=", "'' is neither a share" },
		{ "drop=1%:1%", "'1%' is not expected here" },
		{ "drop=udp:1%", "'1%' is not expected here" },
		{ "delay=10%", "delay needs a time, such as delay=150us" },
		{ "delay", "delay needs a time" },
		{ "delay=0s", "'0s' is no time" },
		{ "delay=2m", "is no time from 1ns to 1m" },
		{ "spin=2s", "is no time from 1ns to 1s" },
		{ "delay=1ms:sctp", "'sctp' is not expected here" },
		{ "delay=1parsec", "'1parsec' is no time" },
		{ "delay=000000000000000000000000000000000000000000000000000000000000001ms",
		  "is too long for a rule" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inject_rules rules = { 0 };
		struct error error = { "" };

		cr_assert_eq(inject_rules_parse(cases[i][0], &rules, &error), -EINVAL, "%s",
			     cases[i][0]);
		cr_assert_not_null(strstr(error.text, cases[i][1]), "'%s': '%s' does not say '%s'",
				   cases[i][0], error.text, cases[i][1]);
		cr_assert_eq(rules.count, 0);
	}
}

Test(inject_rule, a_rule_that_fits_no_listener_is_refused)
{
	struct inject_rules rules = parsed("delay=1ms,drop=1%");
	struct error error;

	cr_assert_eq(inject_rules_check(&rules, 1u << TRANSPORT_UDP, &error), 0);
	cr_assert_eq(inject_rules_check(&rules, 1u << TRANSPORT_TCP, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, "'drop=1%'"), "%s", error.text);
}

enum { MESSAGES = 100000, LENGTH = 64 };

static struct listener_list listeners;
static struct service_state states[LISTENER_MAX];
static struct departures departures = { .states = states };

static void use_transport(enum transport transport)
{
	listeners.count = 1;
	listeners.items[0].url.transport = transport;
	states[0].service = service_find("echo", 4);
}

/* What a seed does to so many messages: a bit each in ret_hit, which may be NULL. */
static struct inject_tally run(const char *text, uint64_t seed, uint32_t thread,
			       enum transport transport, bool *ret_hit)
{
	struct inject_rules rules = parsed(text);
	struct engine_config config;
	struct injector *injector;
	struct inject_tally tally;

	engine_config_init(&config);
	use_transport(transport);
	cr_assert_eq(
		injector_open(&rules, seed, thread, &listeners, &config, &departures, &injector),
		0);
	for (int i = 0; i < MESSAGES; i++) {
		uint8_t data[LENGTH] = { 0 };
		struct message message = {
			.data = data, .length = LENGTH, .reply = LENGTH, .kind = MESSAGE_DATA
		};
		int changed = 0;

		injector_apply(injector, NULL, &message, 1);
		for (int at = 0; at < LENGTH; at++)
			changed += data[at] != 0;
		cr_assert_leq(changed, 1);
		cr_assert(memcmp(data, (uint8_t[LENGTH / 2]){ 0 }, LENGTH / 2) == 0,
			  "the first half says whose answer it is");
		if (ret_hit)
			ret_hit[i] = changed > 0 || message.reply == 0;
	}
	tally = injector_tally(injector, 0);
	injector_close(injector);
	return tally;
}

/* Five standard deviations of a binomial distribution. */
static void check_share(uint64_t hits, double share)
{
	double mean = MESSAGES * share, bound = 5 * sqrt(MESSAGES * share * (1 - share));

	cr_assert_leq(fabs((double)hits - mean), bound, "%lu hits, not %.0f +- %.0f",
		      (unsigned long)hits, mean, bound);
}

Test(inject, shares_are_kept_and_counted)
{
	static bool hit[MESSAGES];
	static const double shares[] = { 0.001, 0.1, 0.5, 1 };
	static const char *const rules[] = { "drop=0.1%", "drop=10%", "drop=50%", "drop=100%" };

	for (int i = 0; i < 4; i++) {
		uint64_t hits = 0,
			 counted = run(rules[i], 1, 0, TRANSPORT_UDP, hit).done[INJECT_DROP];

		for (int at = 0; at < MESSAGES; at++)
			hits += hit[at];
		cr_assert_eq(hits, counted);
		check_share(hits, shares[i]);
	}
}

Test(inject, a_byte_is_flipped_and_counted)
{
	static bool hit[MESSAGES];
	uint64_t hits = 0,
		 counted = run("corrupt=5%", 7, 0, TRANSPORT_TCP, hit).done[INJECT_CORRUPT];

	for (int at = 0; at < MESSAGES; at++)
		hits += hit[at];
	cr_assert_eq(hits, counted);
	check_share(hits, 0.05);
}

Test(inject, what_is_dropped_suffers_nothing_else)
{
	struct inject_tally tally = run("corrupt=50%,drop=20%", 1, 0, TRANSPORT_UDP, NULL);

	check_share(tally.done[INJECT_DROP], 0.2);
	check_share(tally.done[INJECT_CORRUPT], 0.4);
}

Test(inject, the_same_seed_hits_the_same_answers)
{
	static bool first[MESSAGES], again[MESSAGES], other[MESSAGES], thread[MESSAGES];

	(void)run("drop=10%", 42, 0, TRANSPORT_UDP, first);
	(void)run("drop=10%,close=10%:tcp,spin=1ns:1%", 42, 0, TRANSPORT_UDP, again);
	(void)run("drop=10%", 43, 0, TRANSPORT_UDP, other);
	(void)run("drop=10%", 42, 1, TRANSPORT_UDP, thread);
	cr_assert_arr_eq(first, again, sizeof(first), "other rules change nothing");
	cr_assert(memcmp(first, other, sizeof(first)) != 0);
	cr_assert(memcmp(first, thread, sizeof(first)) != 0);
}

Test(inject, a_rule_is_for_its_transport_alone)
{
	cr_assert_eq(run("corrupt=50%:udp", 1, 0, TRANSPORT_TCP, NULL).done[INJECT_CORRUPT], 0);
}

Test(inject, closing_hangs_up_instead_of_an_answer)
{
	struct inject_rules rules = parsed("close=100%");
	struct message message = { .reply = 5, .length = 5, .kind = MESSAGE_DATA };
	struct engine_config config;
	struct injector *injector;

	engine_config_init(&config);
	use_transport(TRANSPORT_TCP);
	cr_assert_eq(injector_open(&rules, 1, 0, &listeners, &config, &departures, &injector), 0);
	injector_apply(injector, NULL, &message, 1);
	cr_assert_eq(message.reply, 0);
	cr_assert(message.flags & MESSAGE_HANG_UP);
	cr_assert_eq(injector_tally(injector, 0).done[INJECT_CLOSE], 1);
	injector_close(injector);
}
