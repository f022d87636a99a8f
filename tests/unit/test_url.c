/* URLs: what they are read as, and what is wrong with those that are refused. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "net/address.h"
#include "net/url.h"

static struct url url;
static struct error problem;

static int parse(const char *text)
{
	return url_parse(text, NULL, &url, &problem);
}

static const char *refusal(const char *text)
{
	cr_assert_eq(parse(text), -EINVAL, "%s was taken", text);
	return problem.text;
}

Test(url, host_and_port_are_taken_apart)
{
	cr_assert_eq(parse("tcp://127.0.0.1:7777"), 0);
	cr_assert_eq(url.transport, TRANSPORT_TCP);
	cr_assert_str_eq(url.service, "");
	cr_assert_str_eq(url.host, "127.0.0.1");
	cr_assert_str_eq(url.port, "7777");
}

Test(url, service_stands_before_a_plus)
{
	cr_assert_eq(parse("ctime+udp://localhost:21567"), 0);
	cr_assert_eq(url.transport, TRANSPORT_UDP);
	cr_assert_str_eq(url.service, "ctime");
	cr_assert_str_eq(url.host, "localhost");
}

Test(url, ipv6_stands_in_brackets)
{
	cr_assert_eq(parse("greeting+tcp://[::]:21568"), 0);
	cr_assert_str_eq(url.host, "::");
	cr_assert_str_eq(url.port, "21568");
	cr_assert_eq(parse("udp://[fe80::1%lo]:7"), 0);
	cr_assert_str_eq(url.host, "fe80::1%lo");
}

Test(url, empty_host_is_all_addresses)
{
	cr_assert_eq(parse("tcp://:0"), 0);
	cr_assert_str_eq(url.host, "");
	cr_assert_str_eq(url.port, "0");
}

Test(url, port_may_be_a_name)
{
	cr_assert_eq(parse("tcp://localhost:echo"), 0);
	cr_assert_str_eq(url.port, "echo");
}

Test(url, missing_port_is_the_default)
{
	cr_assert_eq(url_parse("tcp://localhost", "7777", &url, &problem), 0);
	cr_assert_str_eq(url.port, "7777");
	cr_assert_eq(url_parse("tcp://[::1]", "7777", &url, &problem), 0);
	cr_assert_str_eq(url.port, "7777");
	cr_assert_eq(url_parse("tcp://localhost:7", "7777", &url, &problem), 0);
	cr_assert_str_eq(url.port, "7");
}

Test(url, unix_has_a_path_or_an_abstract_name)
{
	cr_assert_eq(parse("echo+unix:/run/x.sock"), 0);
	cr_assert_eq(url.transport, TRANSPORT_UNIX);
	cr_assert_str_eq(url.service, "echo");
	cr_assert_str_eq(url.path, "/run/x.sock");
	cr_assert_eq(parse("unixgram:relative path+with:signs"), 0);
	cr_assert_eq(url.transport, TRANSPORT_UNIXGRAM);
	cr_assert_str_eq(url.path, "relative path+with:signs");
	cr_assert_eq(parse("unixpacket:@name"), 0);
	cr_assert_eq(url.transport, TRANSPORT_UNIXPACKET);
	cr_assert_str_eq(url.path, "@name");
}

Test(url, path_fits_or_is_refused_with_its_length)
{
	char text[200] = "unix:";

	memset(text + 5, 'p', 107);
	cr_assert_eq(parse(text), 0);
	memset(text + 5, 'p', 108);
	cr_assert_not_null(strstr(refusal(text), ": the path is 108 bytes long, 107 at most"));
	text[5] = '@';
	cr_assert_eq(parse(text), 0);
	memset(text + 6, 'p', 108);
	cr_assert_not_null(strstr(refusal(text), ": the path is 108 bytes long, 107 at most"));
}

struct refused {
	const char *text;
	const char *sentence;
};

static const struct refused refused[] = {
	{ "localhost:7777",
	  "'localhost:7777' names no transport: tcp://localhost:7777 or udp://localhost:7777" },
	{ "echo+localhost:7", "'echo+localhost:7' names no transport: echo+tcp://localhost:7 or "
			      "echo+udp://localhost:7" },
	{ "/run/x", "'/run/x' names no transport: unix:/run/x is a UNIX socket" },
	{ "echo+@x", "'echo+@x' names no transport: echo+unix:@x is a UNIX socket" },
	{ "http://x:7", "'http://x:7': 'http' is no transport (there are tcp://, udp://, unix:, "
			"unixgram: and unixpacket:)" },
	{ "", "'' names no transport, as tcp://127.0.0.1:7777 does" },
	{ "echo+", "'echo+' names no transport, as echo+tcp://127.0.0.1:7777 does" },
	{ "+tcp://x:7", "'+tcp://x:7': a service is missing before the +: echo+tcp://x:7" },
	{ "tcp:x:7", "'tcp:x:7': write tcp://x:7" },
	{ "tcp://x", "'tcp://x': a port is missing, such as :7777" },
	{ "tcp://x:", "'tcp://x:': a port is missing behind the colon" },
	{ "tcp://x:65536", "'tcp://x:65536': 65536 is no port (0 to 65535)" },
	{ "tcp://x:99999999999", "'tcp://x:99999999999': 99999999999 is no port (0 to 65535)" },
	{ "tcp://::1:7", "'tcp://::1:7': an IPv6 address stands in brackets: tcp://[::1]:7777" },
	{ "tcp://[::1:7", "'tcp://[::1:7': a ] is missing" },
	{ "tcp://[localhost]:7", "'tcp://[localhost]:7': [localhost] is no IPv6 address" },
	{ "tcp://[::1]7", "'tcp://[::1]7': a port is missing, such as :7777" },
	{ "tcp://x:7/y", "'tcp://x:7/y': '/y' is not understood; a URL ends with its port" },
	{ "tcp://x:7?a=b",
	  "'tcp://x:7?a=b': '?a=b' is not understood; a URL ends with its port or path" },
	{ "unix:/x?a", "'unix:/x?a': '?a' is not understood; a URL ends with its port or path" },
	{ "unix:", "'unix:': a path is missing, such as /run/x.sock or @name" },
	{ "unix:@", "'unix:@': a path is missing, such as /run/x.sock or @name" },
};

Test(url, what_is_wrong_is_told)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_str_eq(refusal(refused[i].text), refused[i].sentence);
}

Test(url, overlong_parts_are_refused)
{
	char text[2048] = "tcp://";

	memset(text + 6, 'h', 2000);
	cr_assert_not_null(strstr(refusal(text), "the host is 2000 bytes long, 255 at most"));
	memset(text, 's', 100);
	memcpy(text + 100, "+tcp://x:7", 11);
	cr_assert_not_null(strstr(refusal(text), "the service is 100 bytes long, 31 at most"));
	cr_assert_not_null(strstr(refusal("tcp://x:pppppppppppppppppppppppppppppppp"),
				  "the port is 32 bytes long, 31 at most"));
}

Test(url, refused_text_leaves_the_result_alone)
{
	cr_assert_eq(parse("udp://x:9"), 0);
	(void)refusal("tcp://y:z:7");
	cr_assert_eq(url.transport, TRANSPORT_UDP);
	cr_assert_str_eq(url.host, "x");
}

static const char *const canonical[] = {
	"tcp://127.0.0.1:7777", "echo+udp://[::1]:7",	  "tcp://:0",
	"unix:/run/x",		"daytime+unixgram:@name", "unixpacket:x",
};

Test(url, text_as_asked_is_the_same)
{
	for (size_t i = 0; i < sizeof(canonical) / sizeof(canonical[0]); i++) {
		cr_assert_eq(parse(canonical[i]), 0);
		cr_expect_str_eq(url_format(&url, NULL, 0).text, canonical[i]);
	}
}

Test(url, real_address_takes_the_place_of_what_was_asked)
{
	struct sockaddr_in real = { .sin_family = AF_INET, .sin_port = htons(40000) };

	real.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(parse("echo+tcp://localhost:0"), 0);
	cr_assert_str_eq(url_format(&url, (struct sockaddr *)&real, sizeof(real)).text,
			 "echo+tcp://127.0.0.1:40000");
}

Test(url, real_unix_address_is_a_path_of_the_transport)
{
	struct address_list list;

	cr_assert_eq(parse("echo+unixpacket:@name"), 0);
	cr_assert_eq(address_resolve(&url, ADDRESS_TO_LISTEN, &list, &problem), 0);
	cr_assert_str_eq(url_format(&url, &list.addresses[0].any, list.addresses[0].length).text,
			 "echo+unixpacket:@name");
}
