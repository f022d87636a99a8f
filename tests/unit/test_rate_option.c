/* --rate-limit, --rate-ceiling, --rate-trust and --refuse-ports as they are written. */
#include <criterion/criterion.h>
#include <string.h>

#include "serve/port_list.h"
#include "serve/rate_option.h"

TestSuite(rate_option);

static void assert_rate(const char *text, enum rate_mode mode, uint32_t per_second, uint32_t burst)
{
	struct rate_option rate = { 0 };
	struct error error;

	cr_assert_eq(rate_limit_parse(text, &rate, &error), 0, "%s", error.text);
	cr_assert_eq(rate.mode, mode);
	cr_assert_eq(rate.per_second, per_second);
	cr_assert_eq(rate.burst, burst);
}

Test(rate_option, is_a_word_or_a_rate_with_a_burst)
{
	assert_rate("auto", RATE_AUTO, 0, 0);
	assert_rate("off", RATE_OFF, 0, 0);
	assert_rate("1", RATE_GIVEN, 1, 1);
	assert_rate("1000", RATE_GIVEN, 1000, 1000);
	assert_rate("2k:5", RATE_GIVEN, 2000, 5);
	assert_rate("10M:10M", RATE_GIVEN, 10000000, 10000000);
}

Test(rate_option, that_is_something_else_is_refused)
{
	static const char *const texts[] = {
		"",	 "0",	  "-1",	   "10M1",
		"11M",	 "1:0",	  "1:",	   ":1",
		"1:1:1", "on",	  "Off",   "1/s",
		"1 2",	 "auto:", "off:1", "99999999999999999999999999999999999"
	};
	struct rate_option rate = { .per_second = 77 };
	struct error error;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cr_assert_lt(rate_limit_parse(texts[i], &rate, &error), 0, "%s", texts[i]);
		cr_assert_lt(rate_ceiling_parse(texts[i], &rate, &error), 0, "%s", texts[i]);
	}
	cr_assert_lt(rate_ceiling_parse("1000:1000", &rate, &error), 0);
	cr_assert_eq(rate.per_second, 77);
}

Test(rate_option, trust_adds_up)
{
	static struct trust_list list;
	struct error error;

	cr_assert_eq(trust_parse("192.0.2.0/24,2001:db8::/32", &list, &error), 0);
	cr_assert_eq(trust_parse("198.51.100.1", &list, &error), 0);
	cr_assert_eq(list.count, 3);
	cr_assert_lt(trust_parse("198.51.100.2,", &list, &error), 0);
	cr_assert_lt(trust_parse("198.51.100.2,x", &list, &error), 0);
	cr_assert_not_null(strstr(error.text, "'x'"));
	cr_assert_eq(list.count, 3);
}

Test(rate_option, trust_ends_at_a_number_of_networks)
{
	static struct trust_list list;
	struct error error;

	for (int i = 0; i < TRUST_MAX; i++)
		cr_assert_eq(trust_parse("192.0.2.1", &list, &error), 0);
	cr_assert_lt(trust_parse("192.0.2.1", &list, &error), 0);
}

Test(rate_option, ports_are_single_ones_and_ranges)
{
	static struct port_list list;
	struct error error;

	cr_assert_eq(port_list_parse("1434,5060-5070", &list, &error), 0);
	cr_assert_eq(port_list_parse("1-65535", &list, &error), 0);
	cr_assert_eq(list.count, 3);
	cr_assert_eq(list.items[0].first, 1434);
	cr_assert_eq(list.items[0].last, 1434);
	cr_assert_eq(list.items[1].first, 5060);
	cr_assert_eq(list.items[1].last, 5070);
	cr_assert_eq(list.items[2].last, 65535);
}

Test(rate_option, ports_that_are_none_are_refused)
{
	static const char *const texts[] = {
		"",
		",",
		"0",
		"65536",
		"7-5",
		"7-",
		"-7",
		"x",
		"1,,2",
		"1-2-3",
		"7,0",
		"1-99999999999999999999",
		"111111111111111111111111111111111111111111111111111"
	};
	static struct port_list list;
	struct error error;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_assert_lt(port_list_parse(texts[i], &list, &error), 0, "%s", texts[i]);
	cr_assert_eq(list.count, 0);
}

Test(rate_option, more_ports_than_there_is_room_for_are_refused)
{
	static struct port_list list;
	struct error error;

	for (int i = 0; i < PORT_RANGE_MAX; i++)
		cr_assert_eq(port_list_parse("7", &list, &error), 0);
	cr_assert_lt(port_list_parse("7", &list, &error), 0);
	cr_assert_not_null(strstr(error.text, "there are more than"), "%s", error.text);
	cr_assert_eq(list.count, PORT_RANGE_MAX);
}
