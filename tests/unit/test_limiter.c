/* Which answers are limited, to how many, and who is not. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "serve/limiter.h"

static struct serve_options options;
static struct listener_list listeners;
static struct rate_plan plan;

static struct address address(const char *host)
{
	struct address made = { 0 };

	if (inet_pton(AF_INET, host, &made.v4.sin_addr) == 1)
		made.v4.sin_family = AF_INET;
	else if (inet_pton(AF_INET6, host, &made.v6.sin6_addr) == 1)
		made.v6.sin6_family = AF_INET6;
	return made;
}

static uint16_t add(enum transport transport, const char *host)
{
	struct listener *listener = &listeners.items[listeners.count];

	listener->url.transport = transport;
	listener->bound.address = address(host);
	return (uint16_t)listeners.count++;
}

static void parse(const char *limit, const char *ceiling, const char *trust)
{
	cr_assert_eq(rate_limit_parse(limit, &options.rate_limit, NULL), 0);
	cr_assert_eq(rate_ceiling_parse(ceiling, &options.rate_ceiling, NULL), 0);
	if (trust)
		cr_assert_eq(trust_parse(trust, &options.rate_trust, NULL), 0);
}

static void start(const char *limit, const char *ceiling, const char *trust)
{
	parse(limit, ceiling, trust);
	options.threads = 1;
	cr_assert_eq(rate_plan_init(&plan, &options, &listeners), 0);
}

static void finish(void)
{
	rate_plan_finish(&plan);
}

TestSuite(limiter, .fini = finish);

static uint32_t allowed(uint16_t listener, const char *host, uint32_t asked)
{
	struct address peer = address(host);
	uint32_t count = 0;

	for (uint32_t i = 0; i < asked; i++)
		count += limiter_check(&plan, listener, &peer.any) == REFUSED_NOT;
	return count;
}

Test(limiter, by_default_limits_udp_that_others_can_reach)
{
	static const char *const reached[] = { "0.0.0.0", "::", "192.0.2.1", "2001:db8::1",
					       "fe80::1" };
	static const char *const own[] = { "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1" };

	for (size_t i = 0; i < sizeof(reached) / sizeof(reached[0]); i++)
		(void)add(TRANSPORT_UDP, reached[i]);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		(void)add(TRANSPORT_UDP, own[i]);
	(void)add(TRANSPORT_TCP, "0.0.0.0");
	(void)add(TRANSPORT_UNIXGRAM, "");
	start("auto", "auto", NULL);
	cr_assert_eq(plan.listener_count, 5);
	for (uint32_t i = 0; i < listeners.count; i++) {
		cr_assert_eq(plan.by_source[i], i < 5, "%u", i);
		cr_assert_eq(plan.ceilings[i].per_second, i < 5 ? RATE_CEILING_STANDARD : 0);
	}
	cr_assert_eq(plan.source.per_second, RATE_STANDARD);
	cr_assert_eq(plan.source.burst, RATE_STANDARD);
}

Test(limiter, that_is_off_has_no_ceiling_either_unless_one_is_asked_for)
{
	(void)add(TRANSPORT_UDP, "0.0.0.0");
	start("off", "auto", NULL);
	cr_assert_eq(plan.listener_count, 0);
	rate_plan_finish(&plan);
	start("off", "100", NULL);
	cr_assert_eq(plan.listener_count, 1);
	cr_assert_not(plan.by_source[0]);
	cr_assert_eq(plan.ceilings[0].per_second, 100);
	rate_plan_finish(&plan);
	start("auto", "off", NULL);
	cr_assert(plan.by_source[0]);
	cr_assert_eq(plan.ceilings[0].per_second, 0);
}

/* Of what is over the limit a quarter: with seven standard deviations to each side. */
Test(limiter, leaks_a_quarter_of_what_is_too_much)
{
	uint16_t listener = add(TRANSPORT_UDP, "0.0.0.0");
	uint32_t count;

	start("1:100", "off", NULL);
	count = allowed(listener, "192.0.2.1", 100);
	cr_assert_eq(count, 100);
	count = allowed(listener, "192.0.2.1", 100000);
	cr_assert(count > 24000 && count < 26000, "%u", count);
}

Test(limiter, lets_nothing_over_the_ceiling_not_the_leak_and_not_new_sources)
{
	uint16_t listener = add(TRANSPORT_UDP, "0.0.0.0");
	uint64_t start_ns = clock_now_ns(), seconds;
	uint32_t count = 0;
	char host[32];

	start("1000", "100", NULL);
	for (uint32_t i = 0; i < 60000; i++) {
		(void)snprintf(host, sizeof(host), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		count += allowed(listener, host, 1);
	}
	count += allowed(listener, "192.0.2.1", 60000);
	seconds = (clock_now_ns() - start_ns) / NS_PER_S + 1;
	cr_assert_leq(count, 100 * seconds);
	cr_assert_gt(count, 0);
}

Test(limiter, of_one_listener_has_a_ceiling_of_its_own)
{
	uint16_t first = add(TRANSPORT_UDP, "192.0.2.1"), second = add(TRANSPORT_UDP, "192.0.2.2");

	start("off", "1", NULL);
	cr_assert_eq(allowed(first, "198.51.100.1", 1), 1);
	cr_assert_eq(allowed(second, "198.51.100.1", 1), 1);
}

Test(limiter, exempts_this_host_and_who_is_trusted)
{
	uint16_t listener = add(TRANSPORT_UDP, "::");

	start("1", "1", "192.0.2.0/24,2001:db8::/32");
	cr_assert_eq(allowed(listener, "127.0.0.1", 1000), 1000);
	cr_assert_eq(allowed(listener, "::1", 1000), 1000);
	cr_assert_eq(allowed(listener, "::ffff:127.0.0.1", 1000), 1000);
	cr_assert_eq(allowed(listener, "192.0.2.77", 1000), 1000);
	cr_assert_eq(allowed(listener, "::ffff:192.0.2.77", 1000), 1000);
	cr_assert_eq(allowed(listener, "2001:db8:1::1", 1000), 1000);
	cr_assert_lt(allowed(listener, "192.0.3.1", 1000), 1000);
	cr_assert_lt(allowed(listener, "2001:db9::1", 1000), 1000);
}

/* What is not limited is not even looked at: no address, no clock. */
Test(limiter, leaves_other_listeners_alone)
{
	uint16_t listener;

	(void)add(TRANSPORT_UDP, "0.0.0.0");
	listener = add(TRANSPORT_UDP, "127.0.0.1");
	start("1", "1", NULL);
	for (int i = 0; i < 1000; i++)
		cr_assert_eq(limiter_check(&plan, listener, NULL), REFUSED_NOT);
}

static bool tells(struct error *ret_sentence)
{
	rate_plan_finish(&plan);
	options.threads = 1;
	cr_assert_eq(rate_plan_init(&plan, &options, &listeners), 0);
	return rate_plan_tell(&plan, &options, ret_sentence);
}

Test(limiter, tells_of_a_default_that_limits_and_of_options_that_do_nothing)
{
	struct error sentence;

	parse("auto", "auto", NULL);
	(void)add(TRANSPORT_UDP, "127.0.0.1");
	cr_assert_not(tells(&sentence));
	parse("auto", "100", NULL);
	cr_assert(tells(&sentence));
	cr_assert_not_null(strstr(sentence.text, "nothing is limited"));
	(void)add(TRANSPORT_UDP, "0.0.0.0");
	cr_assert(tells(&sentence));
	cr_assert_not_null(strstr(sentence.text, "1k a second to an address, 100 of a listener"));
	parse("auto", "off", NULL);
	cr_assert(tells(&sentence));
	cr_assert_not_null(strstr(sentence.text, "1k a second to an address; --rate-limit"));
	parse("1000", "auto", NULL);
	cr_assert_not(tells(&sentence));
	parse("off", "auto", NULL);
	cr_assert_not(tells(&sentence));
}
