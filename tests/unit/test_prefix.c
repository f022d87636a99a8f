/* Networks: how they are written, and who belongs to them. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "net/prefix.h"

TestSuite(prefix);

static struct in6_addr address(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return prefix_address((const struct sockaddr *)&v4);
	cr_assert_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return prefix_address((const struct sockaddr *)&v6);
}

static bool has(const char *network, const char *host)
{
	struct in6_addr one = address(host);
	struct prefix prefix;
	struct error error;

	cr_assert_eq(prefix_parse(network, &prefix, &error), 0, "%s", error.text);
	return prefix_has(&prefix, &one);
}

Test(prefix, has_the_addresses_that_begin_with_its_bits)
{
	cr_assert(has("192.0.2.0/24", "192.0.2.255"));
	cr_assert_not(has("192.0.2.0/24", "192.0.3.0"));
	cr_assert(has("192.0.2.128/25", "192.0.2.128"));
	cr_assert_not(has("192.0.2.128/25", "192.0.2.127"));
	cr_assert(has("192.0.2.1", "192.0.2.1"));
	cr_assert_not(has("192.0.2.1", "192.0.2.0"));
	cr_assert(has("2001:db8::/33", "2001:db8:7fff::1"));
	cr_assert_not(has("2001:db8::/33", "2001:db8:8000::1"));
	cr_assert(has("2001:db8::1/128", "2001:db8::1"));
	cr_assert_not(has("2001:db8::1", "2001:db8::2"));
}

Test(prefix, of_no_bits_has_all_of_its_family)
{
	cr_assert(has("0.0.0.0/0", "255.255.255.255"));
	cr_assert_not(has("0.0.0.0/0", "2001:db8::1"));
	cr_assert(has("::/0", "2001:db8::1"));
	cr_assert(has("::/0", "192.0.2.1"), "which is one of IPv6, too");
}

Test(prefix, knows_an_ipv4_address_that_is_written_as_one_of_ipv6)
{
	cr_assert(has("192.0.2.0/24", "::ffff:192.0.2.1"));
	cr_assert(has("::ffff:192.0.2.0/120", "192.0.2.1"));
	cr_assert_not(has("::ffff:192.0.2.0/120", "192.0.3.1"));
}

Test(prefix, is_written_as_it_was_read)
{
	static const char *const texts[] = { "192.0.2.0/24",  "0.0.0.0/0", "192.0.2.1/32",
					     "2001:db8::/32", "::/0",	   "2001:db8::1/128" };
	struct prefix prefix;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cr_assert_eq(prefix_parse(texts[i], &prefix, NULL), 0);
		cr_assert_str_eq(prefix_format(&prefix).text, texts[i]);
	}
}

Test(prefix, refuses_what_is_none_and_leaves_the_result_alone)
{
	static const char *const texts[] = {
		"",	      "/24",	      "192.0.2/24",	"192.0.2.0/33",
		"192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/x",	"2001:db8::/129",
		"host/24",    "192.0.2.1/24", "2001:db8::1/64", "1.2.3.4/8/8"
	};
	struct prefix prefix = { .bits = 77 };
	struct error error;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cr_assert_lt(prefix_parse(texts[i], &prefix, &error), 0, "%s", texts[i]);
		cr_assert_eq(prefix.bits, 77);
	}
	(void)prefix_parse("192.0.2.1/24", &prefix, &error);
	cr_assert_str_eq(error.text,
			 "'192.0.2.1/24' is a host in the network 192.0.2.0/24; which is meant?");
}

Test(prefix, knows_loopback)
{
	static const char *const inside[] = { "127.0.0.1", "127.255.255.254", "::1",
					      "::ffff:127.0.0.1" };
	static const char *const outside[] = {
		"126.255.255.255",  "128.0.0.1", "0.0.0.0", "::", "::2",
		"::ffff:128.0.0.1", "::7f00:1"
	};

	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		struct in6_addr one = address(inside[i]);

		cr_assert(prefix_is_loopback(&one), "%s", inside[i]);
	}
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		struct in6_addr one = address(outside[i]);

		cr_assert_not(prefix_is_loopback(&one), "%s", outside[i]);
	}
}
