/*
 * Rights given up, and then tried: each of these runs in a child, which is confined and then does
 * what it must not. How it fails is part of what is promised.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/capability.h"
#include "confine/landlock.h"
#include "confine/user.h"

enum { NOBODY = 65534, SKIPPED = 77 };

TestSuite(confine, .timeout = 60);

#define EXPECT(condition)                                                                        \
	do {                                                                                     \
		if (!(condition)) {                                                              \
			fprintf(stderr, "line %d: %s: errno %d\n", __LINE__, #condition, errno); \
			_exit(1);                                                                \
		}                                                                                \
	} while (0)

/* In a process of its own. It ends with 0 if all was as expected. */
static void in_child(void (*act)(const char *folder))
{
	char folder[] = "/tmp/ringside-confine-XXXXXX";
	pid_t child;
	int status;

	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chmod(folder, 0777), 0);
	child = fork();
	cr_assert_geq(child, 0);
	if (child == 0) {
		act(folder);
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	(void)rmdir(folder);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		cr_skip_test("this kernel has no such thing, or this is not root");
	cr_assert_eq(status, 0);
}

static bool refused(int result, int error)
{
	return result < 0 && errno == error;
}

/* A line of /proc/self/status, as a number of this base. */
static unsigned long long status_of(const char *name, int base)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	unsigned long long value = ~0ull;

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoull(line + strlen(name) + 1, NULL, base);
	if (file)
		(void)fclose(file);
	return value;
}

static void become_nobody(const char *folder)
{
	const struct user nobody = { NOBODY, NOBODY };
	struct error error;

	(void)folder;
	if (geteuid() != 0)
		_exit(SKIPPED);
	EXPECT(user_become(&nobody, &error) == 0);
	EXPECT(getuid() == NOBODY && geteuid() == NOBODY && getgid() == NOBODY);
	EXPECT(refused(setuid(0), EPERM));
	EXPECT(refused(setresuid(-1, 0, -1), EPERM));
	EXPECT(refused(setgid(0), EPERM));
	EXPECT(refused(setgroups(0, NULL), EPERM));
	EXPECT(refused(open("/etc/shadow", O_RDONLY), EACCES));
	EXPECT(status_of("CapPrm:", 16) == 0 && status_of("CapEff:", 16) == 0);
	EXPECT(status_of("CapInh:", 16) == 0 && status_of("CapBnd:", 16) == 0);
	EXPECT(status_of("CapAmb:", 16) == 0);
}

Test(confine, there_is_no_way_back_from_another_user)
{
	in_child(become_nobody);
}

static void become_from_nobody(const char *folder)
{
	const struct user other = { NOBODY - 1, NOBODY - 1 };
	struct error error;

	(void)folder;
	if (geteuid() == 0)
		EXPECT(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	EXPECT(user_become(&other, &error) == -EPERM);
	EXPECT(strstr(error.text, "cannot become user") != NULL);
}

Test(confine, who_is_not_root_becomes_nobody_else)
{
	in_child(become_from_nobody);
}

Test(confine, users_are_found_by_name_and_by_number)
{
	struct error error;
	struct user user;

	cr_assert_eq(user_find("4242:4243", &user, &error), 0);
	cr_assert_eq(user.uid, 4242);
	cr_assert_eq(user.gid, 4243);
	cr_assert_eq(user_find("root", &user, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, "is root"));
	cr_assert_eq(user.uid, 4242, "a failure leaves the result alone");
	cr_assert_eq(user_find("0:4243", &user, &error), -EINVAL);
	cr_assert_eq(user_find("424242", &user, &error), -EINVAL);
	cr_assert_not_null(strstr(error.text, "424242:GROUP"));
	cr_assert_eq(user_find("no-such-user", &user, &error), -ENOENT);
	cr_assert_not_null(strstr(error.text, "'no-such-user'"));
	cr_assert_eq(user_find("4242:no-such-group", &user, &error), -ENOENT);
	cr_assert_not_null(strstr(error.text, "'no-such-group'"));
	cr_assert_eq(user_find("4242:daemon", &user, &error), 0);
	cr_assert_eq(user.gid, getgrnam("daemon")->gr_gid);
	cr_assert_eq(user_find("", &user, &error), -EINVAL);
	cr_assert_eq(user_find(":4243", &user, &error), -EINVAL);
	cr_assert_eq(user_find("4242:", &user, &error), -EINVAL);
	cr_assert_eq(user_find("-1:4243", &user, &error), -ENOENT);
	cr_assert_eq(user_find("4294967295:1", &user, &error), -ENOENT);
}

static void keep_one(const char *folder)
{
	const uint64_t one = 1ull << CAP_DAC_OVERRIDE;
	uint64_t bits;

	(void)folder;
	if (capability_permitted(&bits) < 0 || !(bits & one) || geteuid() != 0)
		_exit(SKIPPED);
	EXPECT(capability_bound(one) == 0);
	EXPECT(capability_keep(one) == 0);
	EXPECT(status_of("CapEff:", 16) == one && status_of("CapPrm:", 16) == one);
	EXPECT(status_of("CapBnd:", 16) == one && status_of("CapInh:", 16) == 0);
	EXPECT(refused(setresuid(NOBODY, NOBODY, NOBODY), EPERM));
	EXPECT(capability_keep(0) == 0);
	EXPECT(capability_permitted(&bits) == 0 && bits == 0);
}

Test(confine, capabilities_go_but_for_those_that_are_kept)
{
	in_child(keep_one);
}

static void enforce(int rules)
{
	EXPECT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	EXPECT(landlock_enforce(rules) == 0);
}

static void confine_to_folder(const char *folder)
{
	char inside[64], other[64];
	int rules = landlock_open(0), fd;

	if (rules < 0)
		_exit(SKIPPED);
	(void)snprintf(inside, sizeof(inside), "%s/new", folder);
	(void)snprintf(other, sizeof(other), "%s/other", folder);
	EXPECT(landlock_allow(rules, folder, LANDLOCK_CREATE | LANDLOCK_REMOVE) == 0);
	EXPECT(landlock_allow(rules, "/dev/null", LANDLOCK_WRITE) == 0);
	EXPECT(landlock_allow(rules, "/no/such/folder", LANDLOCK_WRITE) == -ENOENT);
	enforce(rules);
	fd = open(inside, O_WRONLY | O_CREAT | O_EXCL, 0600);
	EXPECT(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0);
	EXPECT(rename(inside, other) == 0);
	EXPECT(refused(open(other, O_RDONLY), EACCES));
	EXPECT(refused(mkdir(inside, 0700), EACCES));
	EXPECT(refused(symlink("/etc", inside), EACCES));
	EXPECT(unlink(other) == 0);
	EXPECT(open("/dev/null", O_WRONLY | O_TRUNC) >= 0);
	EXPECT(refused(open("/dev/null", O_RDONLY), EACCES));
	EXPECT(refused(open("/etc/passwd", O_RDONLY), EACCES));
	EXPECT(refused(open("/tmp/ringside-confine-outside", O_WRONLY | O_CREAT, 0600), EACCES));
	EXPECT(refused(execl("/bin/true", "true", NULL), EACCES));
}

Test(confine, files_are_out_of_reach_but_for_the_folder)
{
	in_child(confine_to_folder);
}

static void confine_tcp(const char *folder)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int rules, fd = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);

	(void)folder;
	if (landlock_abi() < 0 || !(landlock_scopes(landlock_abi()) & LANDLOCK_TCP))
		_exit(SKIPPED);
	rules = landlock_open(LANDLOCK_TCP);
	EXPECT(rules >= 0);
	enforce(rules);
	EXPECT(refused(bind(fd, (struct sockaddr *)&name, sizeof(name)), EACCES));
	name.sin_port = htons(1);
	EXPECT(refused(connect(fd, (struct sockaddr *)&name, sizeof(name)), EACCES));
	/* Landlock knows of no UDP; docs/security.md says so. */
	name.sin_port = 0;
	EXPECT(bind(datagrams, (struct sockaddr *)&name, sizeof(name)) == 0);
}

Test(confine, nothing_is_bound_or_connected_over_tcp)
{
	in_child(confine_tcp);
}

static void confine_scopes(const char *folder)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(sa_family_t);
	int rules, listener = socket(AF_UNIX, SOCK_STREAM, 0), fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)folder;
	if (landlock_abi() < 0 || !(landlock_scopes(landlock_abi()) & LANDLOCK_SIGNALS))
		_exit(SKIPPED);
	/* Made before, so it is outside. */
	EXPECT(bind(listener, (struct sockaddr *)&name, length) == 0 && listen(listener, 1) == 0);
	length = sizeof(name);
	EXPECT(getsockname(listener, (struct sockaddr *)&name, &length) == 0);
	rules = landlock_open(LANDLOCK_ABSTRACT | LANDLOCK_SIGNALS);
	EXPECT(rules >= 0);
	enforce(rules);
	EXPECT(refused(connect(fd, (struct sockaddr *)&name, length), EPERM));
	EXPECT(refused(kill(getppid(), 0), EPERM));
	EXPECT(kill(getpid(), 0) == 0);
}

Test(confine, others_get_no_signals_and_no_connections)
{
	in_child(confine_scopes);
}
