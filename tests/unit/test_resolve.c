/* Names, by a file of hosts and a name server of the test's own: where nobody else sees it, files
 * of ours stand in for those of /etc. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "fake_root.h"
#include "net/address.h"

TestSuite(resolve, .init = fake_root_make, .fini = fake_root_remove, .timeout = 60);

static struct address_list list;
static struct error problem;

/* Whose mounts nobody else sees. */
static bool be_alone(void)
{
	int kinds = CLONE_NEWNS | CLONE_NEWNET | (geteuid() == 0 ? 0 : CLONE_NEWUSER);

	return unshare(kinds) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool cover(const char *path, const char *content)
{
	char ours[64];

	fake_root_put(path, content);
	(void)snprintf(ours, sizeof(ours), "%s%s", fake_root, path);
	return mount(ours, path, NULL, MS_BIND, NULL) == 0;
}

static void know_hosts(const char *hosts)
{
	if (!be_alone() || !cover("/etc/hosts", hosts) ||
	    !cover("/etc/nsswitch.conf", "hosts: files dns\n") ||
	    !cover("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"))
		cr_skip_test("files of /etc cannot be replaced here: %s", strerror(errno));
}

static int resolve(const char *text)
{
	struct url url;

	cr_assert_eq(url_parse(text, NULL, &url, &problem), 0, "%s", problem.text);
	return address_resolve(&url, ADDRESS_TO_CONNECT, &list, &problem);
}

Test(resolve, an_address_that_is_named_twice_is_used_once)
{
	know_hosts("127.0.0.1 twice.example\n127.0.0.2 twice.example\n127.0.0.1 twice.example\n");
	cr_assert_eq(resolve("tcp://twice.example:7"), 0, "%s", problem.text);
	cr_assert_eq(list.count, 2);
	cr_assert_eq(list.addresses[0].v4.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	cr_assert_eq(list.addresses[1].v4.sin_addr.s_addr, htonl(INADDR_LOOPBACK + 1));
}

Test(resolve, more_addresses_than_any_sane_name_has_are_left_out)
{
	char hosts[1024];
	int length = 0;

	for (int i = 1; i <= ADDRESS_COUNT_MAX + 4; i++)
		length += snprintf(hosts + length, sizeof(hosts) - (size_t)length,
				   "127.0.0.%d many.example\n", i);
	know_hosts(hosts);
	cr_assert_eq(resolve("udp://many.example:7"), 0, "%s", problem.text);
	cr_assert_eq(list.count, ADDRESS_COUNT_MAX);
}

/* There is no network, so nobody listens where the name server should be. */
Test(resolve, a_silent_name_server_is_told_apart_from_an_unknown_host)
{
	know_hosts("127.0.0.1 localhost\n");
	cr_assert_eq(resolve("tcp://other.example:7"), -EAGAIN);
	cr_assert_str_eq(problem.text, "no name server could say what 'other.example' is");
}
