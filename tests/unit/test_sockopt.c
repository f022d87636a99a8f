/* --sockopt NAME=VALUE: read, checked against transports, and really set. */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/sockopt.h"

static struct sockopt_list list;
static struct error problem;

static void add(const char *text)
{
	cr_assert_eq(sockopt_parse(text, &list, &problem), 0, "%s: %s", text, problem.text);
}

static const char *refusal(const char *text)
{
	cr_assert_eq(sockopt_parse(text, &list, &problem), -EINVAL, "%s was taken", text);
	return problem.text;
}

static int option_of(int fd, int level, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	cr_assert_eq(getsockopt(fd, level, option, &value, &size), 0);
	return value;
}

Test(sockopt, tcp_options_are_set)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	add("nodelay=on");
	add("keepalive=1");
	add("keepidle=2m");
	add("keepcnt=3");
	add("user_timeout=1500ms");
	add("sndbuf=64Ki");
	add("tos=16");
	cr_assert_eq(sockopt_apply(&list, fd, TRANSPORT_TCP, &problem), 0, "%s", problem.text);
	cr_assert_eq(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	cr_assert_eq(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	cr_assert_eq(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 120);
	cr_assert_eq(option_of(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
	cr_assert_eq(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 1500);
	cr_assert_eq(option_of(fd, SOL_SOCKET, SO_SNDBUF), 131072);
	cr_assert_eq(option_of(fd, IPPROTO_IP, IP_TOS), 16);
	(void)close(fd);
}

Test(sockopt, last_value_wins)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	add("nodelay=on");
	add("nodelay=off");
	cr_assert_eq(sockopt_apply(&list, fd, TRANSPORT_TCP, &problem), 0);
	cr_assert_eq(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 0);
	(void)close(fd);
}

Test(sockopt, dual_stack_socket_gets_both)
{
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (fd < 0)
		cr_skip("no IPv6 here");
	add("tos=32");
	add("ttl=7");
	cr_assert_eq(sockopt_apply(&list, fd, TRANSPORT_UDP, &problem), 0, "%s", problem.text);
	cr_assert_eq(option_of(fd, IPPROTO_IPV6, IPV6_TCLASS), 32);
	cr_assert_eq(option_of(fd, IPPROTO_IP, IP_TOS), 32);
	cr_assert_eq(option_of(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 7);
	(void)close(fd);
}

Test(sockopt, congestion_control_is_chosen_by_name)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char name[16] = "", text[64];
	socklen_t size = sizeof(name);

	cr_assert_eq(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &size), 0);
	(void)snprintf(text, sizeof(text), "congestion=%s", name);
	add(text);
	cr_assert_eq(sockopt_apply(&list, fd, TRANSPORT_TCP, &problem), 0, "%s", problem.text);
	add("congestion=no-such-thing");
	cr_assert_lt(sockopt_apply(&list, fd, TRANSPORT_TCP, &problem), 0);
	cr_assert_not_null(
		strstr(problem.text, "'congestion' on a tcp socket: this kernel has no '"));
	(void)close(fd);
}

Test(sockopt, linger_has_a_time_or_is_off)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct linger linger;
	socklen_t size = sizeof(linger);

	add("linger=5s");
	cr_assert_eq(sockopt_apply(&list, fd, TRANSPORT_TCP, &problem), 0);
	cr_assert_eq(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size), 0);
	cr_assert(linger.l_onoff && linger.l_linger == 5);
	add("linger=off");
	cr_assert_eq(sockopt_apply(&list, fd, TRANSPORT_TCP, &problem), 0);
	cr_assert_eq(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size), 0);
	cr_assert_not(linger.l_onoff);
	(void)close(fd);
}

Test(sockopt, options_of_other_transports_are_left_out)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	add("nodelay=on");
	add("sndbuf=32Ki");
	cr_assert_eq(sockopt_apply(&list, fd, TRANSPORT_UNIXGRAM, &problem), 0);
	cr_assert_eq(option_of(fd, SOL_SOCKET, SO_SNDBUF), 65536);
	(void)close(fd);
}

Test(sockopt, option_that_fits_no_transport_is_told)
{
	add("sndbuf=32Ki");
	add("nodelay=on");
	cr_assert_eq(sockopt_check(&list, 1u << TRANSPORT_UDP | 1u << TRANSPORT_TCP, &problem), 0);
	cr_assert_eq(sockopt_check(&list, 1u << TRANSPORT_UDP, &problem), -EINVAL);
	cr_assert_str_eq(problem.text, "socket option 'nodelay' is for tcp, which no URL here is");
}

Test(sockopt, wrong_settings_are_explained)
{
	cr_assert_str_eq(refusal("nodelya=1"),
			 "there is no socket option 'nodelya'; did you mean 'nodelay'?");
	cr_assert_str_eq(refusal("zzz=1"), "there is no socket option 'zzz'");
	cr_assert_str_eq(refusal("=1"), "there is no socket option ''");
	cr_assert_str_eq(refusal("sndbuf"), "'sndbuf' needs a value: sndbuf=SIZE");
	cr_assert_str_eq(refusal("sndbuf="), "sndbuf: '' is not a size: 64Ki");
	cr_assert_str_eq(refusal("nodelay=7"), "nodelay: '7' is not on or off");
	cr_assert_str_eq(refusal("tos=256"), "tos: 256 is out of range (0 to 255)");
	cr_assert_str_eq(refusal("keepidle=0"), "keepidle: 0 is out of range (1s to 32767s)");
	cr_assert_str_eq(refusal("keepidle=1500ms"),
			 "keepidle: '1500ms' is not a duration of whole seconds: 10s");
	cr_assert_str_eq(refusal("congestion="), "congestion: '' is not a name of 1 to 31 letters");
	cr_assert_eq(list.count, 0);
}

Test(sockopt, too_many_settings_are_refused)
{
	for (int i = 0; i < SOCKOPT_SETTING_MAX; i++)
		add("nodelay=1");
	cr_assert_str_eq(refusal("nodelay=1"), "'nodelay=1': more than 32 settings");
}

Test(sockopt, configuration_shows_what_is_set)
{
	json_t *found, *expected = json_pack("{s:i, s:s}", "sndbuf", 65536, "congestion", "reno");

	add("sndbuf=64Ki");
	add("congestion=reno");
	found = sockopt_to_json(&list);
	cr_assert(json_equal(found, expected));
	json_decref(found);
	json_decref(expected);
}

/* Every name of the help is taken, in a form the help itself suggests. */
Test(sockopt, help_lists_every_option)
{
	char *text = NULL, *line, *rest;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	sockopt_print(stream);
	(void)fclose(stream);
	rest = text;
	while ((line = strsep(&rest, "\n")) && *line) {
		char name[64];

		cr_assert_eq(sscanf(line, " %63[a-z_]=", name), 1, "%s", line);
		cr_assert_leq(strlen(line), 79, "%s", line);
		cr_assert_not_null(strstr(refusal(name), "needs a value"));
	}
	free(text);
}
