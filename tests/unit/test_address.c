/* Addresses: from URLs, and as text. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/address.h"

static struct address_list list;
static struct error problem;

static int resolve(const char *text, enum address_use use)
{
	struct url url;

	cr_assert_eq(url_parse(text, NULL, &url, &problem), 0, "%s", problem.text);
	return address_resolve(&url, use, &list, &problem);
}

static const char *first_text(void)
{
	static struct address_text text;

	text = address_format(&list.addresses[0].any, list.addresses[0].length);
	return text.text;
}

Test(address, numbers_are_what_they_say)
{
	cr_assert_eq(resolve("tcp://127.0.0.1:7777", ADDRESS_TO_CONNECT), 0);
	cr_assert_eq(list.count, 1);
	cr_assert_str_eq(first_text(), "127.0.0.1:7777");
	cr_assert_eq(address_port(&list.addresses[0].any), 7777);
	cr_assert_eq(resolve("udp://[::1]:7", ADDRESS_TO_CONNECT), 0);
	cr_assert_eq(list.count, 1);
	cr_assert_str_eq(first_text(), "[::1]:7");
}

Test(address, empty_host_listens_everywhere)
{
	cr_assert_eq(resolve("tcp://:7777", ADDRESS_TO_LISTEN), 0);
	cr_assert_eq(list.count, 1);
	cr_assert(address_is_any(&list.addresses[0].any));
	cr_assert_eq(address_port(&list.addresses[0].any), 7777);
}

Test(address, empty_host_is_nobody_to_connect_to)
{
	cr_assert_eq(resolve("tcp://:7777", ADDRESS_TO_CONNECT), -EINVAL);
	cr_assert_str_eq(problem.text, "'tcp://:7777': a host is missing, such as 127.0.0.1");
}

Test(address, localhost_is_a_loopback_address_once_each)
{
	cr_assert_eq(resolve("tcp://localhost:7", ADDRESS_TO_CONNECT), 0);
	cr_assert_geq(list.count, 1);
	for (uint32_t i = 1; i < list.count; i++)
		cr_assert_neq(memcmp(&list.addresses[i].any, &list.addresses[0].any,
				     list.addresses[0].length),
			      0);
}

Test(address, port_names_are_looked_up)
{
	if (!getservbyname("daytime", "tcp"))
		cr_skip("no /etc/services here");
	cr_assert_eq(resolve("tcp://127.0.0.1:daytime", ADDRESS_TO_CONNECT), 0);
	cr_assert_eq(address_port(&list.addresses[0].any), 13);
}

Test(address, unknown_port_name_is_told)
{
	cr_assert_eq(resolve("tcp://127.0.0.1:no-such-port", ADDRESS_TO_CONNECT), -ENOENT);
	cr_assert_str_eq(problem.text, "'no-such-port' is no tcp port that /etc/services knows");
}

/* Not a name that a name server would be asked for. */
Test(address, unknown_host_is_told)
{
	cr_assert_lt(resolve("tcp://256.256.256.256.:7", ADDRESS_TO_CONNECT), 0);
	cr_assert_not_null(strstr(problem.text, "256.256.256.256."));
}

Test(address, unix_path_ends_with_nul)
{
	cr_assert_eq(resolve("unix:/run/x", ADDRESS_TO_LISTEN), 0);
	cr_assert_eq(list.addresses[0].length, offsetof(struct sockaddr_un, sun_path) + 7);
	cr_assert_str_eq(list.addresses[0].local.sun_path, "/run/x");
	cr_assert_str_eq(first_text(), "unix:/run/x");
}

Test(address, abstract_name_begins_with_nul_and_has_no_end)
{
	cr_assert_eq(resolve("unix:@name", ADDRESS_TO_LISTEN), 0);
	cr_assert_eq(list.addresses[0].length, offsetof(struct sockaddr_un, sun_path) + 5);
	cr_assert_arr_eq(list.addresses[0].local.sun_path, "\0name", 5);
	cr_assert_str_eq(first_text(), "unix:@name");
}

Test(address, longest_path_is_shown_whole)
{
	char text[8 + 107] = "unix:/";

	memset(text + 6, 'p', 106);
	cr_assert_eq(resolve(text, ADDRESS_TO_LISTEN), 0);
	cr_assert_str_eq(first_text(), text);
}

Test(address, control_characters_do_not_reach_the_terminal)
{
	cr_assert_eq(resolve("unix:a\033[31mb", ADDRESS_TO_LISTEN), 0);
	cr_assert_str_eq(first_text(), "unix:a?[31mb");
	cr_assert_eq(resolve("unix:a\302\23331mb", ADDRESS_TO_LISTEN), 0);
	cr_assert_str_eq(first_text(), "unix:a??31mb");
	cr_assert_eq(resolve("unix:@\xc3\xa9\xff\x9b", ADDRESS_TO_LISTEN), 0);
	cr_assert_str_eq(first_text(), "unix:@\xc3\xa9??");
}

Test(address, socket_without_a_name_has_none)
{
	struct sockaddr_un unnamed = { .sun_family = AF_UNIX };

	cr_assert_str_eq(address_format((struct sockaddr *)&unnamed, sizeof(sa_family_t)).text,
			 "unix:");
}

Test(address, bound_socket_tells_its_address)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct address bound;

	cr_assert_eq(resolve("udp://127.0.0.1:0", ADDRESS_TO_LISTEN), 0);
	cr_assert_eq(bind(fd, &list.addresses[0].any, list.addresses[0].length), 0);
	cr_assert_eq(address_of_socket(fd, &bound), 0);
	cr_assert_neq(address_port(&bound.any), 0);
	cr_assert_eq(bound.v4.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	(void)close(fd);
	cr_assert_eq(address_of_socket(fd, &bound), -EBADF);
}

Test(address, scope_of_a_link_local_address_is_shown)
{
	struct sockaddr_in6 scoped = { .sin6_family = AF_INET6,
				       .sin6_port = htons(7),
				       .sin6_scope_id = 1 };

	cr_assert_eq(inet_pton(AF_INET6, "fe80::1", &scoped.sin6_addr), 1);
	cr_assert_str_eq(address_format((struct sockaddr *)&scoped, sizeof(scoped)).text,
			 "[fe80::1%lo]:7");
}

Test(address, a_port_is_given_to_what_has_ports)
{
	struct sockaddr_un local;

	cr_assert_eq(resolve("tcp://127.0.0.1:7", ADDRESS_TO_CONNECT), 0);
	address_set_port(&list.addresses[0], 8080);
	cr_assert_str_eq(first_text(), "127.0.0.1:8080");
	cr_assert_eq(resolve("udp://[::1]:7", ADDRESS_TO_CONNECT), 0);
	address_set_port(&list.addresses[0], 8080);
	cr_assert_str_eq(first_text(), "[::1]:8080");
	cr_assert_eq(resolve("unix:/run/x", ADDRESS_TO_CONNECT), 0);
	local = list.addresses[0].local;
	address_set_port(&list.addresses[0], 8080);
	cr_assert_eq(memcmp(&list.addresses[0].local, &local, sizeof(local)), 0);
	cr_assert_eq(address_port(&list.addresses[0].any), 0);
}

Test(address, all_addresses_of_a_host_are_told_apart_from_one)
{
	cr_assert_eq(resolve("tcp://0.0.0.0:7", ADDRESS_TO_LISTEN), 0);
	cr_assert(address_is_any(&list.addresses[0].any));
	cr_assert_eq(resolve("tcp://[::]:7", ADDRESS_TO_LISTEN), 0);
	cr_assert(address_is_any(&list.addresses[0].any));
	cr_assert_eq(resolve("tcp://127.0.0.1:7", ADDRESS_TO_LISTEN), 0);
	cr_assert_not(address_is_any(&list.addresses[0].any));
	cr_assert_eq(resolve("tcp://[::1]:7", ADDRESS_TO_LISTEN), 0);
	cr_assert_not(address_is_any(&list.addresses[0].any));
	cr_assert_eq(resolve("unix:/run/x", ADDRESS_TO_LISTEN), 0);
	cr_assert_not(address_is_any(&list.addresses[0].any));
}
