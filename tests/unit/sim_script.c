#include "sim_script.h"
#include "base/lacking.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "sim/task.h"
#include "sim/world.h"

#define WAIT_MS 2000
#define BYTES_MAX 256

void script_say(struct script_log *log, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log->length += (size_t)vsnprintf(log->text + log->length, SCRIPT_TEXT_MAX - log->length,
					 format, arguments);
	va_end(arguments);
	cr_assert_lt(log->length, SCRIPT_TEXT_MAX - 1, "the log is full");
	log->text[log->length++] = '\n';
	log->text[log->length] = '\0';
}

long script_did(struct script_log *log, const char *what, long result)
{
	int error = errno;

	if (result < 0)
		script_say(log, "%s: %s", what, strerrorname_np(error));
	else
		script_say(log, "%s: %ld", what, result);
	return result;
}

static void say_events(struct script_log *log, const char *what, short events)
{
	script_say(log, "%s:%s%s%s%s%s", what, events & POLLIN ? " in" : "",
		   events & POLLOUT ? " out" : "", events & POLLRDHUP ? " rdhup" : "",
		   events & POLLHUP ? " hup" : "", events & POLLERR ? " err" : "");
}

static short poll_events(int fd, short events, int timeout_ms)
{
	struct pollfd entry = { .fd = fd, .events = events };

	(void)poll(&entry, 1, timeout_ms);
	return entry.revents;
}

void script_poll(struct script_log *log, const char *what, int fd)
{
	say_events(log, what, poll_events(fd, POLLIN | POLLOUT | POLLRDHUP, 0));
}

/* POLLERR and POLLHUP end any wait: whoever waits for more of it waits again. */
void script_await(struct script_log *log, const char *what, int fd, short events)
{
	short wanted = (short)(events & ~(POLLERR | POLLHUP));
	short seen = 0;

	for (int i = 0; i < WAIT_MS && !(seen & events); i++)
		seen = poll_events(fd, wanted, wanted == 0 && i > 0 ? 1 : WAIT_MS);
	cr_assert(seen & events, "%s never came", what);
	script_poll(log, what, fd);
}

void script_send(struct script_log *log, int fd, const char *text)
{
	(void)script_did(log, "send", send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL));
}

void script_receive(struct script_log *log, int fd, size_t room)
{
	char bytes[BYTES_MAX] = { 0 };
	long length = script_did(log, "receive", recv(fd, bytes, room, MSG_DONTWAIT));

	if (length > 0)
		script_say(log, "bytes %s", bytes);
}

void script_gather(struct script_log *log, int fd, size_t length)
{
	char bytes[BYTES_MAX] = { 0 };
	size_t got = 0;

	while (got < length && poll_events(fd, POLLIN, WAIT_MS)) {
		ssize_t part = recv(fd, bytes + got, length - got, MSG_DONTWAIT);

		cr_assert(part > 0 || (part < 0 && errno == EAGAIN));
		got += part > 0 ? (size_t)part : 0;
	}
	script_say(log, "gathered %s", bytes);
}

void script_error(struct script_log *log, int fd)
{
	int error = 0;
	socklen_t length = sizeof(error);

	(void)script_did(log, "SO_ERROR", getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length));
	script_say(log, "error %s", strerrorname_np(error));
}

int script_bound(int type, struct sockaddr_storage *ret_name, socklen_t *ret_length)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
	*ret_length = sizeof(*ret_name);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)ret_name, ret_length), 0);
	if (type == SOCK_STREAM)
		cr_assert_eq(listen(fd, 8), 0);
	return fd;
}

void script_connect(int ends[2])
{
	struct sockaddr_storage name;
	socklen_t length;
	int listener = script_bound(SOCK_STREAM, &name, &length);

	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(connect(ends[0], (const struct sockaddr *)&name, length), 0);
	cr_assert_gt(poll_events(listener, POLLIN, WAIT_MS), 0);
	ends[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	cr_assert_geq(ends[1], 0);
	(void)close(listener);
}

void script_pair(int type, int ends[2])
{
	cr_assert_eq(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
}

struct trial {
	void (*run)(struct script_log *log);
	struct script_log *log;
};

static void *run_task(void *argument)
{
	const struct trial *trial = argument;

	trial->run(trial->log);
	return NULL;
}

void script_compare(const char *name, void (*run)(struct script_log *log))
{
	static struct script_log real, simulated;
	struct trial trial = { .run = run, .log = &simulated };

	run(&real);
	for (uint64_t seed = 0; seed < 20; seed++) {
		const struct world_options options = { .seed = seed };

		simulated.length = 0;
		cr_assert_eq(world_open(&options), 0);
		cr_assert_eq(task_start(run_task, &trial, name, NULL), 0);
		cr_assert_eq(world_run(), 0, "seed %d ends with %d", (int)seed, world_run());
		world_close();
		cr_assert_str_eq(simulated.text, real.text,
				 "seed %d\n-- simulated:\n%s-- real:\n%s", (int)seed,
				 simulated.text, real.text);
	}
}
