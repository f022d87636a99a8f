#include "experiment/network.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "experiment/child.h"

#define NETWORK_FILE "/proc/self/ns/net"
#define IP_LIMIT_NS (10 * NS_PER_S)
#define IP_WORDS_MAX 16

static const char server_address[] = NETWORK_SERVER_HOST "/24";
static const char load_address[] = "192.0.2.2/24";

/* What ip does: in the namespace of the server, where the pair is made, or of the load. */
static const struct step {
	bool of_load;
	const char *words[IP_WORDS_MAX];
} steps[] = {
	{ .words = { "ip", "link", "add", "server", "type", "veth", "peer", "name", "load", "netns",
		     "{load}" } },
	{ .words = { "ip", "link", "set", "lo", "up" } },
	{ .words = { "ip", "address", "add", server_address, "dev", "server" } },
	{ .words = { "ip", "link", "set", "server", "up" } },
	{ .of_load = true, .words = { "ip", "link", "set", "lo", "up" } },
	{ .of_load = true, .words = { "ip", "address", "add", load_address, "dev", "load" } },
	{ .of_load = true, .words = { "ip", "link", "set", "load", "up" } },
};

static int step_failed(struct child *ip, struct error *ret_error)
{
	char words[128];

	return error_set(ret_error, -EIO, "--netns: ip (of iproute2) failed: %s",
			 child_last_words(ip, words, sizeof(words)));
}

static int step_run(const struct network *network, const struct step *step, struct error *ret_error)
{
	const char *argv[IP_WORDS_MAX + 4] = { "/usr/bin/env" };
	char load[64];
	struct child ip;
	int error;

	/* The file is ours: the child has it closed by then. */
	(void)snprintf(load, sizeof(load), "/proc/%d/fd/%d", (int)getpid(), network->load);
	for (uint32_t i = 0; step->words[i]; i++)
		argv[i + 1] = strcmp(step->words[i], "{load}") == 0 ? load : step->words[i];
	error = child_start(&(struct child_command){ .path = argv[0],
						     .argv = argv,
						     .network = step->of_load ? network->load
									      : network->server },
			    &ip, ret_error);
	if (!error && (child_wait(&ip, IP_LIMIT_NS) < 0 || !WIFEXITED(ip.status) ||
		       WEXITSTATUS(ip.status) != 0))
		error = step_failed(&ip, ret_error);
	child_finish(&ip);
	return error;
}

/* Go into a new namespace, and open it. */
static int namespace_open(int flags, int *ret_file)
{
	int file;

	if (unshare(flags | CLONE_NEWNET) < 0)
		return -errno;
	file = open(NETWORK_FILE, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -errno;
	*ret_file = file;
	return 0;
}

static int namespaces_open(int flags, struct network *network)
{
	int error = namespace_open(flags, &network->server);

	return error ? error : namespace_open(0, &network->load);
}

static int line_write(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t length = (ssize_t)strlen(text);
	bool written = file >= 0 && write(file, text, (size_t)length) == length;
	int error = written ? 0 : -errno;

	if (file >= 0)
		(void)close(file);
	return error;
}

/* Whoever is not root is root of a user namespace: it has all rights on what is made in it. */
static int user_map(uid_t user, gid_t group)
{
	char users[32], groups[32];
	int error;

	(void)snprintf(users, sizeof(users), "0 %u 1", user);
	(void)snprintf(groups, sizeof(groups), "0 %u 1", group);
	error = line_write("/proc/self/setgroups", "deny");
	if (!error)
		error = line_write("/proc/self/uid_map", users);
	return error ? error : line_write("/proc/self/gid_map", groups);
}

static int network_open(struct network *network)
{
	int ours = open(NETWORK_FILE, O_RDONLY | O_CLOEXEC);
	uid_t user = geteuid();
	gid_t group = getegid();
	int error = ours < 0 ? -errno : namespaces_open(0, network);

	if (error == -EPERM && user != 0) {
		error = namespaces_open(CLONE_NEWUSER, network);
		if (!error)
			error = user_map(user, group);
	} else if (!error && setns(ours, CLONE_NEWNET) < 0) {
		error = -errno;
	}
	if (ours >= 0)
		(void)close(ours);
	return error;
}

static void network_close(struct network *network)
{
	if (network->server > 0)
		(void)close(network->server);
	if (network->load > 0)
		(void)close(network->load);
}

int network_make(struct network *ret_network, struct error *ret_error)
{
	struct network network = { 0 };
	int error = network_open(&network);

	if (error)
		error = error_set(
			ret_error, error,
			"--netns: cannot make network namespaces: %s; this takes root, or "
			"user namespaces that anybody may make",
			strerror(-error));
	for (size_t i = 0; i < ARRAY_SIZE(steps) && !error; i++)
		error = step_run(&network, &steps[i], ret_error);
	if (error)
		network_close(&network);
	else
		*ret_network = network;
	return error;
}
